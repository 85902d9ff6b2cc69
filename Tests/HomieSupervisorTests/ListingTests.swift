import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// Listings that do not say everything.
@Suite struct ListingTests {
    @Test func `a container that cannot be inspected keeps no other stack from being seen to`() async throws {
        let engine = SimulatedEngine()
        let store = MemoryStateStore()
        await engine.addImage("web")
        let always = service("web") { $0.restart = .always }
        let first = try await Bench(engine: engine, store: store)
        #expect(try await first.up(try stack("shop", ["web": always])).state == .succeeded)
        #expect(try await first.up(try stack("blog", ["web": always])).state == .succeeded)
        await first.kill()
        await engine.breakInspection(of: "blog-web-1")
        await engine.clearCalls()
        let second = try await Bench(engine: engine, store: store)
        try await eventually("both stand") {
            let shop = try await second.supervisor.stack(stackName("shop")).isConverged
            return try await second.supervisor.stack(stackName("blog")).isConverged && shop ? true : nil
        }
        #expect(await engine.calls.filter { !$0.hasPrefix("ensure") } == [])
        await engine.crash("shop-web-1")
        try await eventually("the sound one is brought back") {
            await engine.calls.contains("start shop-web-1") ? true : nil
        }
        await engine.crash("blog-web-1")
        try await eventually("the broken one as well") {
            await engine.calls.contains("start blog-web-1") ? true : nil
        }
    }

    @Test func `one listing that failed is no issue any more once the next one succeeds`() async throws {
        let engine = SimulatedEngine()
        await engine.fail("list", count: 1, "the list is not to be had")
        let bench = try await Bench(engine: engine, resync: .seconds(3600))
        try await eventually("the failure is an issue") {
            await bench.supervisor.issues().contains { $0.check == "engine" } ? true : nil
        }
        try await eventually("the next listing ends it") {
            await bench.supervisor.issues().contains { $0.check == "engine" } ? nil : true
        }
        #expect(await bench.supervisor.unreadiness == nil)
    }
}
