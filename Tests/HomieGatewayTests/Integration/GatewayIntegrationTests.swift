import FoundationEssentials
import Glibc
import HomieModel
import HomieProcess
import Testing

@testable import HomieGateway

@Suite(
    .enabled(if: GatewayFixture.program != nil || GatewayFixture.isPromised, "HAProxy is not installed"),
    .serialized
)
struct GatewayIntegrationTests {
    func table(_ services: [(String, [TestBackend])]) throws -> RouteTable {
        RouteTable(
            routes: try services.map { try Sample.planned("shop", $0.0, endpoints: $0.1.map(\.endpoint)) }
                .sorted { $0.key < $1.key }
        )
    }

    @Test("HAProxy accepts the configuration of any table")
    func validity() async throws {
        try await GatewayFixture.with { fixture in
            _ = try CertificateKeeper(settings: fixture.settings).keep(hosts: [], now: .now())
            _ = try HostCertificateFiles(paths: fixture.settings.paths).change(to: [])
            let process = HAProxyProcess(
                program: try #require(GatewayFixture.program),
                paths: fixture.settings.paths,
                isKeptBySystem: false
            )
            var tables = [RouteTable(), try Sample.fullTable()]
            for seed in 0..<25 {
                var random = SeededGenerator(seed: UInt64(seed))
                tables.append(try RandomTable.make(&random, services: 8))
            }
            for (number, table) in tables.enumerated() {
                let wanted = WantedGateway(table, settings: fixture.settings)
                let plan = GatewayPlanner(
                    wanted: wanted,
                    running: nil,
                    memory: nil,
                    drainingSince: [:],
                    now: .seconds(0)
                )
                .plan()
                try AtomicFile.write(RouteMap.text(plan.map(wanted)), to: fixture.settings.paths.map)
                try AtomicFile.write(plan.configuration(wanted).text, to: fixture.settings.paths.candidate)
                do {
                    try await process.check(fixture.settings.paths.candidate)
                } catch let error as GatewayError {
                    Issue.record("table \(number): \(error)")
                }
            }
        }
    }

    @Test("services are reached by name, by wildcard and by path; unknown names and disguised paths are refused")
    func routing() async throws {
        try await GatewayFixture.with { fixture in
            let (web, api) = (try await TestBackend.start("web"), try await TestBackend.start("api"))
            var table = try table([("web", [web]), ("api", [api])])
            table.routes[0].route.hosts = [try HostPattern(parsing: "*.example.org")]
            table.routes[0].route.path = try RoutePath(parsing: "/v1")
            table.routes[0].route.stripsPath = true
            table.routes[0].labels = []
            try await fixture.settle(table)
            func ask(_ path: String, _ host: String) throws -> String {
                let response = try RawConnection.get(path, host: host, port: fixture.port)
                guard response.status == 200 else { return "\(response.status)" }
                return response.body.split(whereSeparator: \.isNewline).prefix(2).joined(separator: " ")
            }
            #expect(try ask("/a?b=c", "web.homie.local:\(fixture.port)") == "web GET /a?b=c HTTP/1.1")
            #expect(try ask("/", "WEB.Homie.Local") == "web GET / HTTP/1.1")
            #expect(try ask("/web/page", "127.0.0.1") == "web GET /page HTTP/1.1")
            #expect(try ask("/web", "localhost") == "308")
            #expect(try ask("/web/", "rebound.attacker.example") == "404")
            #expect(try ask("/webby/", "127.0.0.1") == "404")
            #expect(try ask("/v1/items", "x.example.org") == "api GET /items HTTP/1.1")
            #expect(try ask("//v1//items", "x.example.org") == "api GET /items HTTP/1.1")
            #expect(try ask("/v2/items", "x.example.org") == "404")
            #expect(try ask("/v1/items", "x.y.example.org") == "404")
            for path in ["/web/../x", "/web/%2e%2e/x", "/web/%2E./x", "/web/..;/x", "/web/..\\x", "/a%00"] {
                #expect(try ask(path, "web.homie.local") == "400", "\(path)")
            }
        }
    }

