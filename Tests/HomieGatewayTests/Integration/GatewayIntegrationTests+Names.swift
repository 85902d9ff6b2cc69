import HomieModel
import Testing

@testable import HomieGateway

extension GatewayIntegrationTests {
    @Test func `versions are served beside each other, kept apart in the cache, and say when they end`() async throws {
        try await GatewayFixture.with { fixture in
            let (web, next) = (try await TestBackend.start("web"), try await TestBackend.start("next"))
            var table = try table([("web", [web])])
            table.routes[0].route.cache = CacheRule(maximumAge: .seconds(60))
            var old = try Sample.version("v1", "/api/v1", of: table.routes[0])
            old.version?.deprecatedAt = Timestamp(rfc3339: "2026-06-01T00:00:00Z")
            old.version?.sunsetAt = Timestamp(rfc3339: "2027-01-01T00:00:00Z")
            var new = try Sample.version("v2", "/", of: table.routes[0])
            new.endpoints = [next.endpoint]
            table.routes += [old, new]
            try await fixture.settle(table)
            func ask(_ path: String, _ host: String) throws -> (text: String, head: String) {
                let response = try RawConnection.get(path, host: host, port: fixture.port)
                guard response.status == 200 else { return ("\(response.status)", "") }
                let lines = response.body.split(whereSeparator: \.isNewline)
                #expect(lines.contains { $0.lowercased() == "host: \(host)" }, "\(lines)")
                return (lines.prefix(2).joined(separator: " "), response.head.lowercased())
            }
            #expect(try ask("/items", "web.homie.local").text == "web GET /items HTTP/1.1")
            let first = try ask("/v1/items?a=b", "web.homie.local")
            #expect(first.text == "web GET /api/v1/items?a=b HTTP/1.1")
            #expect(first.head.contains("\r\ndeprecation: @1780272000\r\n"), "\(first.head)")
            #expect(first.head.contains("\r\nsunset: fri, 01 jan 2027 00:00:00 gmt"), "\(first.head)")
            let second = try ask("/v2/items", "web.homie.local")
            #expect(second.text == "next GET /items HTTP/1.1" && !second.head.contains("sunset"))
            #expect(try ask("/web/v1/items", "127.0.0.1").text == "web GET /api/v1/items HTTP/1.1")
            #expect(try ask("/web/v2/", "127.0.0.1").text == "next GET / HTTP/1.1")
            #expect(try ask("/v3/items", "web.homie.local").text == "web GET /v3/items HTTP/1.1")
            // What is kept of one is not served for another, though all are asked for the same path in the end.
            for _ in 0..<2 {
                #expect(try ask("/kept", "web.homie.local").text == "web GET /kept HTTP/1.1")
                #expect(try ask("/v2/kept", "web.homie.local").text == "next GET /kept HTTP/1.1")
                #expect(try ask("/v1/kept", "web.homie.local").text == "web GET /api/v1/kept HTTP/1.1")
            }
            #expect(next.requests == 3)
            let routes = await fixture.controller.routes()
            #expect(routes.map(\.version) == [nil, "v1", "v2"])
            #expect(routes[1].urls.contains("http://web.homie.local:\(fixture.port)/v1/"), "\(routes[1].urls)")
            let address = try #require(WebAddress(parsing: "http://web.homie.local/v2/x"))
            let found = RouteLookup(table.routes, settings: fixture.settings).find(address)
            #expect(found.hit?.route == "shop/web@v2")
        }
    }

