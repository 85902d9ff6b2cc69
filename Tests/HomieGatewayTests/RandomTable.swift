import HomieModel

@testable import HomieGateway

/// Route tables such as a planner could make, by a seed.
enum RandomTable {
    static func make(_ random: inout SeededGenerator, services: Int = 6) throws -> RouteTable {
        var routes: [PlannedRoute] = []
        for number in 0..<services where random.chance(70) {
            let replicas = Int.random(in: 0...3, using: &random)
            let endpoints = (0..<replicas).map { replica in
                RouteEndpoint(
                    name: "c\(number)r\(replica)",
                    address: random.chance(90) ? "172.20.\(number).\(replica + 2)" : "fd00::\(number):\(replica + 2)",
                    port: UInt16(80 + number),
                    weight: random.chance(80) ? 100 : Int.random(in: 0...256, using: &random),
                    isDraining: random.chance(10)
                )
            }
            var planned = try Sample.planned("stack", "s\(number)", endpoints: endpoints)
            if random.chance(30) { try decorate(&planned.route, &random) }
            if random.chance(20) {
                planned.route.hosts = [try HostPattern(parsing: "s\(number).example.org")]
                planned.labels = []
            }
            let version = random.chance(25) ? version(&random) : nil
            planned.route.versions = version.map { [$0] } ?? []
            routes.append(planned)
            if let version { routes.append(try Sample.version(version.name, "/\(version.name)", of: planned)) }
        }
        return RouteTable(routes: routes)
    }

    private static func version(_ random: inout SeededGenerator) -> RouteVersion {
        var version = RouteVersion(name: random.chance(50) ? "v1" : "v2", path: .root)
        if random.chance(50) { version.weight = Int.random(in: 0...5, using: &random) }
        if random.chance(50) {
            let name = random.chance(50) ? "X-Version" : "Accept-Version"
            version.marks.append(VersionMark(.header, name: name, value: "\(Int.random(in: 1...2, using: &random))"))
        }
        if random.chance(30) { version.marks.append(VersionMark(.cookie, name: "beta", value: "yes")) }
        return version
    }

    private static func decorate(_ route: inout GatewayRoute, _ random: inout SeededGenerator) throws {
        if random.chance(30) { route.balance = GatewayRoute.Balance.allCases.randomElement(using: &random) ?? .client }
        if random.chance(30) { route.scheme = GatewayRoute.Scheme.allCases.randomElement(using: &random) ?? .http }
        if random.chance(30) { route.access = GatewayRoute.Access.allCases.randomElement(using: &random) ?? .admin }
        if random.chance(30) {
            let requests = Int.random(in: 1...1000, using: &random)
            route.rateLimit = RateLimit(
                requests: requests,
                window: .seconds(Double(Int.random(in: 1...600, using: &random)))
            )
        }
        if random.chance(30) {
            route.cache = CacheRule(maximumAge: .seconds(Double(Int.random(in: 1...9, using: &random))))
        }
        if random.chance(30) { route.timeout = .milliseconds(Int64.random(in: 1...100_000, using: &random)) }
        if random.chance(30) { route.maximumBody = ByteCount(bytes: Int64.random(in: 1...(1 << 40), using: &random)) }
        if random.chance(30) { route.requiresTLS = true }
        if random.chance(30) { route.healthPath = try RoutePath(parsing: random.chance(50) ? "/" : "/health.txt") }
        if random.chance(30) {
            route.path = try RoutePath(
                parsing: ["/", "/a", "/a/b", "/a/b/c", "/a/b/c/d"].randomElement(using: &random) ?? "/"
            )
            route.stripsPath = random.chance(50)
        }
        if random.chance(40) {
            let signs = (0x20...0x7E).map { Character(Unicode.Scalar(UInt8($0))) }
            let text = String(
                (0..<Int.random(in: 1...40, using: &random)).map { _ in
                    signs.randomElement(using: &random) ?? " "
                }
            )
            route.headers.setInRequest = [try HeaderName(parsing: "X-Some"): try HeaderValue(parsing: text)]
            route.headers.setInResponse = [try HeaderName(parsing: "X-Other"): try HeaderValue(parsing: text)]
            route.headers.removedFromResponse = [try HeaderName(parsing: "Server")]
        }
    }
}