    @Test func `a path that is closed does not open by being written in another way`() async throws {
        try await GatewayFixture.with { fixture in
            let (web, secret) = (try await TestBackend.start("web"), try await TestBackend.start("secret"))
            var table = try table([("web", [web]), ("secret", [secret])])
            table.routes[0].route.hosts = [try HostPattern(parsing: "web.homie.local")]
            table.routes[0].route.path = try RoutePath(parsing: "/admin")
            table.routes[0].route.access = .admin
            table.routes[0].labels = []
            try await fixture.settle(table)
            #expect(try RawConnection.get("/", host: "web.homie.local", port: fixture.port).status == 200)
            for path in ["/admin", "/admin/x", "/%61dmin/x", "//admin/x", "/x/../admin/", "/./admin", "/admin?x"] {
                let response = try RawConnection.get(path, host: "web.homie.local", port: fixture.port)
                #expect([400, 403].contains(response.status), "\(path): \(response.status)")
            }
            #expect(secret.requests == 0 && web.requests == 1)
        }
    }

    @Test func `what is said of an address is what HAProxy does with it`() async throws {
        try await GatewayFixture.with { fixture in
            let backends = try await ["web", "api", "wild"].asyncMap { try await TestBackend.start($0) }
            var table = try table(backends.map { ($0.name, [$0]) })
            for index in table.routes.indices {
                let name = table.routes[index].key.service?.text
                if name == "api" {
                    table.routes[index].route.hosts = [try HostPattern(parsing: "a.example.org")]
                    table.routes[index].route.path = try RoutePath(parsing: "/v1")
                    table.routes[index].labels = []
                } else if name == "wild" {
                    table.routes[index].route.hosts = [try HostPattern(parsing: "*.example.org")]
                    table.routes[index].labels = []
                }
            }
            try await fixture.settle(table)
            let lookup = RouteLookup(table.routes, settings: fixture.settings)
            let hosts = [
                "web.homie.local", "a.example.org", "b.example.org", "x.y.example.org", "example.org", "localhost",
                "10.1.2.3", "attacker.example", "nas.lan", "WEB.homie.local",
            ]
            let paths = ["/", "/v1", "/v1/x", "/v1x", "/v2", "/web/", "/api/", "/%76%31/x", "//v1//x", "/wild/a"]
            for host in hosts {
                for path in paths {
                    let address = try #require(WebAddress(parsing: "http://\(host)\(path)"))
                    let found = lookup.find(address)
                    let response = try RawConnection.get(path, host: host, port: fixture.port)
                    let served = response.status == 200 ? response.body.split(whereSeparator: \.isNewline).first : nil
                    let note = "\(host)\(path): \(response.status) \(found)"
                    switch response.status {
                    case 404: #expect(found.outcome == .nowhere, "\(note)")
                    case 200: #expect(found.hit?.route == "shop/\(served ?? "")", "\(note)")
                    // The slash that is missing at the end.
                    case 308: #expect(found.outcome == .route, "\(note)")
                    default: Issue.record("\(note)")
                    }
                }
            }
        }
    }

