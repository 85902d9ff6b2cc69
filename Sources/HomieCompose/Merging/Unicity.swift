/// Keeps one of the elements of a list that mean the same thing: the last one, at the place of the first.
enum Unicity {
    static func enforce(_ root: ComposeNode) throws(ComposeErrors) -> ComposeNode {
        try visit(root, .root)
    }

    private static func visit(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        switch node.value {
        case .map(let members):
            guard mayHold(path) else { return node }
            var unique = members
            for (key, member) in members { unique[key] = try visit(member, path.appending(key)) }
            return node.with(.map(unique))
        case .list(let elements):
            guard let identity = identity(for: path.keys) else { return node }
            var unique: [ComposeNode] = []
            var places: [String: Int] = [:]
            for (index, element) in elements.enumerated() {
                let key = try self.key(of: element, identity, path.appending(index: index))
                if let place = places[key] {
                    unique[place] = element
                } else {
                    places[key] = unique.count
                    unique.append(element)
                }
            }
            return node.with(.list(unique))
        default:
            return node
        }
    }

    /// False where no list below has a rule.
    private static func mayHold(_ path: KeyPathText) -> Bool {
        guard let top = path.keys.first else { return true }
        return top == "services" || top == "networks"
    }

    private enum Identity {
        case pair, mount, device, port, expose, envFile
        case grant(directory: String)
    }

    private static func identity(for keys: [String]) -> Identity? {
        switch (keys.first, keys.count) {
        case ("services", 3):
            switch keys[2] {
            case "annotations", "cap_add", "cap_drop", "dns", "dns_opt", "dns_search", "environment", "labels", "links",
                "profiles", "sysctls", "tmpfs":
                return .pair
            case "configs": return .grant(directory: "")
            case "secrets": return .grant(directory: "/run/secrets")
            case "devices": return .device
            case "env_file": return .envFile
            case "expose": return .expose
            case "ports": return .port
            case "volumes": return .mount
            default: return nil
            }
        case ("services", 4):
            switch (keys[2], keys[3]) {
            case ("build", "args"), ("build", "additional_contexts"), ("build", "platform"), ("build", "tags"),
                ("build", "labels"), ("deploy", "labels"):
                return .pair
            default: return nil
            }
        case ("services", 5):
            return keys[2] == "networks" && ["aliases", "link_local_ips"].contains(keys[4]) ? .pair : nil
        case ("networks", 3): return keys[2] == "labels" ? .pair : nil
        case ("networks", 4): return keys[2] == "ipam" && keys[3] == "options" ? .pair : nil
        default: return nil
        }
    }

    private static func key(
        of element: ComposeNode,
        _ identity: Identity,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> String {
        switch (identity, element.value) {
        case (.pair, .string(let text)):
            return String(text.prefix { $0 != "=" })
        case (.mount, .string(let text)):
            do { return try VolumeSyntax.parse(text).target } catch {
                throw ComposeErrors(
                    error.sentence,
                    at: element,
                    path,
                    remedy: "write source:target or source:target:ro"
                )
            }
        case (.device, .string(let text)):
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            return String(parts.count > 1 ? parts[1] : parts[0])
        case (.mount, .map), (.device, .map):
            guard let target = element["target"]?.string else {
                throw ComposeErrors("'target' is missing", at: element, path, remedy: "name the path in the container")
            }
            return target
        case (.expose, .string(let text)), (.port, .string(let text)), (.envFile, .string(let text)): return text
        case (.expose, .int(let port)), (.port, .int(let port)): return String(port)
        case (.port, .map(let members)):
            guard let target = members["target"] else {
                throw ComposeErrors("'target' is missing", at: element, path, remedy: "name the port in the container")
            }
            let parts = [members["host_ip"] ?? .string("0.0.0.0"), members["published"] ?? .null, target]
            let kinds = parts.map { "\($0.kindName) \($0.plainText)" }.joined(separator: " : ")
            return kinds + "/" + (members["protocol"]?.plainText ?? "tcp")
        case (.envFile, .map(let members)):
            guard let file = members["path"]?.string else {
                throw ComposeErrors("'path' is missing", at: element, path, remedy: "name the file")
            }
            return file
        case (.grant(let directory), .string(let name)):
            return "\(directory)/\(name)"
        case (.grant(let directory), .map(let members)):
            return members["target"]?.plainText ?? "\(directory)/\(members["source"]?.plainText ?? "<nil>")"
        case (.mount, _), (.device, _), (.port, _), (.envFile, _):
            return ""
        case (.pair, _), (.expose, _), (.grant, _):
            throw ComposeErrors(
                "\(element.kindName) stands where text is needed",
                at: element,
                path,
                remedy: "put it in quotes"
            )
        }
    }
}
