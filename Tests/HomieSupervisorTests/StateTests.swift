import HomieModel
import HomieTestSupport
import Testing

@testable import HomieSupervisor

@Suite struct StateTests {
    struct DiskFull: UserFacingError {
        var summary: String { "the disk is full" }
        var kind: ErrorKind { .failed }
    }

    @Test func `containers that went while no daemon ran are forgotten, those that stayed are not`() async throws {
        let engine = SimulatedEngine()
        let store = MemoryStateStore()
        await engine.addImage("web")
        let first = try await Bench(engine: engine, store: store)
        _ = try await first.up(try stack("shop", ["web": service("web"), "api": service("web")]))
        try await eventually("both are written down") {
            try await store.load().containers.count == 2 ? true : nil
        }
        await first.kill()
        let stayed = try #require(await engine.find("shop-api-1")?.id)
        let gone = try #require(await engine.find("shop-web-1")?.id)
        await engine.removeByHand("shop-web-1")
        let second = try await Bench(engine: engine, store: store)
        try await eventually("the one that is gone is forgotten") {
            let known = Set(try await store.load().containers.map(\.id))
            return known.contains(stayed) && !known.contains(gone) ? true : nil
        }
        await second.kill()
    }

    @Test func `a disk that is full refuses an apply, applies nothing, and recovers`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let definition = try stack("shop", ["web": service("web")])
        await bench.store.failCommits(with: DiskFull())
        await #expect(throws: DiskFull.self) { try await bench.supervisor.apply(definition, options: ApplyOptions()) }
        #expect(try await bench.supervisor.stacks().isEmpty)
        #expect(await bench.engine.calls.isEmpty)
        let findings = await bench.supervisor.doctor()
        #expect(findings.contains { $0.check == "state" && $0.level == .error })
        await bench.store.recover()
        #expect(try await bench.up(definition).state == .succeeded)
    }

    @Test func `what happens while a deployment is written down does not put the former revision back`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        await bench.engine.addImage("slow", .init(healthyAfter: .seconds(600)))
        _ = try await bench.up(try stack("shop", ["web": service("web") { $0.restart = .always }]))
        await bench.store.holdCommits { change in
            if case .putRevision(let revision) = change { revision.number == 2 } else { false }
        }
        let next = try stack("shop", ["web": service("slow") { $0.restart = .always }])
        let apply = Task { try await bench.supervisor.apply(next, options: ApplyOptions()) }
        try await eventually("the new revision is being written") { await bench.store.isHolding ? true : nil }
        try await stopByHand(bench)
        await bench.store.releaseCommits()
        _ = try await apply.value
        _ = try await bench.supervisor.revisions(of: stackName("shop"))
        #expect(await bench.store.stacks.map(\.revision) == [2])
    }

    @Test func `a lock and what happens while it is written down are both kept`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        _ = try await bench.up(try stack("shop", ["web": service("web") { $0.restart = .always }]))
        await bench.store.holdCommits { change in
            if case .putStack(let record) = change { record.updateLocks == ["web": "not now"] } else { false }
        }
        let lock = Task { try await bench.supervisor.lock(name("web"), in: stackName("shop"), reason: "not now") }
        try await eventually("the lock is being written") { await bench.store.isHolding ? true : nil }
        try await stopByHand(bench)
        await bench.store.releaseCommits()
        try await lock.value
        _ = try await bench.supervisor.revisions(of: stackName("shop"))
        let record = try #require(await bench.store.stacks.first)
        #expect(record.updateLocks == ["web": "not now"] && record.stoppedByHand == ["web/1"])
    }

    private func stopByHand(_ bench: Bench) async throws {
        await bench.engine.stopByHand("shop-web-1")
        try await eventually("it counts as stopped by hand") {
            try await bench.supervisor.stack(stackName("shop")).services.first?.phase == .stopped ? true : nil
        }
    }

    @Test func `a restart in the middle of a deployment goes on with it`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("db", .init(healthyAfter: .milliseconds(400)))
        await bench.engine.addImage("web")
        let definition = try stack(
            "shop",
            [
                "db": service("db"),
                "web": service("web") { $0.dependsOn = [name("db"): Dependency(condition: .healthy)] },
            ]
        )
        let begun = try await bench.supervisor.apply(definition, options: ApplyOptions())
        try await bench.running("shop-db-1")
        await bench.kill()
        let again = try await Bench(engine: bench.engine, store: bench.store)
        #expect(try await again.settle(begun).state == .succeeded)
        #expect(await bench.engine.all().count == 2)
    }

    @Test func `a lost database is rebuilt from what the engine shows, without touching a container`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let definition = try stack("shop", ["web": service("web") { $0.replicas = 2 }, "api": service("web")])
        _ = try await bench.up(definition)
        await bench.kill()
        await bench.engine.clearCalls()
        let lost = MemoryStateStore(damage: StoreDamage(path: "/gone", reason: "malformed"))
        let again = try await Bench(engine: bench.engine, store: lost)
        let status = try await eventually("the stack is known again") {
            try await again.supervisor.stacks().first.flatMap { $0.isConverged ? $0 : nil }
        }
        #expect(status.services.map(\.replicas) == [1, 2])
        #expect(await bench.engine.calls.filter { !$0.hasPrefix("ensure") } == [])
        let kinds = try await again.supervisor.events(EventQuery()).map(\.kind)
        #expect(kinds.contains("state.damaged"))
        #expect(kinds.contains("state.rebuilt"))
        #expect(try await again.up(definition).state == .succeeded)
        #expect(await bench.engine.calls.filter { !$0.hasPrefix("ensure") } == [])
    }

    @Test func `passwords show in no label and no event, and a lost database is rebuilt with them all the same`()
        async throws
    {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var hook = LifecycleHook(command: ["announce", "--key=battery"])
        hook.environment = ["KEY": "staple"]
        let definition = try stack(
            "shop",
            [
                "web": service("web") {
                    $0.environment = ["PASSWORD": "staple=1", "EMPTY": ""]
                    $0.postStart = [hook]
                },
                "api": service("web") { $0.environment = ["PASSWORD": "staple"] },
            ]
        )
        _ = try await bench.up(definition)
        let container = try #require(await bench.engine.find("shop-web-1"))
        #expect(!container.labels.values.contains { $0.contains("staple") })
        #expect(try await bench.engine.environment(of: container.id)?["PASSWORD"] == "staple=1")
        let events = try await bench.supervisor.events(EventQuery())
        #expect(!events.contains { "\($0)".contains("staple") || "\($0)".contains("battery") })
        #expect(events.contains { $0.message.contains("the post_start hook 'announce'") })
        await bench.kill()
        await bench.engine.clearCalls()
        let lost = MemoryStateStore(damage: StoreDamage(path: "/gone", reason: "malformed"))
        let again = try await Bench(engine: bench.engine, store: lost)
        try await eventually("the stack is known again") {
            try await again.supervisor.stacks().first.flatMap { $0.isConverged ? $0 : nil }
        }
        let rebuilt = try await again.supervisor.revisions(of: stackName("shop")).last?.definition
        #expect(rebuilt?.services[name("web")]?.environment == definition.services[name("web")]?.environment)
        #expect(rebuilt?.services[name("api")]?.environment == ["PASSWORD": "staple"])
        // The hook's variables are lost until the file comes again, for which nothing need be made anew.
        #expect(try await again.up(definition).state == .succeeded)
        #expect(await bench.engine.calls.filter { !$0.hasPrefix("ensure") } == [])
    }

    @Test func `what a route sends, a volume is mounted with and a log driver is told shows in no label`() async throws
    {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        func route(_ path: String) -> JSONValue {
            [
                "port": 80, "path": .string(path),
                "headers": ["request": ["Authorization": "Basic staple", "X-Old": nil], "response": ["X-A": "b"]],
            ]
        }
        var definition = try stack(
            "shop",
            [
                "web": service("web") {
                    $0.homie = ["gateway": [route("/"), route("/api")], "heal": false]
                    $0.logging = LoggingDefinition(driver: "splunk", options: ["splunk-token": "staple", "tag": "x"])
                    $0.mounts = [MountDefinition(kind: .volume, source: "media", target: "/media")]
                },
                "api": service("web") { $0.homie = ["gateway": route("/")] },
            ]
        )
        var media = VolumeDefinition(name: "shop_media")
        media.driverOptions = ["type": "cifs", "o": "username=me,password=staple,ro", "device": "//nas/media"]
        definition.volumes["media"] = media
        _ = try await bench.up(definition)
        for name in ["shop-web-1", "shop-api-1"] {
            let container = try #require(await bench.engine.find(name))
            #expect(!container.labels.values.contains { $0.contains("staple") })
        }
        await bench.kill()
        await bench.engine.clearCalls()
        let lost = MemoryStateStore(damage: StoreDamage(path: "/gone", reason: "malformed"))
        let again = try await Bench(engine: bench.engine, store: lost)
        try await eventually("the stack is known again") {
            try await again.supervisor.stacks().first.flatMap { $0.isConverged ? $0 : nil }
        }
        // All else is as it was.
        let rebuilt = try #require(try await again.supervisor.revisions(of: stackName("shop")).last?.definition)
        func kept(_ path: String) -> JSONValue {
            [
                "port": 80, "path": .string(path),
                "headers": ["request": ["X-Old": nil], "response": ["X-A": "b"]],
            ]
        }
        let web = try #require(rebuilt.services[name("web")])
        #expect(web.homie == ["gateway": [kept("/"), kept("/api")], "heal": false])
        #expect(rebuilt.services[name("api")]?.homie == ["gateway": kept("/")])
        #expect(web.logging == LoggingDefinition(driver: "splunk", options: ["tag": "x"]))
        #expect(
            rebuilt.volumes["media"]?.driverOptions
                == ["type": "cifs", "o": "username=me,ro", "device": "//nas/media"]
        )
        // The file brings it back, and nothing need be made anew for that.
        #expect(try await again.up(definition).state == .succeeded)
        #expect(await bench.engine.calls.filter { !$0.hasPrefix("ensure") } == [])
    }

    @Test func `a stack whose row cannot be read is told of and left alone, and the others go on`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let shop = try stack("shop", ["web": service("web")])
        _ = try await bench.up(shop)
        _ = try await bench.up(try stack("blog", ["web": service("web") { $0.restart = .always }]))
        await bench.kill()
        await bench.store.makeUnreadable(stackName("shop"), "it was sealed otherwise")
        let before = await bench.store.commits.count
        await bench.engine.clearCalls()
        let again = try await Bench(engine: bench.engine, store: bench.store)
        await bench.engine.crash("blog-web-1")
        try await eventually("the other stack is healed") {
            await bench.engine.calls.contains("start blog-web-1") ? true : nil
        }
        #expect(try await again.supervisor.stacks().map(\.name) == [stackName("blog")])
        let events = try await again.supervisor.events(EventQuery())
        #expect(events.contains { $0.kind == "state.unreadable" && $0.stack == stackName("shop") })
        #expect(!events.contains { $0.kind == "state.rebuilt" || $0.kind == "state.damaged" })
        let finding = await again.supervisor.doctor().first { $0.check == "state-unreadable" }
        #expect(finding?.level == .error && finding?.message.contains("it was sealed otherwise") == true)
        let written = await bench.store.commits[before...].joined()
        #expect(
            !written.contains { change in
                switch change {
                case .putStack(let record): record.name == stackName("shop")
                case .putRevision(let record): record.stack == stackName("shop")
                default: false
                }
            }
        )
        // Deployed again it is known again, under a number of its own, and its containers are what they were.
        await bench.engine.clearCalls()
        let end = try await again.up(shop)
        #expect(end.state == .succeeded && end.revision == 2)
        #expect(await bench.engine.calls.filter { !$0.hasPrefix("ensure") } == [])
        #expect(!(await again.supervisor.doctor()).contains { $0.check == "state-unreadable" && $0.level == .error })
    }

    @Test func `the story of a service is told however much happened to others since`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let shop = stackName("shop")
        _ = try await bench.up(try stack("shop", ["web": service("web"), "api": service("web")]))
        let told = try await bench.supervisor.why(name("web"), in: shop)
        #expect(told.contains { $0.kind == "deployment.started" } && told.contains { $0.service == name("web") })
        await bench.kill()
        let last = try #require(await bench.store.allEvents.last)
        let noise = (1...1500).map { number in
            EventRecord(
                id: last.id + Int64(number),
                at: last.at,
                kind: "test",
                message: "noise",
                stack: shop,
                service: name("api")
            )
        }
        try await bench.store.commit(noise.map { .appendEvent($0) })
        let again = try await Bench(engine: bench.engine, store: bench.store)
        let story = try await again.supervisor.why(name("web"), in: shop)
        #expect(Set(story.map(\.id)).isSuperset(of: told.map(\.id)))
        #expect(story.map(\.id) == story.map(\.id).sorted())
    }

    @Test func `what is kept of a service that left its file goes with the deployment's success`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let shop = stackName("shop")
        _ = try await bench.up(try stack("shop", ["web": service("web"), "api": service("web")]))
        await bench.kill()
        let checks = ["web", "api"].map { service in
            ImageCheck(stack: shop, service: name(service), reference: "web", checkedAt: Timestamp(nanoseconds: 1))
        }
        try await bench.store.commit(checks.map { .putImageCheck($0) })
        let again = try await Bench(engine: bench.engine, store: bench.store)
        for service in ["web", "api"] {
            try await again.supervisor.lock(name(service), in: shop, reason: "not now")
        }
        var options = ApplyOptions()
        options.removesOrphans = true
        #expect(try await again.up(try stack("shop", ["web": service("web")]), options).state == .succeeded)
        try await eventually("only what is known of the other is kept") {
            let kept = try await bench.store.load()
            let locks = kept.stacks.first?.updateLocks
            return kept.imageChecks.map(\.service) == [name("web")] && locks == ["web": "not now"] ? true : nil
        }
    }

    @Test func `the images of a stack are kept for its way back, and let go with it`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let definition = try stack("shop", ["web": service("web")])
        _ = try await bench.up(definition)
        try await eventually("the good image is marked") { try await bench.engine.image("homie.local/shop/web:good") }
        _ = try await bench.settle(try await bench.supervisor.remove(definition.name, removesVolumes: false))
        try await eventually("the mark is gone") {
            try await bench.engine.image("homie.local/shop/web:good") == nil ? true : nil
        }
        #expect(try await bench.engine.image("web") != nil)
    }

    @Test func `events reach listeners in the order of their numbers`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        let stream = await bench.supervisor.eventStream()
        _ = try await bench.up(try stack("shop", ["web": service("web")]))
        var seen: [Int64] = []
        for await event in stream {
            seen.append(event.id)
            if event.kind == "deployment.succeeded" { break }
        }
        #expect(seen == seen.sorted())
        #expect(Set(seen).count == seen.count)
    }
}
