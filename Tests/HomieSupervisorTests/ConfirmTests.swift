import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// What was applied before is confirmed only while it is exactly what another apply would find in place.
@Suite struct ConfirmTests {
    private let shop = stackName("shop")
    private let request = ContentDigest(of: Array("the first".utf8))
    private let other = ContentDigest(of: Array("the second".utf8))

    private func definition(_ change: (inout ServiceDefinition) -> Void = { _ in }) throws -> StackDefinition {
        try stack("shop", ["web": service("web", change), "api": service("web")])
    }

    private func deployed() async throws -> Bench {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        _ = try await bench.up(try definition(), ApplyOptions(request: request))
        await bench.engine.clearCalls()
        return bench
    }

    private func isConfirmed(_ bench: Bench, _ request: ContentDigest? = nil) async throws -> Bool {
        do {
            let deployment = try await bench.supervisor.confirm(request ?? self.request, of: shop)
            #expect(deployment.state == .succeeded)
            return true
        } catch SupervisorError.notInPlace {
            return false
        }
    }

    @Test func `what is in place is confirmed, and nothing is done`() async throws {
        let bench = try await deployed()
        let deployment = try await bench.supervisor.confirm(request, of: shop)
        #expect(deployment.revision == 1)
        #expect(deployment.endedAt == deployment.startedAt)
        #expect(await bench.engine.calls == [])
    }

    @Test func `a request that nobody made is not confirmed`() async throws {
        let bench = try await deployed()
        #expect(try await isConfirmed(bench, other) == false)
        await #expect(throws: SupervisorError.self) {
            _ = try await bench.supervisor.confirm(request, of: stackName("nobody"))
        }
    }

    @Test func `the last request counts, also when it asked for what was there`() async throws {
        let bench = try await deployed()
        _ = try await bench.supervisor.apply(try definition(), options: ApplyOptions(request: other))
        #expect(try await isConfirmed(bench, other))
        #expect(try await isConfirmed(bench) == false)
    }

    @Test func `another definition takes the confirmation away`() async throws {
        let bench = try await deployed()
        _ = try await bench.up(try definition { $0.environment["A"] = "1" }, ApplyOptions(request: other))
        #expect(try await isConfirmed(bench) == false)
        #expect(try await isConfirmed(bench, other))
    }

    @Test func `an apply without a request takes the confirmation away`() async throws {
        let bench = try await deployed()
        _ = try await bench.up(try definition())
        #expect(try await isConfirmed(bench) == false)
    }

    @Test func `a rollback takes the confirmation away`() async throws {
        let bench = try await deployed()
        _ = try await bench.up(try definition { $0.environment["A"] = "1" }, ApplyOptions(request: other))
        _ = try await bench.settle(try await bench.supervisor.rollback(shop, to: nil))
        #expect(try await isConfirmed(bench, other) == false)
        #expect(try await isConfirmed(bench) == false)
    }

    @Test func `an image whose name was given to another one is not in place`() async throws {
        let bench = try await deployed()
        await bench.engine.addImage("web", id: "sha256:newer")
        #expect(try await isConfirmed(bench) == false)
    }

    @Test func `a service stopped by hand is not in place`() async throws {
        let bench = try await deployed()
        await bench.engine.stopByHand("shop-web-1")
        try await eventually("it is noticed") {
            try await bench.supervisor.stack(shop).services.contains { $0.phase == .stopped } ? true : nil
        }
        #expect(try await isConfirmed(bench) == false)
        #expect(await bench.engine.find("shop-web-1")?.state == .exited)
    }

    @Test func `without the engine nothing is confirmed`() async throws {
        let bench = try await deployed()
        await bench.engine.goDown()
        try await eventually("it is noticed") { try await isConfirmed(bench) ? nil : true }
    }

    @Test func `a daemon that starts anew confirms nothing until it was asked`() async throws {
        let bench = try await deployed()
        await bench.kill()
        let next = try await Bench(engine: bench.engine, store: bench.store)
        try await eventually("it has looked") {
            try await next.supervisor.stack(shop).isConverged ? true : nil
        }
        #expect(try await isConfirmed(next) == false)
        _ = try await next.up(try definition(), ApplyOptions(request: request))
        #expect(try await isConfirmed(next))
    }

    @Test func `a stack that leaves is not confirmed`() async throws {
        let bench = try await deployed()
        _ = try await bench.supervisor.remove(shop, removesVolumes: false)
        await #expect(throws: SupervisorError.self) { _ = try await bench.supervisor.confirm(request, of: shop) }
    }
}
