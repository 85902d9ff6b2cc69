internal import HomieModel

/// What leads from a host and path to a backend: the content of HAProxy's map.
///
/// A key is `<host><path>/`, `.<parent domain><path>/` for a wildcard, or `*<path>/` for every host; the longest one
/// that the request begins with counts. A value is `<segments to strip>|<flags>|<backend>`.
enum RouteMap {
    /// Keys and values of a route served by `backend`.
    static func entries(of planned: PlannedRoute, backend: String, domain: HostPattern) -> [String: String] {
        var entries: [String: String] = [:]
        let route = planned.route
        let path = route.path.isRoot ? "/" : "\(route.path)/"
        let strip = route.stripsPath ? route.path.segments.count : 0
        let flags = flags(of: planned)
        for host in route.hosts.map(\.text) + planned.labels.map({ "\($0).\(domain)" }) {
            let key = host.hasPrefix("*.") ? String(host.dropFirst()) : host
            entries[key + path] = "\(strip)|\(flags)|\(backend)"
        }
        for form in planned.pathForms { entries["*/\(form)/"] = "1|\(flags)|\(backend)" }
        return entries
    }

    /// `-`, or letters: `u`, `o`, `a` for who may (user, operator, admin), `t` for TLS only, `m` for noted requests.
    private static func flags(of planned: PlannedRoute) -> String {
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
        return flags.isEmpty ? "-" : flags
    }

    static func text(_ entries: [String: String]) -> String {
        entries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }
}
