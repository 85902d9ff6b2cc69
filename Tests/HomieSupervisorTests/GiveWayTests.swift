import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// How one container takes the place of another.
@Suite struct GiveWayTests {
    /// A stack in place whose one service then gets another variable, while the engine clears up behind stops.
    private func replacing(_ change: (inout ServiceDefinition) -> Void) async throws -> (Bench, DeploymentRecord) {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web", change)])
        _ = try await bench.up(definition)
        await bench.engine.clearCalls()
        await bench.engine.holdClearing(true)
        definition.services[name("web")]?.environment["A"] = "1"
        return (bench, try await bench.supervisor.apply(definition, options: ApplyOptions()))
    }

    private func starts(_ bench: Bench) async -> Int {
        await bench.engine.calls.count { $0.hasPrefix("start ") }
    }

    @Test func `the next container starts once the process of the old one has ended`() async throws {
        let (bench, deployment) = try await replacing { _ in }
        #expect(try await bench.settle(deployment).state == .succeeded)
        let calls = await bench.engine.calls
        let stop = try #require(calls.firstIndex { $0.hasPrefix("stop ") })
        let start = try #require(calls.firstIndex { $0.hasPrefix("start ") })
        #expect(stop < start)
        await bench.engine.holdClearing(false)
        try await eventually("the old one is gone") { await bench.engine.all().count == 1 ? true : nil }
        #expect(await bench.engine.find("shop-web-1")?.state == .running)
        #expect(try await bench.kinds(stackName("shop")).contains("container.died") == false)
    }

    @Test func `the engine's late word of a stop is not taken for a person's`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        await bench.engine.tellStopsLate()
        // Removing the old one fails for a while: it is still known when the word comes.
        await bench.engine.fail("remove", count: 1)
        var definition = try stack("shop", ["web": service("web")])
        _ = try await bench.up(definition)
        definition.services[name("web")]?.environment["A"] = "1"
        _ = try await bench.up(definition)
        try await eventually("the old one is gone") { await bench.engine.all().count == 1 ? true : nil }
        #expect(try await bench.kinds(stackName("shop")).contains("container.stopped_by_hand") == false)
        #expect(try await bench.supervisor.stack(stackName("shop")).isConverged)
    }

    @Test func `the engine's late word of a stop for quarantine is not taken for a person's`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web", .init(healthyAfter: .milliseconds(5)))
        await bench.engine.tellStopsLate()
        let definition = try stack(
            "shop",
            [
                "web": service("web") {
                    $0.restart = .always
                    $0.homie = ["heal": ["restarts": 0, "recreations": 0]]
                }
            ]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        await bench.engine.tellUnhealthy("shop-web-1", at: Clocks.system().wall())
        try await eventually("it is stopped") {
            await bench.engine.find("shop-web-1")?.state == .exited ? true : nil
        }
        // By then the word has come.
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await bench.kinds(stackName("shop")).contains("container.stopped_by_hand") == false)
        let status = try await bench.supervisor.stack(stackName("shop"))
        #expect(status.services.first?.reason?.contains("quarantine") == true)
        // A person's stop of what a person has started is one.
        try await bench.engine.startByHand("shop-web-1")
        await bench.engine.stopByHand("shop-web-1")
        try await eventually("it is taken for stopped by hand") {
            try await bench.kinds(stackName("shop")).contains("container.stopped_by_hand") ? true : nil
        }
    }

    @Test func `a host port is waited for until the engine has let go of it`() async throws {
        let (bench, deployment) = try await replacing {
            $0.ports = [PortMapping(target: 80, published: "8080")]
        }
        try await eventually("the old one ends") {
            await bench.engine.all().contains { $0.state == .exited } ? true : nil
        }
        // What could start it has happened by then: a round of the loop, brought about by an event.
        await bench.engine.flood("shop-web-1", count: 1)
        try await Task.sleep(for: .milliseconds(100))
        #expect(await starts(bench) == 0)
        await bench.engine.holdClearing(false)
        #expect(try await bench.settle(deployment).state == .succeeded)
        #expect(await starts(bench) == 1)
    }

    @Test func `a container that cannot be created leaves the old one running`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web")])
        _ = try await bench.up(definition)
        let old = await bench.engine.find("shop-web-1")?.id
        await bench.engine.fail("create", count: 100, kind: .usage, "invalid mount")
        definition.services[name("web")]?.environment["A"] = "1"
        #expect(try await bench.up(definition).state == .failed)
        #expect(await bench.engine.all().map(\.id) == [old])
        #expect(await bench.engine.all().first?.state == .running)
    }
}
