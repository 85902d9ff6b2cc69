internal import HomieModel

/// What leads a request to a route on to one of its versions: by a header field, else by a cookie, else by weight.
///
/// It is looked up in the same map as routes are. A key is `=<backend>/<segments to strip>/<h|c>/<name>/<value>/` or
/// `=<backend>/<segments to strip>/w/<number>/` of the route that was found; no host begins so, and whoever says that he is one
/// gets no further than with the version's own address. So weights and values change at run time; only a name that is looked at
/// for the first time is a reload.
enum VersionPicks {
    static let isPicked = "{ var(txn.pick) -m found }"

    static func wanted(by routes: [GatewayRoute]) -> GatewayLayout.Picks? {
        let versions = routes.flatMap(\.versions).filter(\.isPicked)
        guard !versions.isEmpty else { return nil }
        func names(_ place: VersionMark.Place) -> [String] {
            Set(versions.flatMap(\.marks).filter { $0.place == place }.map(\.name)).sorted()
        }
        return GatewayLayout.Picks(headers: names(.header), cookies: names(.cookie))
    }

    /// - Parameter map: the converter that looks a key up.
    static func lines(_ picks: GatewayLayout.Picks, map: String) -> [String] {
        let isOpen = "{ var(txn.flags) -m sub v } !\(isPicked)"
        func key(_ end: String, if condition: String) -> String {
            "http-request set-var-fmt(txn.mark) \"=%[var(txn.base)]/\(end)/\" if \(condition)"
        }
        var lines = [
            "http-request set-var(txn.base) var(txn.route),field(3,|),concat(/,txn.strip) if { var(txn.flags) -m sub v }"
        ]
        let marks =
            picks.headers.map { ("h/\($0)", "req.fhdr(\($0))") } + picks.cookies.map { ("c/\($0)", "req.cook(\($0))") }
        for (place, value) in marks {
            lines.append(key("\(place)/%[\(value)]", if: isOpen))
            lines.append("http-request set-var(txn.pick) var(txn.mark),\(map) if \(isOpen) !{ \(value) -m sub / }")
        }
        // A version that has nobody to serve it is left to those who ask for it.
        return lines + [
            key("w/%[rand(100)]", if: "\(isOpen) !{ var(txn.flags) -m sub c }"),
            key("w/%[src,djb2(1),mod(100)]", if: "\(isOpen) { var(txn.flags) -m sub c }"),
            "http-request set-var(txn.drawn) var(txn.mark),\(map) if \(isOpen)",
            "http-request set-var(txn.pick) var(txn.drawn) if \(isOpen) { var(txn.drawn),field(3,|),nbsrv gt 0 }",
            "http-request set-var(txn.route) var(txn.pick) if \(isPicked)",
        ]
    }

    /// The map's part of it.
    static func entries(_ wanted: WantedGateway, _ backends: [String: String]) -> [String: String] {
        var entries: [String: String] = [:]
        let byKey = Dictionary(wanted.services.map { ($0.key, $0.planned) }) { first, _ in first }
        for service in wanted.services {
            let route = service.planned.route
            guard route.versions.contains(where: \.isPicked), let base = backends[service.key] else { continue }
            var drawn = 0
            for version in route.versions {
                let numbers = drawn..<(drawn + version.weight)
                drawn += version.weight
                var key = service.planned.key
                key.version = version.name
                guard let planned = byKey[key.description], let backend = backends[key.description] else { continue }
                let flags = RouteMap.flags(of: planned)
                // By a name of its own the route has lost what the route strips, by the path form one segment.
                let strips = [service.planned.strippedSegments: route.path.segments.count]
                    .merging(route.hasPathForm ? [1: 1] : [:]) { first, _ in first }
                for (strip, further) in strips {
                    let value = "\(further)|\(flags.isEmpty ? "-" : flags)|\(backend)"
                    for mark in version.marks {
                        let place = mark.place == .header ? "h" : "c"
                        entries["=\(base)/\(strip)/\(place)/\(mark.name)/\(mark.value)/"] = value
                    }
                    for number in numbers { entries["=\(base)/\(strip)/w/\(number)/"] = value }
                }
            }
        }
        return entries
    }
}