    @Test func `versions are picked by a header field, a cookie and by weight, and one that is away is not drawn`()
        async throws
    {
        try await GatewayFixture.with { fixture in
            let (web, next) = (try await TestBackend.start("web"), try await TestBackend.start("next"))
            func picking(_ weight: Int, balance: GatewayRoute.Balance = .roundRobin) throws -> RouteTable {
                var table = try table([("web", [web])])
                var old = RouteVersion(name: "v1", path: try RoutePath(parsing: "/api/v1"))
                old.marks = [VersionMark(.header, name: "X-Version", value: "1")]
                var new = RouteVersion(name: "v2", path: .root)
                new.marks = [
                    VersionMark(.header, name: "X-Version", value: "2"),
                    VersionMark(.cookie, name: "beta", value: "yes"),
                ]
                new.weight = weight
                table.routes[0].route.versions = [old, new]
                table.routes[0].route.balance = balance
                var second = try Sample.version("v2", "/", of: table.routes[0])
                second.endpoints = [next.endpoint]
                table.routes += [try Sample.version("v1", "/api/v1", of: table.routes[0]), second]
                return table
            }
            func ask(_ path: String, _ headers: String = "", host: String = "web.homie.local") throws -> String {
                let lines = headers.isEmpty ? "" : headers + "\r\n"
                let response = try RawConnection.get(path, host: host, port: fixture.port, headers: lines)
                guard response.status == 200 else { return "\(response.status)" }
                return response.body.split(whereSeparator: \.isNewline).prefix(2).joined(separator: " ")
            }
            try await fixture.settle(try picking(0))
            let loads = await fixture.controller.loads
            #expect(try ask("/items") == "web GET /items HTTP/1.1")
            #expect(try ask("/items", "X-Version: 1") == "web GET /api/v1/items HTTP/1.1")
            #expect(try ask("/items", "x-version: 2") == "next GET /items HTTP/1.1")
            #expect(try ask("/items", "Cookie: a=b; beta=yes") == "next GET /items HTTP/1.1")
            // A header field says more than a cookie, and what nobody asked for says nothing.
            #expect(try ask("/items", "X-Version: 1\r\nCookie: beta=yes") == "web GET /api/v1/items HTTP/1.1")
            for stranger in ["X-Version: 3", "X-Version: 2/x", "X-Version: 2/", "X-Version:", "Cookie: beta=no"] {
                #expect(try ask("/items", stranger) == "web GET /items HTTP/1.1", "\(stranger)")
            }
            #expect(try ask("/web/items", "X-Version: 1", host: "127.0.0.1") == "web GET /api/v1/items HTTP/1.1")
            #expect(try ask("/v2/items", "X-Version: 1") == "next GET /items HTTP/1.1")

            try await fixture.settle(try picking(40))
            #expect(await fixture.controller.loads == loads)
            let answers = try (0..<300).map { _ in try ask("/") }
            let share = answers.count { $0.hasPrefix("next") }
            // The chance of less or more is one in ten million.
            #expect((75...165).contains(share), "\(share)")
            #expect(try ask("/items", "X-Version: 1") == "web GET /api/v1/items HTTP/1.1")
            let trace = await fixture.controller.trace(
                try #require(WebAddress(parsing: "http://web.homie.local/")),
                asks: false
            )
            #expect(trace.steps.contains { $0.hasSuffix("or of others 40 in a hundred") }, "\(trace.steps)")

            // One client is not sent to and fro where it is to stay with a replica.
            try await fixture.settle(try picking(50, balance: .client))
            #expect(Set(try (0..<20).map { _ in try ask("/") }).count == 1)

            var away = try picking(100)
            try await fixture.settle(away)
            #expect(try ask("/").hasPrefix("next"))
            away.routes[2].endpoints = []
            try await fixture.settle(away) { $0.servers["shop:web:1:v2"]?.isEmpty ?? true }
            #expect(try ask("/") == "web GET / HTTP/1.1")
            #expect(try ask("/", "X-Version: 2") == "503")
        }
    }

    @Test func `names under .local are told to who publishes them, and what comes of it is shown`() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web]), ("api", [web])])
            table.routes[0].route.hosts = [
                try HostPattern(parsing: "books.local"), try HostPattern(parsing: "*.shop.local"),
                try HostPattern(parsing: "api.example.org"),
            ]
            table.routes[0].labels = []
            var reader = await fixture.controller.localNames().makeAsyncIterator()
            try await fixture.settle(table)
            let names = await reader.next()
            #expect(names == ["books.local", "homie.local", "web-shop.homie.local", "web.homie.local"])
            table.routes.removeFirst()
            try await fixture.settle(table)
            #expect(await reader.next() == ["homie.local", "web-shop.homie.local", "web.homie.local"])
            func findings() async -> [Finding] { await fixture.controller.findings().filter { $0.check == "mdns" } }
            #expect(await findings().isEmpty)
            var report = NameReport(hostName: "homie.local")
            report.names = [PublishedName(name: "web.homie.local", state: .published)]
            await fixture.controller.take(report)
            #expect(await findings().map(\.level) == [.ok])
            #expect(await fixture.controller.routes().map { $0.published.map(\.state) } == [[.published]])
            report.names = [PublishedName(name: "web.homie.local", state: .taken, problem: "another device has it")]
            await fixture.controller.take(report)
            let finding = await findings()
            #expect(finding.map(\.level) == [.warning])
            #expect(finding.first?.message == "'web.homie.local' is not published: another device has it")
            report.absence = "Avahi does not run"
            await fixture.controller.take(report)
            #expect(await findings().first?.message.contains("Avahi does not run") == true)
        }
    }
}
