/// Turns short forms into long ones, in a tree that fits the schema.
struct Canonical {
    let warnings: WarningList
    let ports: PortBudget
    /// True when variables are not filled in: what cannot be read then stays as it is.
    var keepsUnreadable = false

    func transform(_ root: ComposeNode) throws(ComposeErrors) -> ComposeNode {
        guard var members = root.map else { return root }
        if let services = members["services"]?.map {
            var changed = services
            for (name, service) in services {
                changed[name] = try transform(service: service, KeyPathText(["services", name]))
            }
            members["services"]?.map = changed
        }
        for section in ["volumes", "networks", "secrets", "configs"] {
            guard let resources = members[section]?.map else { continue }
            var changed = resources
            for (name, resource) in resources {
                changed[name] = try transform(resource: resource, KeyPathText([section, name]))
            }
            members[section]?.map = changed
        }
        return root.with(.map(members))
    }

    // MARK: Services

    private func transform(service: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        guard var members = service.map else { return service }
        for (key, value) in members {
            members[key] = try transform(value, key: key, path.appending(key))
        }
        return service.with(.map(members))
    }

    private func transform(_ node: ComposeNode, key: String, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        switch key {
        case "build": return try build(node, path)
        case "depends_on": return try dependsOn(node, path)
        case "env_file": return try envFiles(node, path)
        case "dns", "label_file": return node.string == nil ? node : node.with(.list([node]))
        case "extends": return node.string == nil ? node : node.with(.map(["service": node]))
        case "gpus": return node.string == nil ? node : node.with(.list([.map(["count": .string("all")])]))
        case "networks":
            guard let names = node.list else { return node }
            return node.with(.map(try members(named: names, path) { $0.with(.null) }))
        case "volumes": return try each(node, path, mount)
        case "devices": return try each(node, path, device)
        case "secrets", "configs": return try each(node, path, grant)
        case "ports": return try ports(node, path)
        case "ulimits": return try ulimits(node, path)
        default: return node
        }
    }

    private func each(
        _ node: ComposeNode,
        _ path: KeyPathText,
        _ change: (ComposeNode, KeyPathText) throws(ComposeErrors) -> ComposeNode
    ) throws(ComposeErrors) -> ComposeNode {
        guard let elements = node.list else { return node }
        var changed: [ComposeNode] = []
        for (index, element) in elements.enumerated() {
            changed.append(try change(element, path.appending(index: index)))
        }
        return node.with(.list(changed))
    }

    private func members(
        named names: [ComposeNode],
        _ path: KeyPathText,
        _ value: (ComposeNode) -> ComposeNode
    ) throws(ComposeErrors) -> [String: ComposeNode] {
        var members: [String: ComposeNode] = [:]
        for name in names {
            guard let text = name.string else {
                throw ComposeErrors("\(name.kindName) stands where a name is needed", at: name, path)
            }
            members[text] = value(name)
        }
        return members
    }

    private func unexpected(_ node: ComposeNode, _ path: KeyPathText) -> ComposeErrors {
        ComposeErrors("\(node.kindName) cannot stand here", at: node, path)
    }

