/// Values the specification gives to keys that are left out, in canonical form.
enum Defaults {
    static func apply(_ root: ComposeNode) throws(ComposeErrors) -> ComposeNode {
        guard var services = root["services"]?.map else { return root }
        for (name, service) in services {
            guard var members = service.map else { continue }
            if var build = members["build"], build.map != nil, build["context"] == nil {
                build["context"] = .string(".")
                members["build"] = build
            }
            members["secrets"] = members["secrets"].map { eachMember($0, secret) }
            members["ports"] = members["ports"].map { eachMember($0, port) }
            members["gpus"] = members["gpus"].map { eachMember($0, deviceRequest) }
            let keys = ["deploy", "resources", "reservations", "devices"]
            if let deploy = members["deploy"] {
                members["deploy"] = deploy.changing(keys.dropFirst()) { eachMember($0, deviceRequest) }
            }
            services[name] = service.with(.map(members))
        }
        var root = root
        root["services"]?.map = services
        return root
    }

    private static func eachMember(
        _ node: ComposeNode,
        _ change: ([String: ComposeNode]) -> [String: ComposeNode]
    ) -> ComposeNode {
        guard let elements = node.list else { return node }
        return node.with(.list(elements.map { $0.map == nil ? $0 : $0.with(.map(change($0.map ?? [:]))) }))
    }

    private static func secret(_ members: [String: ComposeNode]) -> [String: ComposeNode] {
        let target = ComposeNode.string("/run/secrets/\(members["source"]?.plainText ?? "<nil>")")
        return members.merging(["target": target]) { own, _ in own }
    }

    private static func port(_ members: [String: ComposeNode]) -> [String: ComposeNode] {
        members.merging(["protocol": .string("tcp"), "mode": .string("ingress")]) { own, _ in own }
    }

    private static func deviceRequest(_ members: [String: ComposeNode]) -> [String: ComposeNode] {
        guard members["count"] == nil, members["device_ids"] == nil else { return members }
        return members.merging(["count": .string("all")]) { own, _ in own }
    }
}

extension ComposeNode {
    /// The tree with the value under `keys` changed, when there is one.
    func changing(_ keys: ArraySlice<String>, _ change: (ComposeNode) -> ComposeNode) -> ComposeNode {
        guard let first = keys.first else { return change(self) }
        guard var members = map, let member = members[first] else { return self }
        members[first] = member.changing(keys.dropFirst(), change)
        return with(.map(members))
    }
}
