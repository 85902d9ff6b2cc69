import FoundationEssentials
import Glibc
import HomieModel
import HomieSupervisor
import HomieTestSupport
import Logging
import Testing

@testable import HomieGateway

/// A gateway with a real HAProxy on loopback ports, gone when the test is over.
struct GatewayFixture: Sendable {
    /// HAProxy's path; nil where there is none, which a test must not pass over where it was promised.
    static let program: String? = {
        let path = ProcessInfo.processInfo.environment["HOMIE_TEST_HAPROXY"] ?? HAProxyProgram.standard
        return access(path, X_OK) == 0 ? path : nil
    }()

    static var isPromised: Bool { ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_HAPROXY"] == "1" }

    let settings: GatewaySettings
    let port: UInt16
    let tlsPort: UInt16
    /// Where services are by their paths over TLS.
    let pathPort: UInt16
    let controller: GatewayController

    static func with(
        change: (inout GatewaySettings) -> Void = { _ in },
        _ body: (GatewayFixture) async throws -> Void
    ) async throws {
        // A socket's path has at most 107 bytes.
        let folder = "/tmp/hg-\(UUID().uuidString.prefix(8))"
        let (port, tlsPort, pathPort) = try (FreePort.next(), FreePort.next(), FreePort.next())
        var settings = try Sample.settings(directory: folder)
        settings.http = [.init(address: "127.0.0.1", port: port)]
        settings.https = [.init(address: "127.0.0.1", port: tlsPort)]
        settings.pathForms = [.init(address: "127.0.0.1", port: pathPort)]
        settings.spareBackends = 4
        change(&settings)
        let fixture = GatewayFixture(
            settings: settings,
            port: port,
            tlsPort: tlsPort,
            pathPort: pathPort,
            controller: controller(settings)
        )
        do {
            try await body(fixture)
        } catch {
            fixture.cleanUp()
            throw error
        }
        fixture.cleanUp()
    }

    static func controller(_ settings: GatewaySettings, program: String? = nil) -> GatewayController {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return GatewayController(
            settings: settings,
            source: SilentSource(),
            program: program ?? Self.program ?? HAProxyProgram.standard,
            logger: logger
        )
    }

    private func cleanUp() {
        if let pid = master { kill(pid, SIGTERM) }
        try? FileManager.default.removeItem(atPath: settings.paths.directory)
    }

    /// The master of this gateway's HAProxy.
    var master: pid_t? {
        guard let text = try? AtomicFile.read(settings.paths.processID) else { return nil }
        return text.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// Looks again until nothing is left to do.
    func settle(_ table: RouteTable, _ done: (RunningGateway) -> Bool = { _ in true }) async throws {
        await controller.take(table)
        for _ in 0..<1200 {
            if let failure = await controller.failure { throw failure }
            if await controller.isSettled, let running = await controller.running, done(running) { return }
            try await Task.sleep(for: .milliseconds(50))
            await controller.reconcile()
        }
        Issue.record("the gateway does not settle")
    }
}

/// A source that never says anything: the tests hand the tables over themselves.
struct SilentSource: RouteSource {
    func routeTables() async -> AsyncStream<RouteTable> { AsyncStream { _ in } }
}