    private func build(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        if node.string != nil { return node.with(.map(["context": node])) }
        guard var members = node.map else { throw unexpected(node, path) }
        if let secrets = members["secrets"] {
            members["secrets"] = try each(secrets, path.appending("secrets"), grant)
        }
        if let contexts = members["additional_contexts"], let list = contexts.list {
            var pairs: [String: ComposeNode] = [:]
            for element in list {
                let text = element.string ?? ""
                guard let equals = text.firstIndex(of: "=") else {
                    throw ComposeErrors(
                        "'\(text)' is not a named context",
                        at: element,
                        path.appending("additional_contexts"),
                        remedy: "write name=path"
                    )
                }
                pairs[String(text[..<equals])] = element.with(.string(String(text[text.index(after: equals)...])))
            }
            members["additional_contexts"] = contexts.with(.map(pairs))
        }
        if let keys = members["ssh"], let list = keys.list {
            var pairs: [String: ComposeNode] = [:]
            for element in list {
                let parts = (element.string ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 || parts == ["default"] else {
                    throw ComposeErrors(
                        "'\(element.plainText)' is not an SSH key",
                        at: element,
                        path.appending("ssh"),
                        remedy: "write default, or name=path"
                    )
                }
                pairs[String(parts[0])] = parts.count == 2 ? element.with(.string(String(parts[1]))) : .null
            }
            members["ssh"] = keys.with(.map(pairs))
        }
        if let limits = members["ulimits"] {
            members["ulimits"] = try ulimits(limits, path.appending("ulimits"))
        }
        return node.with(.map(members))
    }

    private func dependsOn(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        let defaults: [String: ComposeNode] = ["condition": .string("service_started"), "required": .bool(true)]
        if let names = node.list {
            return node.with(
                .map(try members(named: names, path) { ComposeNode(.map(defaults), mark: $0.mark, keyMark: $0.mark) })
            )
        }
        guard var members = node.map else { throw unexpected(node, path) }
        for (name, dependency) in members {
            guard let own = dependency.map else { throw unexpected(dependency, path.appending(name)) }
            members[name] = dependency.with(.map(own.merging(defaults) { own, _ in own }))
        }
        return node.with(.map(members))
    }

    private func envFiles(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        func longForm(_ file: ComposeNode) -> ComposeNode {
            if file.string != nil { return file.with(.map(["path": file, "required": .bool(true)])) }
            var members = file.map ?? [:]
            members["required"] = members["required"] ?? .bool(true)
            return file.with(.map(members))
        }
        if node.string != nil { return node.with(.list([longForm(node)])) }
        guard let files = node.list else { throw unexpected(node, path) }
        return node.with(.list(files.map(longForm)))
    }

    private func ulimits(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        for (name, limit) in node.map ?? [:] {
            switch limit.value {
            case .int, .map: continue
            default:
                throw ComposeErrors(
                    "must be a whole number, or soft and hard, not \(limit.kindName)",
                    at: limit,
                    path.appending(name)
                )
            }
        }
        return node
    }

    private func grant(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        if node.string != nil { return node.with(.map(["source": node])) }
        guard node.map != nil else { throw unexpected(node, path) }
        return node
    }

    private func mount(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        guard let text = node.string else {
            guard node.map != nil else { throw unexpected(node, path) }
            return node
        }
        do {
            var mount = try VolumeSyntax.parse(text)
            if !mount.target.isEmpty { mount.target = UnixPath.clean(mount.target) }
            return node.with(mount.node)
        } catch {
            if keepsUnreadable { return node }
            throw ComposeErrors(error.sentence, at: node, path, remedy: "write source:target or source:target:ro")
        }
    }

    private func device(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        guard let text = node.string else {
            guard node.map != nil else { throw unexpected(node, path) }
            return node
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3 || keepsUnreadable else {
            throw ComposeErrors(
                "'\(text)' has too many colons for a device",
                at: node,
                path,
                remedy: "write source:target:permissions, or the long form"
            )
        }
        let source = parts.count <= 3 ? parts[0] : ""
        let target = parts.count > 1 && parts.count <= 3 && !parts[1].isEmpty ? parts[1] : source
        return node.with(
            .map([
                "source": .string(source), "target": .string(target),
                "permissions": .string(parts.count == 3 ? parts[2] : "rwm"),
            ])
        )
    }

    private func ports(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        guard let entries = node.list else { throw unexpected(node, path) }
        var ports: [ComposeNode] = []
        for (index, entry) in entries.enumerated() {
            let text: String
            switch entry.value {
            case .map:
                ports.append(entry)
                continue
            case .string(let written): text = written
            case .int(let port): text = String(port)
            default: throw unexpected(entry, path.appending(index: index))
            }
            do throws(SyntaxFailure) {
                let parsed = try PortSyntax.parse(text)
                guard self.ports.take(parsed.count) else {
                    throw SyntaxFailure("the project has more than \(YAMLLimits.ports) ports")
                }
                ports += parsed.map { port in
                    var members: [String: ComposeNode] = [
                        "mode": .string("ingress"), "protocol": .string(port.transport),
                        "target": ComposeNode(.int(port.target)),
                    ]
                    if !port.address.isEmpty { members["host_ip"] = .string(port.address) }
                    if !port.published.isEmpty { members["published"] = .string(port.published) }
                    return entry.with(.map(members))
                }
            } catch {
                if keepsUnreadable { return node }
                throw ComposeErrors(
                    error.sentence,
                    at: entry,
                    path.appending(index: index),
                    remedy: "write \"published:target\", e.g. \"8080:80\""
                )
            }
        }
        return node.with(.list(ports))
    }

    // MARK: Resources

    private func transform(resource: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        guard var members = resource.map, let external = members["external"], let block = external.map else {
            return resource
        }
        members["external"] = external.with(.bool(true))
        if let name = block["name"] {
            warnings.add(
                ComposeWarning(
                    "\(path.text): external.name is out of use; write name: and external: true",
                    at: name.mark
                )
            )
            if let own = members["name"], own != name {
                throw ComposeErrors("name and external.name differ", at: name, path, remedy: "keep only name")
            }
            members["name"] = name
        }
        return resource.with(.map(members))
    }
}
