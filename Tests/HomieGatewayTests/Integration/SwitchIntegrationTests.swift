import FoundationEssentials
import HomieModel
import HomieProcess
import Testing

@testable import HomieGateway

@Suite(
    .enabled(if: GatewayFixture.program != nil || GatewayFixture.isPromised, "HAProxy is not installed"),
    .serialized
)
struct SwitchIntegrationTests {
    private func table(
        _ services: [(String, [RouteEndpoint])],
        timeout: TimeSpan? = nil
    ) throws -> RouteTable {
        RouteTable(
            routes: try services.map { name, endpoints in
                try Sample.planned("shop", name, endpoints: endpoints) {
                    // A rule of its own, so that a change of it needs a reload.
                    if name == "ruled" { $0.timeout = timeout }
                }
            }.sorted { $0.key < $1.key }
        )
    }

    private func servers(_ running: RunningGateway, _ service: String) -> [String] {
        (running.servers["shop:\(service):1"] ?? []).filter { !$0.isInMaintenance && !$0.isDraining }.map(\.name)
    }

    @Test("replicas come and go under load without a reload and without a failed request")
    func replicas() async throws {
        try await GatewayFixture.with { fixture in
            var replicas: [TestBackend] = []
            for number in 1...4 { replicas.append(try await TestBackend.start("r\(number)")) }
            try await fixture.settle(try table([("web", [replicas[0].endpoint])]))
            let load = Load(clients: 16, port: fixture.port, hosts: ["web.homie.local"])
            try await load.more(200)
            for round in 1...8 {
                let (old, new) = (replicas[(round - 1) % 4], replicas[round % 4])
                try await fixture.settle(try table([("web", [old.endpoint, new.endpoint])]))
                let before = new.requests
                try await load.more(200)
                #expect(new.requests > before, "round \(round)")
                try await fixture.settle(try table([("web", [new.endpoint])]))
                let running = try #require(await fixture.controller.running)
                #expect(running.servers["shop:web:1"]?.map(\.name) == [new.name])
                let after = old.requests
                try await load.more(200)
                #expect(old.requests == after, "round \(round)")
            }
            #expect(await load.stop() == [])
            #expect(await fixture.controller.loads == 1)
        }
    }

    @Test("weights share the requests, and a new plain service needs no reload")
    func weights() async throws {
        try await GatewayFixture.with { fixture in
            let (blue, green) = (try await TestBackend.start("blue"), try await TestBackend.start("green"))
            try await fixture.settle(try table([("web", [blue.endpoint])]))
            var few = green.endpoint
            few.weight = 10
            var many = blue.endpoint
            many.weight = 90
            let other = try await TestBackend.start("other")
            try await fixture.settle(try table([("web", [many, few]), ("later", [other.endpoint])]))
            let connection = try RawConnection(port: fixture.port)
            let (blueBefore, greenBefore) = (blue.requests, green.requests)
            for _ in 0..<100 { _ = try connection.get("/", host: "web.homie.local") }
            #expect((88...92).contains(blue.requests - blueBefore))
            #expect((8...12).contains(green.requests - greenBefore))
            #expect(try connection.get("/", host: "later.homie.local").body.hasPrefix("other"))
            #expect(await fixture.controller.loads == 1)
            try await fixture.settle(try table([("web", [many, few])]))
            #expect(try connection.get("/", host: "later.homie.local").status == 404)
            #expect(await fixture.controller.loads == 1)
        }
    }

    @Test("reloads under load fail no request of clients that keep their connections")
    func reloads() async throws {
        try await GatewayFixture.with { fixture in
            let (web, ruled) = (try await TestBackend.start("web"), try await TestBackend.start("ruled"))
            let services = [("web", [web.endpoint]), ("ruled", [ruled.endpoint])]
            try await fixture.settle(try table(services, timeout: .seconds(10)))
            let load = Load(
                clients: 16,
                port: fixture.port,
                hosts: ["web.homie.local", "ruled.homie.local"]
            )
            try await load.more(200)
            for round in 1...6 {
                try await fixture.settle(try table(services, timeout: .seconds(Double(10 + round))))
                try await load.more(300)
            }
            #expect(await load.stop() == [])
            #expect(await fixture.controller.loads == 7)
        }
    }

