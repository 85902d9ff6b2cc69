import FoundationEssentials
import HomieModel
import HomieSupervisor

@testable import HomieGateway

/// Values the tests use.
enum Sample {
    static func stack(_ text: String) throws -> StackName { try StackName(parsing: text) }
    static func service(_ text: String) throws -> ServiceName { try ServiceName(parsing: text) }

    static func settings(directory: String = "/run/homie/gateway") throws -> GatewaySettings {
        var settings = GatewaySettings(
            paths: GatewayPaths(directory: directory),
            domain: try HostPattern(parsing: "homie.local")
        )
        settings.spareBackends = 2
        return settings
    }

    /// A route as the planner names it.
    static func planned(
        _ stack: String,
        _ service: String,
        endpoints: [RouteEndpoint] = [],
        _ change: (inout GatewayRoute) throws -> Void = { _ in }
    ) throws -> PlannedRoute {
        var route = GatewayRoute(port: 80)
        try change(&route)
        return PlannedRoute(
            key: RouteKey(stack: try self.stack(stack), service: try self.service(service), number: 1),
            route: route,
            labels: route.hosts.isEmpty ? [service, "\(service)-\(stack)"] : [],
            pathForms: [service, "\(service)-\(stack)"],
            endpoints: endpoints
        )
    }

    static func endpoint(_ name: String, _ address: String = "172.20.0.2", port: UInt16 = 80) -> RouteEndpoint {
        RouteEndpoint(name: name, address: address, port: port)
    }

    /// A version of a route.
    static func version(_ name: String, _ path: String, of planned: PlannedRoute) throws -> PlannedRoute {
        var other = planned
        other.key.version = name
        other.version = RouteVersion(name: name, path: try RoutePath(parsing: path))
        other.route.versions = []
        return other
    }

    /// A table that uses everything a route can ask for.
    static func fullTable() throws -> RouteTable {
        let endpoints = [endpoint("ffffffffffff", "172.20.0.9")]
        var picked = RouteVersion(name: "v1", path: try RoutePath(parsing: "/api/v1"))
        picked.marks = [
            VersionMark(.header, name: "X-Version", value: "1"), VersionMark(.cookie, name: "old", value: "yes"),
        ]
        picked.weight = 2
        let books = try planned("shop", "books", endpoints: endpoints) {
            $0.cache = CacheRule(maximumAge: .seconds(300))
            $0.versions = [picked]
        }
        var old = try version("v1", "/api/v1", of: books)
        old.version?.deprecatedAt = Timestamp(rfc3339: "2026-06-01T00:00:00Z")
        old.version?.sunsetAt = Timestamp(rfc3339: "2027-01-01T00:00:00Z")
        return RouteTable(routes: [
            try planned("shop", "api", endpoints: [endpoint("aaaaaaaaaaaa", port: 8080)]) {
                $0.port = 8080
                $0.hosts = [
                    try HostPattern(parsing: "api.example.org"), try HostPattern(parsing: "*.shop.example.org"),
                ]
                $0.path = try RoutePath(parsing: "/v1")
                $0.stripsPath = true
                $0.access = .operator
                $0.requiresTLS = true
                $0.balance = .client
                $0.rateLimit = RateLimit(requests: 100, window: .seconds(10))
                $0.maximumBody = ByteCount(bytes: 1 << 20)
                $0.timeout = .seconds(30)
                $0.healthPath = try RoutePath(parsing: "/health")
            },
            books, old,
            try planned("shop", "static", endpoints: [endpoint("bbbbbbbbbbbb", "fd00::2")]) {
                $0.scheme = .https
                $0.balance = .leastConnections
                $0.cache = CacheRule(maximumAge: .seconds(300))
                $0.headers.setInRequest = [
                    try HeaderName(parsing: "X-From"): try HeaderValue(parsing: "it's 100% homie")
                ]
                $0.headers.removedFromResponse = [try HeaderName(parsing: "Server")]
            },
            try planned(
                "shop",
                "web",
                endpoints: [
                    endpoint("cccccccccccc"),
                    RouteEndpoint(name: "dddddddddddd", address: "172.20.0.3", port: 80, weight: 10),
                    RouteEndpoint(name: "eeeeeeeeeeee", address: "172.20.0.4", port: 80, isDraining: true),
                ]
            ),
        ])
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

extension Timestamp {
    static func now() -> Timestamp { Clocks.system().wall() }
}
