import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// How an apply was asked for outlives a daemon that is killed.
@Suite struct IntentTests {
    private let engine = SimulatedEngine()
    private let store = MemoryStateStore()
    private let shop = stackName("shop")

    /// A daemon on the same engine and store as every other one here.
    private func bench() async throws -> Bench { try await Bench(engine: engine, store: store) }

    /// Waits until the deployment that was under way has succeeded.
    private func settle(_ bench: Bench, _ deployment: DeploymentRecord) async throws {
        #expect(try await bench.settle(deployment).state == .succeeded)
        try await eventually("it is in place") {
            try await bench.supervisor.stack(shop).isConverged ? true : nil
        }
    }

    @Test func `what was to be pulled is pulled by the next daemon`() async throws {
        await engine.addImage("web", id: "sha256:old")
        await engine.addToRegistry("web")
        let first = try await bench()
        let definition = try stack("shop", ["web": service("web")])
        #expect(try await first.up(definition).state == .succeeded)
        await engine.stallPulls(of: "web")
        let update = try await first.supervisor.apply(definition, options: ApplyOptions(pulls: true))
        try await eventually("the download has begun") { await engine.calls.contains("pull web") ? true : nil }
        await first.kill()
        await engine.letPullsGoOn()
        let second = try await bench()
        try await settle(second, update)
        #expect(await engine.find("shop-web-1")?.imageID == "sha256:web")
        try await eventually("it is done with") {
            await store.stacks.first?.intent == DeploymentIntent() ? true : nil
        }
        await second.kill()
        await engine.clearCalls()
        let third = try await bench()
        try await eventually("it is in place") {
            try await third.supervisor.stack(shop).isConverged ? true : nil
        }
        #expect(await engine.calls.filter { $0.hasPrefix("pull") } == [])
    }

    @Test func `what was to be created anew is created anew by the next daemon, once`() async throws {
        await engine.addImage("web")
        let first = try await bench()
        let definition = try stack("shop", ["web": service("web")])
        #expect(try await first.up(definition).state == .succeeded)
        let old = await engine.find("shop-web-1")?.id
        await engine.fail("create", count: 1000)
        let forced = try await first.supervisor.apply(definition, options: ApplyOptions(forcesRecreate: true))
        try await eventually("it was tried") { await engine.calls.contains { $0.hasPrefix("create ") } ? true : nil }
        await first.kill()
        await engine.fail("create", count: 0)
        let second = try await bench()
        try await settle(second, forced)
        let new = await engine.find("shop-web-1")?.id
        #expect(new != nil && new != old)
        await second.kill()
        let third = try await bench()
        try await eventually("it is in place") {
            try await third.supervisor.stack(shop).isConverged ? true : nil
        }
        #expect(await engine.all().map(\.id) == [new])
    }

    @Test func `what nobody named is removed by the next daemon when that was asked for`() async throws {
        await engine.addImage("web")
        let first = try await bench()
        let definition = try stack("shop", ["web": service("web")])
        #expect(try await first.up(definition).state == .succeeded)
        await engine.addStranger(
            ObservedContainer(
                id: String(repeating: "a", count: 64),
                name: "shop-old-1",
                imageID: "sha256:web",
                labels: [ContainerLabels.project: "shop", ContainerLabels.service: "old", ContainerLabels.number: "1"],
                state: .exited,
                createdAt: Timestamp(nanoseconds: 1),
                startedAt: Timestamp(nanoseconds: 2)
            )
        )
        // The environment differs, so that it is not done before the kill.
        var changed = definition
        changed.services[name("web")]?.environment["A"] = "1"
        await engine.fail("remove", count: 1000)
        await engine.fail("create", count: 1000)
        let deployment = try await first.supervisor.apply(changed, options: ApplyOptions(removesOrphans: true))
        try await eventually("it was tried") { await engine.calls.contains { $0.hasPrefix("create ") } ? true : nil }
        await first.kill()
        await engine.fail("remove", count: 0)
        await engine.fail("create", count: 0)
        let second = try await bench()
        try await settle(second, deployment)
        try await eventually("the stranger is gone") { await engine.find("shop-old-1") == nil ? true : nil }
    }

    @Test func `good images whose names a killed daemon could not give get them from the next one`() async throws {
        let id = await engine.addImage("web")
        let first = try await bench()
        #expect(
            try await first.up(try stack("shop", ["web": service("web") { $0.healthcheck = nil }])).state == .succeeded
        )
        let reference = "homie.local/shop/web:good"
        try await eventually("it proved good") { try await engine.image(reference)?.id == id ? true : nil }
        await first.kill()
        await engine.removeTag(reference)
        let second = try await bench()
        try await eventually("the name is there again") { try await engine.image(reference)?.id == id ? true : nil }
        await second.kill()
    }
}