    @Test func `certificates of single names come, change and go without a reload`() async throws {
        try await GatewayFixture.with { settings in
            settings.certificateFolder = settings.paths.directory + "-own"
        } _: { fixture in
            let folder = try #require(fixture.settings.certificateFolder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web])])
            table.routes[0].route.hosts = [
                try HostPattern(parsing: "a.example.org"), try HostPattern(parsing: "b.example.org"),
            ]
            try await fixture.settle(table)
            func issuer(_ host: String) async throws -> String {
                let process = ChildProcess(
                    program: "openssl",
                    arguments: [
                        "s_client", "-connect", "127.0.0.1:\(fixture.tlsPort)", "-servername", host, "-verify_hostname",
                        host,
                    ],
                    standardError: .kept
                )
                let text = try await process.run(timeLimit: .seconds(10)).text
                let line = text.split(separator: "\n").first { $0.hasPrefix("issuer=") }
                return String(line?.split(separator: "=").last?.drop { $0 == " " } ?? "none")
            }
            let own = try await issuer("a.example.org")
            #expect(own.hasPrefix("Homie on"))
            for name in ["First", "Second"] {
                let authority = try CertificateAuthority.make(name: name, now: .now())
                try AtomicFile.write(try authority.issue(for: ["a.example.org"], now: .now()), to: folder + "/a.pem")
                await fixture.controller.reconcile()
                #expect(await fixture.controller.failure == nil)
                #expect(try await issuer("a.example.org") == name)
                #expect(try await issuer("b.example.org") == own)
                #expect(try await issuer("web.homie.local") == own)
            }
            try FileManager.default.removeItem(atPath: folder + "/a.pem")
            await fixture.controller.reconcile()
            #expect(try await issuer("a.example.org") == own)
            #expect(await fixture.controller.loads == 1)
            // Another homied takes up what is there, and a new process reads it.
            let authority = try CertificateAuthority.make(name: "Third", now: .now())
            try AtomicFile.write(try authority.issue(for: ["b.example.org"], now: .now()), to: folder + "/b.pem")
            await fixture.controller.reconcile()
            let next = GatewayFixture.controller(fixture.settings)
            await next.take(table)
            #expect(await next.failure == nil)
            #expect(try await issuer("b.example.org") == "Third")
            table.routes[0].route.timeout = .seconds(3)
            await next.take(table)
            #expect(await next.loads == 1)
            #expect(try await issuer("b.example.org") == "Third")
        }
    }

