internal import HomieModel

/// What leads from a host and path to a backend: the content of HAProxy's map.
///
/// A key is `<host><path>/`, `.<parent domain><path>/` for a wildcard, or `*<path>/` for every host; the longest one
/// that the request begins with counts. A value is `<segments to strip>|<flags>|<backend>`.
enum RouteMap {
    /// Keys and values of a route served by `backend`.
    static func entries(
        of planned: PlannedRoute,
        backend: String,
        settings: GatewaySettings
    ) -> [String: String] {
        var entries: [String: String] = [:]
        let route = planned.route
        let path = planned.placePath == "/" ? "/" : "\(planned.placePath)/"
        let strip = planned.strippedSegments
        let flags = flags(of: planned)
        let addressing = RouteAddressing(domain: settings.domain)
        for host in route.hosts.map(\.text) + planned.labels.map({ "\($0).\(settings.domain)" }) {
            let key = host.hasPrefix("*.") ? String(host.dropFirst()) : host
            let flags = flags + (addressing.isOwn(host) ? "d" : "")
            entries[key + path] = "\(strip)|\(flags.isEmpty ? "-" : flags)|\(backend)"
        }
        let letters = flags + "d"
        for form in planned.pathForms {
            if let version = planned.version {
                entries["*/\(form)/\(version.name)/"] = "2|\(letters)|\(backend)"
            } else {
                entries["*/\(form)/"] = "1|\(letters)|\(backend)"
            }
        }
        return entries
    }

    /// `-`, or letters: `u`, `o`, `a` for who may (user, operator, admin), `t` for TLS only, `m` for noted requests, `d` for
    /// what shares a name with the device's API, `r` for several replicas, `v` for versions that are picked, `c` for picking the same one for
    /// the same client.
    static func flags(of planned: PlannedRoute) -> String {
        let route = planned.route
        var flags = ""
        switch route.access {
        case .anyone: break
        case .user: flags += "u"
        case .operator: flags += "o"
        case .admin: flags += "a"
        }
        if route.requiresTLS { flags += "t" }
        if planned.isMeasured { flags += "m" }
        if planned.endpoints.count > 1 { flags += "r" }
        if route.versions.contains(where: \.isPicked) { flags += route.balance == .client ? "vc" : "v" }
        return flags
    }

    static func text(_ entries: [String: String]) -> String {
        entries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }
}
