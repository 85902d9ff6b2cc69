/// Makes relative paths of a canonical tree absolute, or relative to another directory.
struct PathResolution {
    let base: String
    let home: String?

    func resolve(_ root: ComposeNode) throws(ComposeErrors) -> ComposeNode {
        guard var members = root.map else { return root }
        if let services = members["services"]?.map {
            var changed = services
            for (name, service) in services {
                changed[name] = try resolve(service: service, KeyPathText(["services", name]))
            }
            members["services"]?.map = changed
        }
        for section in ["configs", "secrets"] {
            members[section] = members[section].map { eachMember($0) { $0.changing(["file"], unixPath) } }
        }
        members["volumes"] = members["volumes"].map { eachMember($0, volume) }
        return root.with(.map(members))
    }

    private func eachMember(_ node: ComposeNode, _ change: (ComposeNode) -> ComposeNode) -> ComposeNode {
        node.map == nil ? node : node.with(.map((node.map ?? [:]).mapValues(change)))
    }

    private func eachElement(_ node: ComposeNode, _ change: (ComposeNode) -> ComposeNode) -> ComposeNode {
        node.list == nil ? node : node.with(.list((node.list ?? []).map(change)))
    }

    private func resolve(service: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> ComposeNode {
        var service = service
        service = service.changing(["build", "context"], contextPath)
        service = service.changing(["build", "additional_contexts"]) { eachMember($0, contextPath) }
        service = service.changing(["build", "ssh"]) { eachMember($0, unixPath) }
        service = service.changing(["env_file"]) { eachElement($0) { $0.changing(["path"], plainPath) } }
        service = service.changing(["label_file"]) { eachElement($0, plainPath) }
        service = service.changing(["extends", "file"], plainPath)
        service = service.changing(["develop", "watch"]) { eachElement($0) { $0.changing(["path"], plainPath) } }
        for (index, mount) in (service["volumes"]?.list ?? []).enumerated() {
            guard mount["type"]?.string == "bind", mount["source"]?.string == nil else { continue }
            throw ComposeErrors(
                "a bind mount needs a 'source'",
                at: mount,
                path.appending("volumes").appending(index: index),
                remedy: "name a path of the host"
            )
        }
        return service.changing(["volumes"]) { mounts in
            eachElement(mounts) { $0["type"]?.string == "bind" ? $0.changing(["source"], unixPath) : $0 }
        }
    }

    /// `~` and what follows it.
    private func expandingHome(_ path: String) -> String {
        guard path.hasPrefix("~"), let home else { return path }
        return UnixPath.join(home, String(path.dropFirst()))
    }

    private func plainPath(_ node: ComposeNode) -> ComposeNode {
        guard let path = node.string else { return eachElement(node, plainPath) }
        let expanded = expandingHome(path)
        return expanded.isEmpty ? node : node.with(.string(UnixPath.resolve(expanded, in: base)))
    }

    private func unixPath(_ node: ComposeNode) -> ComposeNode {
        guard let path = node.string else { return node }
        let expanded = expandingHome(path)
        if UnixPath.isWindowsAbsolute(expanded) { return node.with(.string(expanded)) }
        return node.with(.string(UnixPath.resolve(expanded, in: base)))
    }

    private func contextPath(_ node: ComposeNode) -> ComposeNode {
        guard let context = node.string else { return node }
        let isElsewhere =
            context.contains("://")
            || ["service:", "github.com/", "git@"].contains { context.hasPrefix($0) }
        return isElsewhere ? node : plainPath(node)
    }

    private func volume(_ node: ComposeNode) -> ComposeNode {
        guard node["driver"]?.string == "local", node["driver_opts"]?["o"]?.string == "bind" else { return node }
        return node.changing(["driver_opts", "device"], unixPath)
    }
}
