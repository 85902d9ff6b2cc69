import Glibc
import HomieModel
import HomieProcess
import Testing

@testable import HomieGateway

@Suite(
    .enabled(if: GatewayFixture.program != nil || GatewayFixture.isPromised, "HAProxy is not installed"),
    .serialized
)
struct KeptGatewayIntegrationTests {
    private static func table(_ services: [(String, [TestBackend])]) throws -> RouteTable {
        let routes = try services.map { try Sample.planned("shop", $0.0, endpoints: $0.1.map(\.endpoint)) }
        return RouteTable(routes: routes.sorted { $0.key < $1.key })
    }

    @Test
    func `what systemd keeps is only steered: it starts with the first configuration, and serves whoever steers it`()
        async throws
    {
        try await GatewayFixture.with { settings in
            settings.isKeptBySystem = true
        } _: { fixture in
            let paths = fixture.settings.paths
            let program = try #require(GatewayFixture.program)
            // What homie-gateway.path and the unit's 'Restart=always' do.
            let haproxy =
                "\(program) -W -db -f \(paths.configuration) -p \(paths.processID) -S \(paths.masterSocket),mode,600"
            let loop = "while :; do [ -e \(paths.configuration) ] && \(haproxy); sleep 0.1; done"
            let start = ChildProcess(program: "sh", arguments: ["-c", "{ \(loop); } >/dev/null 2>&1 & echo $!"])
            let line = try await start.run(timeLimit: .seconds(10)).text.split(separator: "\n").first
            let keeper = try #require(line.flatMap { pid_t($0) })
            defer { kill(keeper, SIGKILL) }
            let (web, more) = (try await TestBackend.start("web"), try await TestBackend.start("more"))
            try await fixture.settle(try Self.table([("web", [web])]))
            #expect(try RawConnection.get("/", host: "web.homie.local", port: fixture.port).status == 200)
            let master = try #require(fixture.master)
            // Another homied, and one that wants what needs a reload.
            let next = GatewayFixture.controller(fixture.settings)
            var table = try Self.table([("web", [web]), ("more", [more])])
            table.routes[0].route.timeout = .seconds(7)
            await next.take(table)
            #expect(await next.failure == nil)
            #expect(fixture.master == master)
            #expect(try RawConnection.get("/", host: "more.homie.local", port: fixture.port).status == 200)
            kill(master, SIGKILL)
            for _ in 0..<1200 where fixture.master == master { try await Task.sleep(for: .milliseconds(50)) }
            await next.reconcile()
            #expect(await next.failure == nil)
            #expect(try RawConnection.get("/", host: "web.homie.local", port: fixture.port).status == 200)
        }
    }

    @Test func `a gateway that is turned off serves no longer, and does again once it is on`() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            let table = try Self.table([("web", [web])])
            let retired = RetiredGateway(fixture.settings.paths)
            #expect(try !retired.end())
            try await fixture.settle(table)
            #expect(try retired.end())
            func serves() -> Bool { (try? RawConnection(port: fixture.port)) != nil }
            for _ in 0..<1200 where serves() { try await Task.sleep(for: .milliseconds(50)) }
            #expect(!serves())
            #expect(try AtomicFile.read(fixture.settings.paths.configuration) == nil)
            #expect(try !retired.end())
            let next = GatewayFixture.controller(fixture.settings)
            await next.take(table)
            #expect(await next.failure == nil)
            #expect(try RawConnection.get("/", host: "web.homie.local", port: fixture.port).status == 200)
        }
    }
}
