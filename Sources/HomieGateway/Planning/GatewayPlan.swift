internal import HomieModel

/// What is to be done so that HAProxy serves what is wanted.
struct GatewayPlan: Sendable {
    enum Action: Sendable, Hashable {
        case nothing
        /// Commands of the runtime API, in this order.
        case steer([RuntimeCommand])
        /// Start it, or have it reload its files.
        case load
    }

    var action: Action
    var layout: GatewayLayout
    /// The backend of each route, by the route's key.
    var backends: [String: String]
    /// True when there is nothing to wait for.
    var isSettled: Bool

    /// The configuration file that holds afterwards.
    func configuration(_ wanted: WantedGateway) -> HAProxyConfiguration {
        var servers: [String: [ServerLine]] = [:]
        for service in wanted.services {
            guard let backend = backends[service.key] else { continue }
            servers[backend] = service.servers
        }
        return HAProxyConfiguration(settings: wanted.settings, layout: layout, servers: servers)
    }

    /// The map that holds afterwards.
    func map(_ wanted: WantedGateway) -> [String: String] {
        GatewayPlanner.map(wanted, backends)
    }
}

/// What this homied, or the one before it, gave the running process: kept on disk beside the configuration.
struct GatewayMemory: Sendable, Hashable, Codable {
    var layout: GatewayLayout
    /// The backend of each route, by the route's key.
    var backends: [String: String]
}
