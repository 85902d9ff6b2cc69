internal import HomieModel

/// What the gateway should serve, in HAProxy's terms.
struct WantedGateway: Sendable {
    struct Service: Sendable {
        var key: String
        /// The name its backend gets at the next load.
        var name: String
        var rules: [String]
        var servers: [ServerLine]
        var planned: PlannedRoute
    }

    let settings: GatewaySettings
    let services: [Service]

    init(_ table: RouteTable, settings: GatewaySettings) {
        self.settings = settings
        services = table.routes.map { planned in
            Service(
                key: planned.key.description,
                name: Self.backend(of: planned.key),
                rules: BackendRules.rules(of: planned, paths: settings.paths),
                servers: planned.endpoints.map { ServerLine($0, of: planned.route, paths: settings.paths) },
                planned: planned
            )
        }
    }

    /// Routes made by hand have names of their own: no service's has two parts.
    static func backend(of key: RouteKey) -> String {
        let version = key.version.map { ":\($0)" } ?? ""
        if let name = key.name { return "hand:\(name)" + version }
        return "\(key.stack?.text ?? ""):\(key.service?.text ?? ""):\(key.number)" + version
    }

    /// A layout with a backend for every service, and spare ones.
    var layout: GatewayLayout {
        let spares = (0..<settings.spareBackends).map { number in
            GatewayLayout.Backend(name: "spare:\(number + 1)", rules: BackendRules.plain(settings.paths))
        }
        return GatewayLayout(
            backends: services.map { .init(name: $0.name, rules: $0.rules) } + spares,
            picks: picks
        )
    }

    /// What requests must be looked at for.
    var picks: GatewayLayout.Picks? { VersionPicks.wanted(by: services.map(\.planned.route)) }

    /// Each service at the backend of its own name.
    var ownBackends: [String: String] {
        Dictionary(services.map { ($0.key, $0.name) }) { first, _ in first }
    }
}
