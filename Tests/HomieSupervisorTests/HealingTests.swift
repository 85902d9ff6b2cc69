import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

@Suite struct HealingTests {
    private func deployed(_ change: (inout ServiceDefinition) -> Void = { $0.restart = .always }) async throws -> Bench
    {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        _ = try await bench.up(try stack("shop", ["web": service("web", change)]))
        return bench
    }

    @Test func `a crashed container is started again, and the story says why`() async throws {
        let bench = try await deployed()
        await bench.engine.crash("shop-web-1", exitCode: 7)
        try await bench.running("shop-web-1")
        let story = try await eventually("the restart is told") {
            let story = try await bench.supervisor.why(name("web"), in: stackName("shop"))
            return story.contains { $0.kind == "container.restarted" } ? story : nil
        }
        let died = try #require(story.first { $0.kind == "container.died" })
        let restarted = try #require(story.first { $0.kind == "container.restarted" })
        #expect(died.message == "'web' ended with exit code 7")
        #expect(restarted.cause == died.id)
    }

    @Test func `the engine's late word of a check that failed before a restart counts for nothing`() async throws {
        let bench = try await Bench(resync: .seconds(3600))
        await bench.engine.addImage("web", .init(healthyAfter: .milliseconds(5)))
        let definition = try stack(
            "shop",
            ["web": service("web") { $0.restart = .always }, "other": service("web") { $0.restart = .never }]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        let before = Clocks.system().wall()
        await bench.engine.crash("shop-web-1")
        func restarts() async throws -> Int {
            try await bench.kinds(stackName("shop")).count { $0 == "container.restarted" }
        }
        func isHealthy() async throws -> Bool {
            let services = try await bench.supervisor.stack(stackName("shop")).services
            return services.first { $0.service == name("web") }?.phase == .healthy
        }
        try await eventually("it was restarted") { try await restarts() == 1 ? true : nil }
        try await eventually("it is healthy again") { try await isHealthy() ? true : nil }
        await bench.engine.tellUnhealthy("shop-web-1", at: before)
        // What another container tells after it is known after it.
        await bench.engine.crash("shop-other-1")
        try await eventually("the engine was heard") {
            try await bench.supervisor.why(name("other"), in: stackName("shop"))
                .contains { $0.kind == "container.died" } ? true : nil
        }
        #expect(try await isHealthy())
        #expect(try await restarts() == 1)
        await bench.engine.tellUnhealthy("shop-web-1", at: Clocks.system().wall())
        try await eventually("what fails now is restarted") { try await restarts() == 2 ? true : nil }
    }

    @Test func `a container without a restart policy stays down`() async throws {
        let bench = try await deployed { $0.restart = .never }
        await bench.engine.crash("shop-web-1", exitCode: 7)
        try await Task.sleep(for: .milliseconds(300))
        #expect(await bench.engine.find("shop-web-1")?.state == .exited)
        let status = try await bench.supervisor.stack(stackName("shop"))
        #expect(status.services.first?.phase == .failed)
    }

    @Test func `on-failure gives up after as many restarts as allowed`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web", .init(ends: (.milliseconds(5), 1)))
        let definition = try stack("shop", ["web": service("web") { $0.restart = .onFailure(maximumRetries: 2) }])
        _ = try await bench.supervisor.apply(definition, options: ApplyOptions())
        try await eventually("it gives up") {
            let status = try await bench.supervisor.stack(stackName("shop"))
            return status.services.first?.reason?.contains("as often as its policy allows") == true ? true : nil
        }
        #expect(await bench.engine.calls.filter { $0.hasPrefix("start") }.count == 3)
    }

    @Test func `what a person stopped stays stopped, even after homied was restarted`() async throws {
        let bench = try await deployed()
        await bench.engine.stopByHand("shop-web-1")
        try await eventually("it is noticed") {
            try await bench.kinds(stackName("shop")).contains("container.stopped_by_hand") ? true : nil
        }
        try await Task.sleep(for: .milliseconds(300))
        #expect(await bench.engine.find("shop-web-1")?.state == .exited)
        await bench.kill()
        let again = try await Bench(engine: bench.engine, store: bench.store)
        try await Task.sleep(for: .milliseconds(300))
        #expect(await bench.engine.find("shop-web-1")?.state == .exited)
        try await bench.engine.startByHand("shop-web-1")
        try await eventually("it counts as running") {
            try await again.supervisor.stack(stackName("shop")).services.first?.phase == .running ? true : nil
        }
    }

