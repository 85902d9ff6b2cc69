import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// `post_start` and `pre_stop`.
@Suite struct LifecycleTests {
    private func hooked(_ change: (inout ServiceDefinition) -> Void = { _ in }) -> ServiceDefinition {
        service("web") {
            $0.postStart = [LifecycleHook(command: ["warm", "up"]), LifecycleHook(command: ["announce"])]
            change(&$0)
        }
    }

    private static func saying(_ word: String) -> LifecycleHook {
        var hook = LifecycleHook(command: ["say"])
        hook.environment = ["WHEN": word]
        return hook
    }

    private func hooks(_ bench: Bench) async -> [String] {
        await bench.engine.calls.filter { $0.hasPrefix("hook ") }
    }

    @Test func `hooks run in their order after the start, and before what depends on the service starts`() async throws
    {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let definition = try stack(
            "shop",
            ["web": hooked(), "api": service("web") { $0.dependsOn = [name("web"): Dependency(condition: .started)] }]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        let calls = await bench.engine.calls.filter { $0.hasPrefix("start ") || $0.hasPrefix("hook ") }
        #expect(
            calls == ["start shop-web-1", "hook shop-web-1 warm up", "hook shop-web-1 announce", "start shop-api-1"]
        )
        #expect(try await bench.kinds(stackName("shop")).filter { $0 == "hook.succeeded" }.count == 2)
    }

    @Test func `a hook after the start that fails fails the deployment, and says what it wrote`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        await bench.engine.fail("hook", count: 100, "no such table")
        let end = try await bench.up(try stack("shop", ["web": hooked()]))
        #expect(end.state == .failed)
        #expect(end.cause?.contains("its post_start hook 'warm' ended with exit code 3") == true)
        let event = try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
            .first { $0.kind == "step.failed" }
        #expect(event?.detail == "it wrote: no such table")
        #expect(await bench.engine.find("shop-web-1")?.state == .running)
    }

    @Test func `hooks run again after a restart that heals`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        _ = try await bench.up(try stack("shop", ["web": hooked { $0.restart = .always }]))
        await bench.engine.clearCalls()
        await bench.engine.crash("shop-web-1")
        try await eventually("the hooks have run again") { await self.hooks(bench).count == 2 ? true : nil }
    }

    @Test func `what a killed daemon owed a running container is made up for, without another start`() async throws {
        let engine = SimulatedEngine()
        let store = MemoryStateStore()
        await engine.addImage("web")
        await engine.fail("hook", count: 100, "not yet")
        let first = try await Bench(engine: engine, store: store)
        _ = try await first.up(try stack("shop", ["web": hooked()]))
        await first.kill()
        await engine.fail("hook", count: 0)
        await engine.clearCalls()
        let second = try await Bench(engine: engine, store: store)
        try await eventually("the hooks have run") { await self.hooks(second).count == 2 ? true : nil }
        #expect(await engine.calls.filter { $0.hasPrefix("start ") } == [])
        try await eventually("it is in place") {
            try await second.supervisor.stack(stackName("shop")).isConverged ? true : nil
        }
        await second.kill()
        await engine.clearCalls()
        let third = try await Bench(engine: engine, store: store)
        try await eventually("it is in place") {
            try await third.supervisor.stack(stackName("shop")).isConverged ? true : nil
        }
        #expect(await hooks(third) == [])
    }

    @Test func `hooks before the stop are those the container was made with, and run while it still does`() async throws
    {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web") { $0.preStop = [Self.saying("old")] }])
        _ = try await bench.up(definition)
        definition.services[name("web")]?.preStop = [Self.saying("new")]
        _ = try await bench.up(definition)
        let calls = await bench.engine.calls
        #expect(await hooks(bench).count == 1)
        let hook = try #require(calls.firstIndex { $0 == "hook shop-web-1 WHEN=old say" })
        #expect(calls[(hook + 1)...].first { $0.hasPrefix("stop ") } != nil)
        #expect(calls[..<hook].first { $0.hasPrefix("stop ") } == nil)
    }

    @Test func `a hook before the stop that fails is told of and keeps nothing from being stopped`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let definition = try stack("shop", ["web": service("web") { $0.preStop = [LifecycleHook(command: ["bye"])] }])
        _ = try await bench.up(definition)
        await bench.engine.fail("hook", count: 100, "nobody listens")
        let down = try await bench.supervisor.remove(definition.name, removesVolumes: false)
        #expect(try await bench.settle(down).state == .succeeded)
        #expect(await bench.engine.all() == [])
        let event = try await bench.supervisor.events(EventQuery(stack: definition.name))
            .first { $0.kind == "hook.failed" }
        #expect(event?.detail == "it wrote: nobody listens")
    }

    @Test func `what ends by itself has no hook before its stop`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        _ = try await bench.up(
            try stack("shop", ["web": service("web") { $0.preStop = [LifecycleHook(command: ["bye"])] }])
        )
        await bench.engine.crash("shop-web-1")
        try await eventually("its end is known") {
            try await bench.supervisor.stack(stackName("shop")).services.first?.phase == .failed ? true : nil
        }
        #expect(await hooks(bench) == [])
    }
}
