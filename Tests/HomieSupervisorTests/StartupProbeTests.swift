import HomieModel
import HomieSupervisor
import HomieTestSupport
import Synchronization
import Testing

/// Servers that all say the same.
private final class FakeProber: LoopbackProber {
    let says: Bool
    let questions = Mutex<[LoopbackCheck]>([])

    init(says: Bool) { self.says = says }

    func passes(_ check: LoopbackCheck, process: Int, address: String, timeout: TimeSpan) async -> Bool {
        questions.withLock { $0.append(check) }
        return says
    }
}

/// The engine of these tests never calls a container healthy: who is, was found so by an early probe.
@Suite struct StartupProbeTests {
    private func deployed(_ prober: FakeProber, test: [String]) async throws -> Bench {
        let bench = try await Bench(loopbackProber: prober)
        await bench.engine.addImage("web")
        await bench.engine.letCommandsPass()
        let definition = try definition(test)
        #expect(try await bench.up(definition).state == .succeeded)
        return bench
    }

    private func definition(_ test: [String]) throws -> StackDefinition {
        let checked = service("web") { service in
            service.healthcheck = HealthcheckDefinition()
            service.healthcheck?.test = test
        }
        return try stack("shop", ["web": checked])
    }

    private let wget = ["CMD", "wget", "-q", "-O", "-", "http://127.0.0.1:81/ready"]

    @Test func `the command comes first, then the server is asked in its place`() async throws {
        let prober = FakeProber(says: true)
        let bench = try await deployed(prober, test: wget)
        #expect(await bench.engine.commandCount == 1)
        #expect(prober.questions.withLock { $0 } == [])
        #expect(try await bench.up(try definition(wget), ApplyOptions(forcesRecreate: true)).state == .succeeded)
        #expect(await bench.engine.commandCount == 1)
        #expect(prober.questions.withLock { $0 }.map(\.port) == [81])
    }

    @Test func `a server that does not say yes leaves the verdict to the command`() async throws {
        let bench = try await deployed(FakeProber(says: false), test: wget)
        #expect(try await bench.up(try definition(wget), ApplyOptions(forcesRecreate: true)).state == .succeeded)
        #expect(await bench.engine.commandCount == 2)
    }

    @Test func `a command that may do anything is run each time`() async throws {
        let prober = FakeProber(says: true)
        let test = ["CMD-SHELL", "pg_isready"]
        let bench = try await deployed(prober, test: test)
        #expect(try await bench.up(try definition(test), ApplyOptions(forcesRecreate: true)).state == .succeeded)
        #expect(await bench.engine.commandCount == 2)
        #expect(prober.questions.withLock { $0 } == [])
    }
}
