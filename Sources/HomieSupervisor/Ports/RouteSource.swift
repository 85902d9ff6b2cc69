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
    /// How it writes addresses.
    func addressing() async -> RouteAddressing
    /// Whether the gateway works, and which exposures do not.
    func findings() async -> [Finding]
    /// The way a request would take.
    /// - Parameter asks: the gateway is asked, too.
    func trace(_ address: WebAddress, asks: Bool) async -> RouteTrace
    /// The certificates that are presented, the device's own first, and those that should be.
    func certificates() async -> [CertificateStatus]
    /// The device's own authority; nil until it is made.
    func authority() async throws -> AuthorityCertificate?
}

/// The routes that people make.
public protocol RouteControl: Sendable {
    /// By name.
    func handRoutes() async -> [HandRoute]
    /// Makes a route, or takes the place of the one of this name; true when there was none.
    func put(_ route: HandRoute) async throws -> Bool
    /// The route that was.
    func removeRoute(_ name: RouteName) async throws -> HandRoute
}
