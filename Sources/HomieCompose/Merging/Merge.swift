/// Lays one tree over another (Compose Specification, "Merge and override").
enum Merge {
    /// `base` with `override` laid over it. `path` is where both stand; a service that is extended is `services.x`.
    static func merge(
        _ base: ComposeNode,
        _ override: ComposeNode,
        at path: KeyPathText = .root
    ) throws(ComposeErrors) -> ComposeNode {
        if let rule = rule(for: path) {
            return try apply(rule, base, override, path)
        }
        if override.isNull { return base }
        switch base.value {
        case .map:
            guard override.map != nil else { throw mismatch(base, override, path) }
            return try mergeMembers(base, override, path)
        case .list(let elements):
            guard let more = override.list else { throw mismatch(base, override, path) }
            return override.with(.list(elements + more))
        default:
            return override
        }
    }

    private static func mismatch(
        _ base: ComposeNode,
        _ override: ComposeNode,
        _ path: KeyPathText
    ) -> ComposeErrors {
        ComposeErrors(
            "\(override.kindName) cannot be laid over \(base.kindName)",
            at: override,
            path,
            remedy: "write the same form in both files, or put !override before the value"
        )
    }

    private static func mergeMembers(
        _ base: ComposeNode,
        _ override: ComposeNode,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> ComposeNode {
        var members = base.map ?? [:]
        for (key, value) in override.map ?? [:] {
            if let existing = members[key], !key.hasPrefix("x-") {
                members[key] = try merge(existing, value, at: path.appending(key))
            } else {
                members[key] = value
            }
        }
        return ComposeNode(.map(members), mark: base.mark ?? override.mark, keyMark: base.keyMark ?? override.keyMark)
    }

    private enum Rule {
        case replace, toSequence, extraHosts, build, dependsOn, networks, logging, addressPools
    }

    private static func rule(for path: KeyPathText) -> Rule? {
        let keys = path.keys
        guard keys.count >= 3 else { return nil }
        switch (keys[0], keys.count) {
        case ("services", 3):
            switch keys[2] {
            case "command", "entrypoint": return .replace
            case "annotations", "dns", "dns_opt", "dns_search", "env_file", "label_file", "environment", "labels",
                "sysctls", "tmpfs":
                return .toSequence
            case "extra_hosts": return .extraHosts
            case "build": return .build
            case "depends_on": return .dependsOn
            case "networks": return .networks
            case "logging": return .logging
            default: return nil
            }
        case ("services", 4):
            switch (keys[2], keys[3]) {
            case ("build", "args"), ("build", "additional_contexts"), ("build", "labels"), ("deploy", "labels"):
                return .toSequence
            case ("build", "extra_hosts"): return .extraHosts
            case ("healthcheck", "test"), ("ulimits", _): return .replace
            default: return nil
            }
        case ("networks", 3), ("volumes", 3): return keys[2] == "labels" ? .toSequence : nil
        case ("networks", 4): return keys[2] == "ipam" && keys[3] == "config" ? .addressPools : nil
        default: return nil
        }
    }

    private static func apply(
        _ rule: Rule,
        _ base: ComposeNode,
        _ override: ComposeNode,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> ComposeNode {
        switch rule {
        case .replace:
            return override
        case .toSequence:
            return override.with(.list(sequence(base) + sequence(override)))
        case .extraHosts:
            let hosts = sequence(base)
            return override.with(.list(hosts + sequence(override).filter { !hosts.contains($0) }))
        case .build:
            return try mergeMembers(contextForm(base), contextForm(override), path)
        case .dependsOn:
            let condition = ComposeNode.map(["condition": .string("service_started"), "required": .bool(true)])
            return try mergeMembers(
                mapping(base, path, default: condition),
                mapping(override, path, default: condition),
                path
            )
        case .networks:
            return try mergeMembers(
                mapping(base, path, default: .null),
                mapping(override, path, default: .null),
                path
            )
        case .logging:
            guard base.map != nil, override.map != nil else { return override.isNull ? base : override }
            guard let one = base["driver"], let other = override["driver"], one != other else {
                return try mergeMembers(base, override, path)
            }
            return override
        case .addressPools:
            return try mergePools(base, override, path)
        }
    }

    /// A string as its list, a mapping as sorted `key=value`.
    private static func sequence(_ node: ComposeNode) -> [ComposeNode] {
        switch node.value {
        case .list(let elements): return elements
        case .string: return [node]
        case .map(let members):
            let pairs = members.flatMap { key, value -> [ComposeNode] in
                switch value.value {
                case .null: [ComposeNode(.string(key), mark: value.keyMark)]
                case .list(let elements):
                    elements.map { ComposeNode(.string("\(key)=\($0.plainText)"), mark: $0.mark) }
                default: [ComposeNode(.string("\(key)=\(value.plainText)"), mark: value.keyMark ?? value.mark)]
                }
            }
            return pairs.sorted { ($0.string ?? "").utf8.lexicographicallyPrecedes(($1.string ?? "").utf8) }
        default: return []
        }
    }

    private static func contextForm(_ node: ComposeNode) -> ComposeNode {
        switch node.value {
        case .string: node.with(.map(["context": node]))
        case .map: node
        default: node.with(.map([:]))
        }
    }

    private static func mapping(
        _ node: ComposeNode,
        _ path: KeyPathText,
        default value: ComposeNode
    ) throws(ComposeErrors) -> ComposeNode {
        guard let elements = node.list else { return node.map == nil ? node.with(.map([:])) : node }
        var members: [String: ComposeNode] = [:]
        for element in elements {
            guard let name = element.string else {
                throw ComposeErrors("\(element.kindName) stands where a name is needed", at: element, path)
            }
            members[name] = ComposeNode(value.value, mark: element.mark, keyMark: element.mark)
        }
        return node.with(.map(members))
    }

    private static func mergePools(
        _ base: ComposeNode,
        _ override: ComposeNode,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> ComposeNode {
        guard let pools = base.list, let others = override.list else { throw mismatch(base, override, path) }
        var result: [ComposeNode] = []
        func place(of subnet: ComposeNode?) -> Int? { result.firstIndex { $0["subnet"] == subnet } }
        for pool in pools {
            for other in others {
                if other["subnet"] != pool["subnet"], place(of: other["subnet"]) == nil {
                    result.append(other)
                    continue
                }
                let merged = try mergeMembers(pool, other, path)
                if let index = place(of: merged["subnet"]) {
                    result[index] = merged
                } else {
                    result.append(merged)
                }
            }
        }
        return override.with(.list(result))
    }
}
