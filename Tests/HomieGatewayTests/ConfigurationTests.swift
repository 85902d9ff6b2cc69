import HomieModel
import Testing

@testable import HomieGateway

@Suite struct ConfigurationTests {
    private func rendered(_ table: RouteTable, _ settings: GatewaySettings) -> (configuration: String, map: String) {
        let wanted = WantedGateway(table, settings: settings)
        let plan = GatewayPlanner(wanted: wanted, running: nil, memory: nil, drainingSince: [:], now: .seconds(0))
            .plan()
        return (plan.configuration(wanted).text, RouteMap.text(plan.map(wanted)))
    }

    @Test("without routes the configuration refuses everything but still listens")
    func empty() throws {
        let files = rendered(RouteTable(), try Sample.settings())
        try GoldenFile.expect(files.configuration, is: "empty.cfg")
        #expect(files.map.isEmpty)
    }

    @Test("every option of a route has its lines")
    func full() throws {
        var settings = try Sample.settings()
        settings.account = "haproxy"
        settings.clientRate = RateLimit(requests: 2000, window: .seconds(10))
        settings.sessionKey = "/var/lib/homie/session.pem"
        settings.http = [.init(address: "127.0.0.1", port: 8080), .init(address: "::1", port: 8080)]
        settings.https = [.init(port: 8443)]
        settings.pathForms = [.init(port: 8444)]
        settings.apiSocket = "/run/homie/gateway.sock"
        let files = rendered(try Sample.fullTable(), settings)
        try GoldenFile.expect(files.configuration, is: "full.cfg")
        try GoldenFile.expect(files.map, is: "full.map")
    }

    @Test("servers, weights and names do not change what a process is known by; rules and settings do")
    func identity() throws {
        let settings = try Sample.settings()
        func identity(_ table: RouteTable, _ settings: GatewaySettings) -> String {
            let wanted = WantedGateway(table, settings: settings)
            return HAProxyConfiguration(settings: settings, layout: wanted.layout, servers: [:]).identity
        }
        let one = RouteTable(routes: [try Sample.planned("shop", "web")])
        let other = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: [Sample.endpoint("a")])])
        #expect(identity(one, settings) == identity(other, settings))
        let special = RouteTable(routes: [try Sample.planned("shop", "web") { $0.timeout = .seconds(3) }])
        #expect(identity(one, settings) != identity(special, settings))
        var moved = settings
        moved.http = [.init(port: 8080)]
        #expect(identity(one, settings) != identity(one, moved))
    }

    @Test func `a route on the device's own name does not hide the API`() throws {
        let settings = try Sample.settings()
        func value(_ host: String, _ access: GatewayRoute.Access = .anyone) throws -> String? {
            let planned = try Sample.planned("shop", "web") { route in
                route.hosts = [try HostPattern(parsing: host)]
                route.access = access
            }
            return RouteMap.entries(of: planned, backend: "b", settings: settings)["\(host)/"]
        }
        // Only a value that begins so leaves the rules early.
        #expect(try value("shop.example.org") == "0|-|b")
        #expect(try value("shop.example.org", .user) == "0|u|b")
        for host in ["homie.local", "homie", "localhost", "10.0.0.1"] { #expect(try value(host) == "0|d|b") }
    }

    @Test func `who a service over TLS must show to be is asked for, and a change of it asks for another backend`()
        throws
    {
        let paths = GatewayPaths(directory: "/g")
        func lines(_ identity: UpstreamIdentity?) -> (server: String, rules: [String]) {
            var route = GatewayRoute(port: 443)
            route.scheme = .https
            route.identity = identity
            let line = ServerLine(Sample.endpoint("a"), of: route, paths: paths)
            let words = line.parameters.split(separator: " ").drop { $0 != "ssl" }
            return (words.joined(separator: " "), BackendRules.rules(of: route, paths: paths))
        }
        #expect(lines(nil).server == "ssl verify none")
        #expect(
            lines(UpstreamIdentity(name: "a.lan", isChecked: false)).server
                == "ssl verify none sni str(a.lan) check-sni a.lan"
        )
        let system = lines(UpstreamIdentity(name: "a.lan"))
        #expect(
            system.server
                == "ssl verify required ca-file @system-ca verifyhost a.lan sni str(a.lan) check-sni a.lan"
        )
        #expect(system.rules.contains("default-server ca-file @system-ca"))
        // Nobody's certificate is for no name.
        #expect(lines(UpstreamIdentity()).server == "ssl verify required ca-file @system-ca verifyhost invalid")
        let own = lines(UpstreamIdentity(name: "a.lan", authority: "PEM"))
        #expect(own.server.contains("ca-file /g/trusted/"))
        #expect(
            Set([lines(nil).rules, system.rules, own.rules, lines(UpstreamIdentity(name: "b.lan")).rules]).count == 4
        )
    }

    @Test("a header's value is one word whose signs mean nothing")
    func literals() {
        #expect(BackendRules.literal("plain") == "'plain'")
        #expect(BackendRules.literal("50% of \"it's\" \\ $HOME %[src]") == "'50%% of \"it'\\''s\" \\ $HOME %%[src]'")
    }
}