    @Test func `the engine's own shutdown is not taken for a person's stop`() async throws {
        let bench = try await deployed()
        await bench.engine.stopByHand("shop-web-1")
        await bench.engine.goDown()
        try await Task.sleep(for: .milliseconds(50))
        await bench.engine.comeUp()
        try await bench.running("shop-web-1")
    }

    @Test func `removed, paused and renamed containers come back as they were`() async throws {
        let bench = try await deployed()
        await bench.engine.removeByHand("shop-web-1")
        try await bench.running("shop-web-1")
        await bench.engine.pauseByHand("shop-web-1")
        try await bench.running("shop-web-1")
        await bench.engine.renameByHand("shop-web-1", to: "stray")
        try await bench.running("shop-web-1")
        #expect(await bench.engine.all().count == 1)
        let kinds = try await bench.kinds(stackName("shop"))
        #expect(kinds.contains("container.vanished"))
        #expect(kinds.contains("container.paused"))
        #expect(kinds.contains("container.renamed"))
    }

    @Test func `a container that shares a namespace follows when its parent is restarted`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let definition = try stack(
            "shop",
            [
                "vpn": service("web") { $0.restart = .always },
                "app": service("web") { $0.networkMode = .service(name("vpn")) },
            ]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        await bench.engine.clearCalls()
        await bench.engine.crash("shop-vpn-1")
        try await eventually("the child is restarted") {
            await bench.engine.calls.contains("start shop-app-1") ? true : nil
        }
        let calls = await bench.engine.calls
        #expect(calls == ["start shop-vpn-1", "stop shop-app-1", "start shop-app-1"])
        try await Task.sleep(for: .milliseconds(200))
        #expect(await bench.engine.calls.count == 3)
    }

    @Test func `a dependent with restart true follows when its dependency is re-created`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack(
            "shop",
            [
                "db": service("web"),
                "app": service("web") { $0.dependsOn = [name("db"): Dependency(condition: .started, restarts: true)] },
            ]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        let app = await bench.engine.find("shop-app-1")
        definition.services[name("db")]?.environment["A"] = "1"
        #expect(try await bench.up(definition).state == .succeeded)
        try await eventually("the dependent is restarted") {
            let now = await bench.engine.find("shop-app-1")
            return now?.id == app?.id && now?.startedAt != app?.startedAt ? true : nil
        }
    }

