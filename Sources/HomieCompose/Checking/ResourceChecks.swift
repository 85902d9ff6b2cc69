/// Checks of a canonical tree that the schema cannot express.
enum ResourceChecks {
    static func check(_ root: ComposeNode) throws(ComposeErrors) {
        for (name, volume) in sorted(root["volumes"]) { try checkExternal(volume, KeyPathText(["volumes", name])) }
        for (name, config) in sorted(root["configs"]) {
            try checkSource(config, ["file", "environment", "content"], KeyPathText(["configs", name]))
        }
        for (name, secret) in sorted(root["secrets"]) {
            try checkSource(secret, ["file", "environment"], KeyPathText(["secrets", name]))
        }
        for (name, service) in sorted(root["services"]) {
            let path = KeyPathText(["services", name])
            let devices = service["deploy"]?["resources"]?["reservations"]?["devices"]?.list ?? []
            for device in devices { try checkDevice(device, path.appending("deploy.resources.reservations.devices")) }
            for device in service["gpus"]?.list ?? [] { try checkDevice(device, path.appending("gpus")) }
            for watch in service["develop"]?["watch"]?.list ?? [] where watch["path"]?.string == "" {
                throw ComposeErrors("'path' is empty", at: watch, path.appending("develop.watch"))
            }
        }
    }

    private static func sorted(_ node: ComposeNode?) -> [(String, ComposeNode)] {
        (node?.map ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func checkExternal(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) {
        guard let members = node.map, members["external"]?.bool == true else { return }
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            guard key != "name", key != "external", !key.hasPrefix("x-") else { continue }
            throw ComposeErrors(
                "an external volume cannot have '\(key)'",
                at: value,
                path,
                remedy: "remove '\(key)', or remove 'external' to have the volume made"
            )
        }
    }

    private static func checkSource(
        _ node: ComposeNode,
        _ keys: [String],
        _ path: KeyPathText
    ) throws(ComposeErrors) {
        guard let members = node.map else { return }
        let present = keys.filter { members[$0] != nil }
        if present.count > 1 {
            throw ComposeErrors(
                "only one of \(present.joined(separator: " and ")) can be given",
                at: node,
                path,
                remedy: "keep one of them"
            )
        }
        if present.isEmpty, members["driver"] == nil, members["external"] == nil {
            throw ComposeErrors("one of \(keys.joined(separator: ", ")) must be given", at: node, path)
        }
    }

    private static func checkDevice(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) {
        guard node["count"] != nil, node["device_ids"] != nil else { return }
        throw ComposeErrors("'count' and 'device_ids' exclude each other", at: node, path, remedy: "keep one of them")
    }
}
