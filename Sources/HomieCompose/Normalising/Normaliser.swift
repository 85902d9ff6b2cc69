/// Brings a whole project into its final form: default network, names, implied dependencies, values of variables that
/// are only named.
struct Normaliser {
    let projectName: String
    let environment: [String: String]

    func normalise(_ root: ComposeNode) throws(ComposeErrors) -> ComposeNode {
        var members = root.map ?? [:]
        members["name"] = .string(projectName)
        var services = members["services"]?.map ?? [:]
        var networks = members["networks"]?.map ?? [:]
        for (name, service) in services {
            var own = service.map ?? [:]
            if own["network_mode"] == nil {
                let attached = own["networks"]?.map ?? [:]
                if attached.isEmpty { own["networks"] = .map(["default": .null]) }
                if attached.isEmpty || attached["default"] != nil, networks["default"] == nil {
                    networks["default"] = .null
                }
            }
            services[name] = service.with(.map(try normalise(service: own)))
        }
        if !networks.isEmpty {
            members["networks"] = (members["networks"] ?? .null).with(.map(networks))
        }
        if members["services"] != nil { members["services"]?.map = services }
        for section in ["networks", "volumes", "configs", "secrets"] {
            guard let resources = members[section]?.map else { continue }
            var named = resources
            for (key, resource) in resources {
                var own = resource.map ?? [:]
                if own["name"] == nil || own["name"]?.isNull == true {
                    own["name"] = .string(own["external"]?.bool == true ? key : "\(projectName)_\(key)")
                }
                named[key] = resource.with(.map(own))
            }
            members[section]?.map = named
        }
        return root.with(.map(members))
    }

    private func normalise(service: [String: ComposeNode]) throws(ComposeErrors) -> [String: ComposeNode] {
        var service = service
        if service["pull_policy"]?.string == "if_not_present" { service["pull_policy"] = .string("missing") }
        if var build = service["build"], build.map != nil {
            if build["context"] == nil { build["context"] = .string(".") }
            if build["dockerfile"] == nil, build["dockerfile_inline"] == nil {
                build["dockerfile"] = .string("Dockerfile")
            }
            build["args"] = build["args"].map { resolve($0, keepsUnset: false) }
            service["build"] = build
        }
        service["environment"] = service["environment"].map { resolve($0, keepsUnset: true) }
        if let mounts = service["volumes"]?.list {
            service["volumes"]?.list = mounts.map {
                $0.changing(["target"]) { $0.with(.string(UnixPath.clean($0.string ?? ""))) }
            }
        }
        let dependencies = impliedDependencies(of: service)
        if !dependencies.isEmpty {
            let written = service["depends_on"]
            let all = (written?.map ?? [:]).merging(dependencies) { written, _ in written }
            service["depends_on"] = (written ?? .null).with(.map(all))
        } else if service["depends_on"]?.map?.isEmpty == true {
            service["depends_on"] = nil
        }
        return service
    }

    private func impliedDependencies(of service: [String: ComposeNode]) -> [String: ComposeNode] {
        func dependency(restarts: Bool) -> ComposeNode {
            .map(["condition": .string("service_started"), "restart": .bool(restarts), "required": .bool(true)])
        }
        var implied: [String: ComposeNode] = [:]
        for link in service["links"]?.list ?? [] {
            let text = link.string ?? ""
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            implied[parts.count == 2 ? String(parts[0]) : text] = dependency(restarts: true)
        }
        for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
            guard let mode = service[key]?.string, mode.hasPrefix("service:") else { continue }
            let name = String(mode.dropFirst("service:".count))
            if implied[name] == nil { implied[name] = dependency(restarts: true) }
        }
        for source in service["volumes_from"]?.list ?? [] {
            guard let text = source.string, !text.hasPrefix("container:") else { continue }
            let name = String(text.prefix { $0 != ":" })
            if implied[name] == nil { implied[name] = dependency(restarts: false) }
        }
        return implied
    }

    /// Gives variables without a value that of the environment.
    private func resolve(_ node: ComposeNode, keepsUnset: Bool) -> ComposeNode {
        switch node.value {
        case .list(let elements):
            return node.with(
                .list(
                    elements.compactMap { element in
                        guard let text = element.string, !text.contains("=") else { return element }
                        if let value = environment[text] { return element.with(.string("\(text)=\(value)")) }
                        return keepsUnset ? element : nil
                    }
                )
            )
        case .map(let members):
            var resolved: [String: ComposeNode] = [:]
            for (key, value) in members {
                if !value.isNull {
                    resolved[key] = value
                } else if let found = environment[key] {
                    resolved[key] = value.with(.string(found))
                } else if keepsUnset {
                    resolved[key] = value
                }
            }
            return node.with(.map(resolved))
        default:
            return node
        }
    }
}