    @Test func `an engine that refuses is asked again, and its words are told`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        await bench.engine.fail("create", count: 1)
        let definition = try stack("shop", ["web": service("web")])
        #expect(try await bench.up(definition).state == .succeeded)
        let events = try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
        #expect(events.contains { $0.kind == "step.failed" && $0.message.contains("no space left on device") })
    }

    @Test func `quarantine outlives the daemon, and a person's fix begins anew`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web", .init(ends: (.milliseconds(5), 3)))
        let definition = try stack(
            "shop",
            [
                "web": service("web") {
                    $0.restart = .always
                    $0.homie = ["heal": ["restarts": 1, "recreations": 1]]
                }
            ]
        )
        _ = try await bench.supervisor.apply(definition, options: ApplyOptions())
        try await eventually("it is in quarantine") {
            try await bench.kinds(stackName("shop")).contains("healing.quarantine") ? true : nil
        }
        #expect(try await bench.kinds(stackName("shop")).contains("healing.recreate"))
        await bench.kill()
        await bench.engine.clearCalls()
        let again = try await Bench(engine: bench.engine, store: bench.store)
        try await eventually("it is still in quarantine") {
            let status = try await again.supervisor.stack(stackName("shop"))
            return status.services.first?.reason?.contains("quarantine") == true ? true : nil
        }
        try await Task.sleep(for: .milliseconds(300))
        #expect(await bench.engine.calls.allSatisfy { !$0.hasPrefix("start") })
        let issue = try await eventually("the issue is open") {
            await again.supervisor.issues().first { $0.id == "service:shop:web" }
        }
        #expect(issue.summary.contains("exit code 3"))
        await bench.engine.addImage("web")
        _ = try await again.supervisor.fix(issue.id)
        try await again.running("shop-web-1")
        await #expect(throws: SupervisorError.self) { try await again.supervisor.fix("nothing") }
    }

    /// A stack of an app that ends as soon as its database does, with a short ladder.
    private func deployedOnDatabase(isRequired: Bool = true) async throws -> Bench {
        let bench = try await Bench()
        await bench.engine.addImage("db")
        await bench.engine.addImage("app")
        let definition = try stack(
            "shop",
            [
                "db": service("db") {
                    $0.restart = .always
                    $0.homie = ["heal": ["restarts": 90]]
                },
                "app": service("app") {
                    $0.restart = .always
                    $0.homie = ["heal": ["restarts": 2, "recreations": 1]]
                    $0.dependsOn = [name("db"): Dependency(condition: .started, isRequired: isRequired)]
                },
            ]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        return bench
    }

    private func restartsOfApp(_ bench: Bench) async throws -> Int {
        try await bench.supervisor.events(EventQuery(stack: stackName("shop"))).count {
            $0.kind == "container.restarted" && $0.service == name("app")
                && $0.message.contains("while 'db', which it needs, is in trouble")
        }
    }

    @Test func `what needs a database that crashes is only restarted, and told why`() async throws {
        let bench = try await deployedOnDatabase()
        let app = await bench.engine.find("shop-app-1")?.id
        await bench.engine.addImage("db", .init(ends: (.milliseconds(5), 9)))
        await bench.engine.addImage("app", .init(ends: (.milliseconds(5), 4)))
        await bench.engine.crash("shop-db-1", exitCode: 9)
        await bench.engine.crash("shop-app-1", exitCode: 4)
        try await eventually("it was restarted more often than its own ladder allows") {
            try await restartsOfApp(bench) > 4 ? true : nil
        }
        let issue = try await eventually("the issue names its cause") {
            await bench.supervisor.issues().first { $0.id == "service:shop:app" && !$0.causes.isEmpty }
        }
        #expect(issue.causes.first?.issue == "service:shop:db")
        await bench.engine.addImage("db")
        await bench.engine.addImage("app")
        try await bench.running("shop-db-1")
        try await bench.running("shop-app-1")
        #expect(await bench.engine.find("shop-app-1")?.id == app)
        #expect(try await bench.kinds(stackName("shop")).allSatisfy { !$0.hasPrefix("healing.") })
    }

    @Test func `what can do without its database climbs its own ladder`() async throws {
        let bench = try await deployedOnDatabase(isRequired: false)
        await bench.engine.addImage("app", .init(ends: (.milliseconds(5), 4)))
        await bench.engine.stopByHand("shop-db-1")
        await bench.engine.crash("shop-app-1", exitCode: 4)
        try await eventually("its container is made anew") {
            try await bench.kinds(stackName("shop")).contains("healing.recreate") ? true : nil
        }
        #expect(try await restartsOfApp(bench) == 0)
    }

    @Test func `what needs a database that a person stopped is only restarted`() async throws {
        let bench = try await deployedOnDatabase()
        let app = await bench.engine.find("shop-app-1")?.id
        await bench.engine.addImage("app", .init(ends: (.milliseconds(5), 4)))
        await bench.engine.stopByHand("shop-db-1")
        await bench.engine.crash("shop-app-1", exitCode: 4)
        try await eventually("it was restarted more often than its own ladder allows") {
            try await restartsOfApp(bench) > 4 ? true : nil
        }
        #expect(await bench.engine.find("shop-db-1")?.state == .exited)
        await bench.engine.addImage("app")
        try await bench.engine.startByHand("shop-db-1")
        try await bench.running("shop-app-1")
        #expect(await bench.engine.find("shop-app-1")?.id == app)
        #expect(try await bench.kinds(stackName("shop")).allSatisfy { !$0.hasPrefix("healing.") })
    }

    @Test func `a last good revision comes back, and the ladder goes on from there`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("good", .init(healthyAfter: .milliseconds(5)))
        await bench.engine.addImage("bad", .init(ends: (.milliseconds(5), 3)))
        let heal: JSONValue = ["heal": ["restarts": 1, "recreations": 0]]
        func definition(_ image: String) throws -> StackDefinition {
            try stack(
                "shop",
                [
                    "web": service(image) {
                        $0.restart = .always
                        $0.homie = heal
                    }
                ]
            )
        }
        #expect(try await bench.up(try definition("good")).state == .succeeded)
        try await eventually("it is good") {
            try await bench.supervisor.stack(stackName("shop")).lastGoodRevision == 1 ? true : nil
        }
        _ = try await bench.supervisor.apply(try definition("bad"), options: ApplyOptions())
        try await eventually("it is back") {
            let status = try await bench.supervisor.stack(stackName("shop"))
            return status.revision == 3 && status.services.first?.phase == .healthy ? true : nil
        }
        #expect(try await bench.supervisor.revisions(of: stackName("shop")).last?.origin == "rollback to 1")
        #expect(try await bench.kinds(stackName("shop")).allSatisfy { $0 != "healing.quarantine" })
    }

    @Test func `a flood of events is survived`() async throws {
        let bench = try await deployed()
        await bench.engine.flood("shop-web-1", count: 10_000)
        await bench.engine.crash("shop-web-1")
        try await bench.running("shop-web-1")
    }
}
