public import HomieModel

/// Where the gateway learns what to serve.
public protocol RouteSource: Sendable {
    /// The table as soon as it is known, then every other one it becomes. A slow reader gets the newest only.
    func routeTables() async -> AsyncStream<RouteTable>
}

/// The gateway, as the API and `homie doctor` need it.
public protocol RouteInspection: Sendable {
    /// Every route and how it is served, in the order of their keys.
    func routes() async -> [RouteStatus]
    /// Whether the gateway works, and which exposures do not.
    func findings() async -> [Finding]
}
