import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// Updates without a gateway.
@Suite struct UpdateTests {
    /// Every check passes.
    private final class Prober: HealthProber {
        func probe(_ kind: ProbeKind, at address: String, timeout: TimeSpan) async -> ProbeOutcome {
            ProbeOutcome(isPassed: true, latency: .seconds(0), detail: "answered 200")
        }

        func page(port: UInt16, path: String, at address: String, timeout: TimeSpan) async -> String? { nil }
    }

    private func shop(_ image: String, _ change: (inout ServiceDefinition) -> Void) throws -> StackDefinition {
        try stack(
            "shop",
            [
                "web": service(image) {
                    $0.restart = .always
                    change(&$0)
                }
            ]
        )
    }

    @Test func `an update that fails before anything proved good goes back to what served`() async throws {
        let bench = try await Bench()
        // What nobody checks has proved good after some seconds only.
        await bench.engine.addImage("plain")
        await bench.engine.addImage("bad", .init(ends: (.milliseconds(50), 1)))
        func definition(_ image: String) throws -> StackDefinition {
            try shop(image) { $0.homie = ["update": ["strategy": "blue-green", "monitor": "1ms"]] }
        }
        #expect(try await bench.up(definition("plain")).state == .succeeded)
        let name = stackName("shop")
        #expect(try await bench.supervisor.stack(name).lastGoodRevision == nil)
        let end = try await bench.settle(try await bench.supervisor.apply(definition("bad"), options: ApplyOptions()))
        #expect(end.state == .failed)
        try await eventually("it has converged on what served") {
            let now = try await bench.supervisor.stack(name)
            return now.revision == 3 && now.isConverged ? true : nil
        }
        let running = await bench.engine.all().filter { $0.state == .running }
        #expect(running.map { $0.imageID } == ["sha256:plain"])
        await bench.kill()
    }

    @Test func `what Homie checks itself is checked before it serves`() async throws {
        let bench = try await Bench(prober: Prober())
        for image in ["one", "two"] { await bench.engine.addImage(image) }
        func definition(_ image: String) throws -> StackDefinition {
            try shop(image) { service in
                service.exposedPorts = ["80"]
                service.homie = [
                    "update": ["strategy": "blue-green", "monitor": "1ms", "ready_within": "6s"],
                    "health": ["http": ["path": "/healthz", "port": 80]],
                ]
            }
        }
        #expect(try await bench.up(definition("one")).state == .succeeded)
        let end = try await bench.up(definition("two"))
        #expect(end.state == .succeeded, "\(end.cause ?? "")")
        await bench.kill()
    }
}
