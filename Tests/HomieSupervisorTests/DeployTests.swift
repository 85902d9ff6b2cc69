import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

@Suite struct DeployTests {
    @Test func `deploys a stack and calls it succeeded when everything runs`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let end = try await bench.up(try stack("shop", ["web": service("web"), "api": service("web")]))
        #expect(end.state == .succeeded)
        #expect(await bench.engine.all().map(\.state) == [.running, .running])
        #expect(await bench.engine.networkNames() == ["shop_default"])
    }

    @Test func `an unchanged stack is answered at once and nothing is done`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let definition = try stack("shop", ["web": service("web")])
        _ = try await bench.up(definition)
        await bench.engine.clearCalls()
        let again = try await bench.supervisor.apply(definition, options: ApplyOptions())
        #expect(again.state == .succeeded)
        #expect(again.revision == 1)
        #expect(await bench.engine.calls == [])
    }

    @Test func `only what changed is re-created, under its own name`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web"), "api": service("web")])
        _ = try await bench.up(definition)
        let kept = await bench.engine.find("shop-api-1")?.id
        await bench.engine.clearCalls()
        definition.services[name("web")]?.environment["A"] = "1"
        let end = try await bench.up(definition)
        #expect(end.state == .succeeded)
        #expect(end.revision == 2)
        #expect(await bench.engine.find("shop-api-1")?.id == kept)
        #expect(await bench.engine.find("shop-web-1")?.state == .running)
        #expect(await bench.engine.all().count == 2)
        #expect(await bench.engine.calls.filter { $0.contains("api") } == [])
    }

    @Test func `networks that running containers hold are not looked at anew, those that nobody holds are`()
        async throws
    {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web"), "api": service("web")])
        _ = try await bench.up(definition)
        try await eventually("their addresses are known") {
            await bench.engine.conversation.filter { $0.hasPrefix("inspect ") }.count >= 2 ? true : nil
        }
        await bench.engine.clearCalls()
        definition.services[name("web")]?.environment["A"] = "1"
        #expect(try await bench.up(definition).state == .succeeded)
        #expect(await bench.engine.calls.filter { $0.hasPrefix("ensure") } == [])
        await bench.engine.clearCalls()
        definition.networks["back"] = NetworkDefinition(name: "shop_back")
        definition.services[name("web")]?.networks["back"] = NetworkAttachment()
        #expect(try await bench.up(definition).state == .succeeded)
        #expect(await bench.engine.calls.contains("ensureNetwork shop_back"))
    }

    @Test func `a service waits until the one it depends on is healthy`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("db", .init(healthyAfter: .milliseconds(150)))
        await bench.engine.addImage("web")
        let definition = try stack(
            "shop",
            [
                "db": service("db"),
                "web": service("web") { $0.dependsOn = [name("db"): Dependency(condition: .healthy)] },
            ]
        )
        let end = try await bench.up(definition)
        #expect(end.state == .succeeded)
        let calls = await bench.engine.calls
        let db = try #require(calls.firstIndex(of: "start shop-db-1"))
        let web = try #require(calls.firstIndex(of: "start shop-web-1"))
        #expect(db < web)
        let dbStart = try #require(await bench.engine.find("shop-db-1")?.startedAt)
        let webStart = try #require(await bench.engine.find("shop-web-1")?.startedAt)
        #expect((webStart - dbStart).nanoseconds >= 150_000_000)
    }

    @Test func `a service waits until the one it depends on has completed`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("job", .init(ends: (.milliseconds(80), 0)))
        await bench.engine.addImage("web")
        let definition = try stack(
            "shop",
            [
                "job": service("job"),
                "web": service("web") { $0.dependsOn = [name("job"): Dependency(condition: .completedSuccessfully)] },
            ]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        #expect(await bench.engine.find("shop-job-1")?.state == .exited)
        #expect(await bench.engine.find("shop-web-1")?.state == .running)
    }

    @Test func `a deployment fails with its cause when a dependency ends badly`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("job", .init(ends: (.milliseconds(20), 3)))
        await bench.engine.addImage("web")
        let definition = try stack(
            "shop",
            [
                "job": service("job"),
                "web": service("web") { $0.dependsOn = [name("job"): Dependency(condition: .completedSuccessfully)] },
            ]
        )
        let end = try await bench.up(definition)
        #expect(end.state == .failed)
        #expect(end.cause?.contains("exit code 3") == true)
        #expect(await bench.engine.find("shop-web-1")?.state != .running)
    }

    @Test func `a missing image is pulled, and one that cannot be had fails the deployment`() async throws {
        let bench = try await Bench()
        await bench.engine.addToRegistry("web")
        #expect(try await bench.up(try stack("a", ["web": service("web")])).state == .succeeded)
        let end = try await bench.up(try stack("b", ["web": service("nowhere")]))
        #expect(end.state == .failed)
        #expect(end.cause?.contains("'nowhere'") == true)
    }

    @Test func `the old container serves until the new image is here`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web:1")
        var definition = try stack("shop", ["web": service("web:1")])
        _ = try await bench.up(definition)
        let old = await bench.engine.find("shop-web-1")?.id
        definition.services[name("web")]?.image = "web:2"
        #expect(try await bench.up(definition).state == .failed)
        #expect(await bench.engine.find("shop-web-1")?.id == old)
        #expect(await bench.engine.find("shop-web-1")?.state == .running)
    }

    @Test func `fewer replicas remove the surplus, a service gone from the file goes`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web") { $0.replicas = 3 }, "api": service("web")])
        _ = try await bench.up(definition)
        #expect(await bench.engine.all().count == 4)
        definition.services[name("web")]?.replicas = 1
        definition.services[name("api")] = nil
        #expect(try await bench.up(definition).state == .succeeded)
        #expect(await bench.engine.all().map(\.name) == ["shop-web-1"])
    }

    @Test func `down removes dependents first, keeps volumes, and forgets the stack`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack(
            "shop",
            [
                "db": service("web"),
                "web": service("web") { $0.dependsOn = [name("db"): Dependency(condition: .started)] },
            ]
        )
        definition.volumes["data"] = VolumeDefinition(name: "shop_data")
        _ = try await bench.up(definition)
        await bench.engine.clearCalls()
        let down = try await bench.supervisor.remove(stackName("shop"), removesVolumes: false)
        #expect(try await bench.settle(down).state == .succeeded)
        let calls = await bench.engine.calls
        #expect(calls.filter { $0.hasPrefix("stop") } == ["stop shop-web-1", "stop shop-db-1"])
        #expect(await bench.engine.all().isEmpty)
        #expect(await bench.engine.networkNames().isEmpty)
        #expect(await bench.engine.volumeNames() == ["shop_data"])
        #expect(try await bench.supervisor.stacks().isEmpty)
    }

    @Test func `rolls back to the last good revision without any registry`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web:1")
        await bench.engine.addImage("web:2", .init(ends: (.milliseconds(10), 1)))
        var definition = try stack("shop", ["web": service("web:1")])
        #expect(try await bench.up(definition).state == .succeeded)
        definition.services[name("web")]?.image = "web:2"
        #expect(try await bench.up(definition).state != .running)
        let back = try await bench.settle(try await bench.supervisor.rollback(stackName("shop"), to: nil))
        #expect(back.state == .succeeded)
        #expect(back.kind == .rollback)
        try await eventually("the old image runs under the proper name") {
            let now = await bench.engine.find("shop-web-1")
            return now?.imageID == "sha256:web:1" && now?.state == .running ? true : nil
        }
        #expect(await bench.engine.calls.filter { $0.hasPrefix("pull") }.isEmpty)
    }

    @Test func `says what it would do, and does nothing`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web"), "api": service("web")])
        _ = try await bench.up(definition)
        await bench.engine.clearCalls()
        definition.services[name("web")]?.environment["A"] = "1"
        definition.services[name("new")] = service("web")
        definition.services[name("api")] = nil
        let changes = try await bench.supervisor.plan(definition, options: ApplyOptions())
        let lines = changes.map { "\($0.action) \($0.object) \($0.name): \($0.reason)" }
        #expect(
            lines == [
                "keep network shop_default: unchanged",
                "create service new: it is not there",
                "recreate service web: environment.A changed; it is away meanwhile, for it is not reached through the gateway",
                "remove container shop-api-1: no longer in the file",
            ]
        )
        #expect(await bench.engine.calls == [])
    }

    @Test func `takes over a Compose project without touching its containers`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let labels = [
            ContainerLabels.project: "shop", ContainerLabels.service: "web", ContainerLabels.number: "1",
        ]
        await bench.engine.addStranger(
            ObservedContainer(
                id: String(repeating: "a", count: 64),
                name: "shop-web-1",
                imageID: "sha256:web",
                labels: labels,
                state: .running,
                createdAt: Timestamp(nanoseconds: 1),
                startedAt: Timestamp(nanoseconds: 2),
                engineRestartPolicy: "unless-stopped"
            )
        )
        let definition = try stack("shop", ["web": service("web")])
        let end = try await bench.settle(try await bench.supervisor.adopt(definition))
        #expect(end.state == .succeeded)
        #expect(await bench.engine.calls.allSatisfy { $0.hasPrefix("ensureNetwork") })
        await bench.kill()
        let again = try await Bench(engine: bench.engine, store: bench.store)
        let same = try await again.up(definition)
        #expect(same.state == .succeeded)
        #expect(await bench.engine.calls.allSatisfy { $0.hasPrefix("ensureNetwork") })
    }

    @Test func `an apply does not wait for what an earlier one still downloads`() async throws {
        let bench = try await Bench()
        await bench.engine.addToRegistry("slow")
        await bench.engine.addImage("fast")
        await bench.engine.stallPulls(of: "slow")
        let first = try await bench.supervisor.apply(
            try stack("shop", ["web": service("slow")]),
            options: ApplyOptions()
        )
        try await eventually("the download has begun") {
            await bench.engine.calls.contains("pull slow") ? true : nil
        }
        let end = try await bench.up(try stack("shop", ["web": service("fast")]))
        #expect(end.state == .succeeded)
        #expect(try await bench.supervisor.deployment(first.id).state == .superseded)
        // The same one is begun anew.
        _ = try await bench.supervisor.apply(try stack("shop", ["web": service("slow")]), options: ApplyOptions())
        _ = try await bench.supervisor.apply(try stack("shop", ["web": service("slow")]), options: ApplyOptions())
        try await eventually("the download has begun anew") {
            await bench.engine.calls.filter { $0 == "pull slow" }.count >= 3 ? true : nil
        }
    }
}