    private static let upgrade =
        "GET /ws HTTP/1.1\r\nHost: web.homie.local\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    @Test("WebSockets and event streams outlive changes of other routes, reloads too, and are drained in their own")
    func longConnections() async throws {
        try await GatewayFixture.with { fixture in
            let (web, ruled) = (try await TestBackend.start("web"), try await TestBackend.start("ruled"))
            let next = try await TestBackend.start("next")
            let services = [("web", [web.endpoint]), ("ruled", [ruled.endpoint])]
            try await fixture.settle(try table(services, timeout: .seconds(10)))
            let socket = try RawConnection(port: fixture.port)
            try socket.send(Self.upgrade)
            #expect(try socket.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101"))
            let events = try RawConnection(port: fixture.port)
            try events.send("GET /events HTTP/1.1\r\nHost: web.homie.local\r\nAccept: text/event-stream\r\n\r\n")
            _ = try events.read(until: "w-open\n\n")
            func expectAlive(_ words: String) throws {
                try socket.send(words)
                _ = try socket.read(until: words)
                _ = try events.read(until: "pulse")
                _ = try events.read(until: "pulse")
            }
            try expectAlive("at first;")
            try await fixture.settle(try table([services[0], ("ruled", [next.endpoint])], timeout: .seconds(10)))
            try expectAlive("another route's replica was replaced;")
            try await fixture.settle(try table(services, timeout: .seconds(20)))
            try expectAlive("after a reload;")
            try await fixture.settle(try table(services, timeout: .seconds(30)))
            try expectAlive("after two;")

            let second = try RawConnection(port: fixture.port)
            try second.send(Self.upgrade)
            _ = try second.read(until: "\r\n\r\n")
            await fixture.controller.take(try table([("web", [next.endpoint]), services[1]], timeout: .seconds(30)))
            for _ in 0..<20 { await fixture.controller.reconcile() }
            try second.send("drained, not cut")
            _ = try second.read(until: "drained, not cut")
            #expect(try RawConnection.get("/", host: "web.homie.local", port: fixture.port).body.hasPrefix("next"))
            #expect(await !fixture.controller.isSettled)
        }
    }

    @Test("TLS answers with a certificate of the device's authority; a new host gets one without a reload")
    func certificates() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web.endpoint])])
            try await fixture.settle(table)
            #expect(try await verify("web.homie.local", fixture))
            #expect(try await !verify("photos.example.org", fixture))
            table.routes[0].route.hosts = [try HostPattern(parsing: "photos.example.org")]
            try await fixture.settle(table)
            #expect(try await verify("photos.example.org", fixture))
            #expect(await fixture.controller.loads == 1)
        }
    }

    /// Whether OpenSSL trusts what is answered for a name, with the device's root alone.
    private func verify(_ name: String, _ fixture: GatewayFixture) async throws -> Bool {
        let result = try await ChildProcess(
            program: "openssl",
            arguments: [
                "s_client", "-connect", "127.0.0.1:\(fixture.tlsPort)", "-servername", name, "-verify_hostname", name,
                "-CAfile", "\(fixture.settings.paths.authority)/root.pem", "-verify_return_error", "-brief",
            ],
            standardError: .kept
        ).run(input: Array("Q\n".utf8), timeLimit: .seconds(20))
        return result.exitCode == 0
    }

    @Test("the files are readable by nobody else, and say what runs")
    func files() async throws {
        try await GatewayFixture.with { fixture in
            let (one, two) = (try await TestBackend.start("one"), try await TestBackend.start("two"))
            try await fixture.settle(try table([("web", [one.endpoint])]))
            try await fixture.settle(try table([("web", [one.endpoint, two.endpoint])]))
            let paths = fixture.settings.paths
            let configuration = try #require(try AtomicFile.read(paths.configuration))
            #expect(configuration.contains("server two 127.0.0.1:\(two.port)"))
            for path in [paths.configuration, paths.map, paths.certificate, paths.runtimeSocket, paths.masterSocket] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(path)")
            }
        }
    }
}