    @Test func `a proof for a public authority is shown by any name over plain HTTP, and only while it is wanted`()
        async throws
    {
        try await GatewayFixture.with { settings in
            settings.usesACME = true
        } _: { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web])])
            table.routes[0].route.requiresTLS = true
            try await fixture.settle(table)
            func ask(_ token: String) throws -> (Int, String) {
                let path = "/.well-known/acme-challenge/\(token)"
                let response = try RawConnection.get(path, host: "web.homie.local", port: fixture.port)
                return (response.status, response.body)
            }
            try await fixture.controller.show(token: "tok-en_1", content: "tok-en_1.thumb")
            #expect(try ask("tok-en_1") == (200, "tok-en_1.thumb"))
            #expect(try ask("other").0 == 308)
            await fixture.controller.withdraw(token: "tok-en_1")
            #expect(try ask("tok-en_1").0 == 308)
        }
    }

    @Test("smuggled, doubled and outsized heads are refused; what a client claims about itself is not passed on")
    func malformed() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            try await fixture.settle(try table([("web", [web])]))
            let start = "GET / HTTP/1.1\r\nHost: web.homie.local\r\n"
            let bad = [
                start + "Host: other\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                start + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
                start + "X-Long: \(String(repeating: "a", count: 20_000))\r\n\r\n",
                start + (0..<150).map { "X-\($0): 1\r\n" }.joined() + "\r\n",
            ]
            for text in bad {
                let connection = try RawConnection(port: fixture.port)
                try connection.send(text)
                let status = try connection.response().status
                #expect([400, 414, 431].contains(status), "\(text.prefix(90))")
            }
            #expect(web.requests == 0)
            let both = "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            let connection = try RawConnection(port: fixture.port)
            try connection.send(start + both)
            #expect(try !connection.response().body.lowercased().contains("content-length"))
            let claimed = try RawConnection.get(
                "/",
                host: "web.homie.local",
                port: fixture.port,
                headers: "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Homie-User: admin\r\nProxy: x\r\n"
            )
            let body = claimed.body.lowercased()
            #expect(!body.contains("1.2.3.4") && !body.contains("x-homie-user") && !body.contains("\nproxy:"))
            #expect(body.contains("x-forwarded-for: 127.0.0.1") && body.contains("x-forwarded-proto: http\r\n"))
            // A name with a port is looked up by the longer way, with the same outcome.
            let other = try RawConnection.get(
                "/",
                host: "web.homie.local:\(fixture.port)",
                port: fixture.port,
                headers: "X-Forwarded-For: 1.2.3.4\r\nX-Homie-User: admin\r\nCookie: __Host-homie_session=x; a=b\r\n"
            )
            let longer = other.body.lowercased()
            #expect(!longer.contains("1.2.3.4") && !longer.contains("x-homie-user") && !longer.contains("__host-homie"))
            #expect(longer.contains("x-forwarded-for: 127.0.0.1") && longer.contains("cookie: a=b\r\n"))
        }
    }

    @Test("headers reach the service and the client as they are written")
    func headers() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            let text = String((0x21...0x7E).map { Character(Unicode.Scalar(UInt8($0))) })
            var table = try table([("web", [web])])
            table.routes[0].route.headers.setInRequest = [
                try HeaderName(parsing: "X-Signs"): try HeaderValue(parsing: text)
            ]
            table.routes[0].route.headers.setInResponse = [
                try HeaderName(parsing: "X-Back"): try HeaderValue(parsing: text)
            ]
            try await fixture.settle(table)
            let response = try RawConnection.get("/", host: "web.homie.local", port: fixture.port)
            #expect(response.body.lowercased().contains("x-signs: \(text.lowercased())\r\n"))
            #expect(response.head.lowercased().contains("x-back: \(text.lowercased())\r\n"))
        }
    }

    @Test("routes that want a sign-in refuse everybody while there is none")
    func closed() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web])])
            table.routes[0].route.access = .user
            try await fixture.settle(table)
            #expect(try RawConnection.get("/", host: "web.homie.local", port: fixture.port).status == 403)
            #expect(try RawConnection.get("/web/", host: "127.0.0.1", port: fixture.port).status == 403)
            #expect(web.requests == 0)
        }
    }

    @Test("a client over its rate is told to wait")
    func rate() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web])])
            table.routes[0].route.rateLimit = RateLimit(requests: 3, window: .seconds(600))
            try await fixture.settle(table)
            let statuses = try (0..<5).map { _ in
                try RawConnection.get("/", host: "web.homie.local", port: fixture.port).status
            }
            #expect(statuses == [200, 200, 200, 429, 429])
        }
    }

    @Test("HAProxy that was killed is brought back with the same routes")
    func killed() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            let table = try table([("web", [web])])
            try await fixture.settle(table)
            let master = try #require(fixture.master)
            kill(master, SIGKILL)
            try await fixture.settle(table) { _ in fixture.master != master }
            let response = try RawConnection.get("/", host: "web.homie.local", port: fixture.port)
            #expect(response.status == 200)
            #expect(await fixture.controller.loads >= 2)
        }
    }

    @Test("without HAProxy the doctor says what to do, and nothing else fails")
    func missing() async throws {
        try await GatewayFixture.with { fixture in
            let controller = GatewayFixture.controller(fixture.settings, program: "/nonexistent/haproxy")
            await controller.take(try table([]))
            let finding = try #require(await controller.findings().first)
            #expect(finding.level == .error)
            #expect(finding.remedy == "apt-get install haproxy")
        }
    }

    @Test("the next homied takes up what runs without touching it")
    func takeover() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            let more = try await TestBackend.start("more")
            try await fixture.settle(try table([("web", [web])]))
            let next = GatewayFixture.controller(fixture.settings)
            await next.take(try table([("web", [web, more])]))
            #expect(await next.failure == nil)
            #expect(await next.loads == 0)
            let status = try #require(await next.routes().first)
            #expect(status.urls.first == "https://web.homie.local:\(fixture.tlsPort)/")
            #expect(status.replicas.map(\.container) == ["web", "more"])
        }
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
