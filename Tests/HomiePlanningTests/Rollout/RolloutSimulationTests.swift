import HomieModel
import HomiePlanning
import Testing

@Suite struct RolloutSimulationTests {
    private static func choice(_ strategy: UpdateSettings.Strategy, _ random: inout SeededGenerator) -> UpdateChoice {
        var stack = StackDefinition(name: World.shop)
        var service = ServiceDefinition()
        service.labels["io.homie.expose"] = "80"
        service.replicas = 2
        stack.services[World.web] = service
        var choice = UpdateChoice(of: World.web, in: stack, canSteer: true)
        choice.strategy = strategy
        choice.settings.strategy = strategy
        choice.settings.batch = Int.random(in: 0...3, using: &random)
        choice.settings.pause = .milliseconds(random.chance(50) ? 0 : 400)
        choice.settings.monitor = .milliseconds(800)
        choice.settings.readyWithin = .seconds(3)
        choice.settings.drain = .seconds(5)
        choice.settings.order = strategy == .rolling && random.chance(30) ? .stopFirst : .startFirst
        if random.chance(50) {
            var back = RollbackSettings()
            back.batch = Int.random(in: 0...2, using: &random)
            back.pause = .milliseconds(random.chance(50) ? 0 : 300)
            back.monitor = .milliseconds(random.chance(50) ? 0 : 500)
            choice.settings.rollback = back
        }
        choice.settings.canary.steps = [5, 25, 50]
        choice.settings.canary.hold = .milliseconds(1200)
        return choice
    }

    private static func world(_ strategy: UpdateSettings.Strategy, _ seed: UInt64) -> RolloutWorld {
        var random = SeededGenerator(seed: seed)
        let choice = choice(strategy, &random)
        let few = choice.settings.order == .stopFirst ? 2 : 1
        // With `stop-first` and all at once nobody is left to serve: that is what was asked for.
        var settled = choice
        if choice.settings.order == .stopFirst { settled.settings.batch = 1 }
        return RolloutWorld(
            replicas: Int.random(in: few...4, using: &random),
            choice: settled,
            seed: seed &+ 77
        )
    }

    /// Turns until the rollout is over; true when it is.
    private static func finish(_ world: inout RolloutWorld, breaks: Bool, kills: Bool) -> Bool {
        for _ in 0..<3000 {
            world.turn(breaks: breaks && world.random.chance(60))
            if kills && world.random.chance(4) { world.kill() }
            if kills && world.random.chance(2) { world.isGatewayUp.toggle() }
            if !world.isGatewayUp && world.random.chance(30) { world.isGatewayUp = true }
            if world.lastPlan.verdict == .succeeded, world.lastPlan.chains.isEmpty { return true }
        }
        return false
    }

    private static let strategies: [UpdateSettings.Strategy] = [.rolling, .blueGreen, .canary]

    @Test(arguments: strategies)
    func `a good version takes over, somebody serves at every moment, and nobody who serves is stopped`(
        strategy: UpdateSettings.Strategy
    ) {
        for seed in UInt64(0)..<60 {
            for breaks in [false, true] {
                var world = Self.world(strategy, seed)
                world.digest = "v2"
                world.revision = 2
                world.qualities["v2"] = .good
                let isDone = Self.finish(&world, breaks: breaks, kills: breaks)
                #expect(
                    isDone,
                    "seed \(seed) \(breaks): \(world.lastPlan.dispositions) \(String(describing: world.record))"
                )
                #expect(world.violations == [], "seed \(seed) \(breaks)")
                let running = world.containers.values.filter { $0.state == .running }
                #expect(running.count == world.replicas, "seed \(seed) \(breaks)")
                #expect(running.allSatisfy { $0.specDigest == world.digest }, "seed \(seed) \(breaks)")
                guard !breaks else { continue }
                #expect(world.digest == "v2", "seed \(seed)")
                #expect(world.record?.state == .succeeded, "seed \(seed)")
            }
        }
    }

    @Test(arguments: strategies)
    func `a bad version is found out and the old one serves again, without a moment without service`(
        strategy: UpdateSettings.Strategy
    ) {
        let qualities: [RolloutWorld.Quality] = [.endsAtStart, .neverReady, .failsRequests, .isSlow]
        for quality in qualities where strategy == .canary || !quality.needsJudging {
            for seed in UInt64(0)..<15 {
                for breaks in [false, true] {
                    var world = Self.world(strategy, seed)
                    world.digest = "v2"
                    world.revision = 2
                    world.qualities["v2"] = quality
                    let isDone = Self.finish(&world, breaks: breaks, kills: breaks)
                    let note = "\(quality) seed \(seed) \(breaks)"
                    #expect(isDone, "\(note): \(world.lastPlan.dispositions) \(String(describing: world.record))")
                    #expect(world.violations == [], "\(note)")
                    #expect(world.digest == "v1" && world.isRollback, "\(note)")
                    let running = world.containers.values.filter { $0.state == .running }
                    #expect(running.count == world.replicas, "\(note)")
                    #expect(running.allSatisfy { $0.specDigest == "v1" }, "\(note)")
                }
            }
        }
    }

    @Test(arguments: [UpdateSettings.Strategy.rolling, .blueGreen])
    func `a replica that fails is put up with as far as that is allowed, and no further`(
        strategy: UpdateSettings.Strategy
    ) {
        for seed in UInt64(0)..<30 {
            for share in [0.25, 0.2] {
                var random = SeededGenerator(seed: seed)
                var choice = Self.choice(strategy, &random)
                choice.settings.order = .startFirst
                choice.settings.maximumFailureShare = share
                var world = RolloutWorld(replicas: 4, choice: choice, seed: seed &+ 77)
                world.digest = "v2"
                world.revision = 2
                world.qualities["v2"] = .firstEndsAtStart
                let isDone = Self.turn(&world) { world in
                    world.record?.state == .succeeded || world.lastPlan.verdict == .succeeded
                }
                let note = "seed \(seed) \(share): \(String(describing: world.record))"
                #expect(isDone, "\(note)")
                #expect(world.violations == [], "\(note)")
                // A quarter of four is one; a fifth is none.
                #expect(world.digest == (share == 0.25 ? "v2" : "v1"), "\(note)")
                let old = world.containers.values.filter { $0.state == .running && $0.specDigest != world.digest }
                #expect(old.isEmpty, "\(note)")
            }
        }
    }

    private static func turn(_ world: inout RolloutWorld, until isDone: (RolloutWorld) -> Bool) -> Bool {
        for _ in 0..<3000 {
            world.turn(breaks: false)
            if isDone(world) { return true }
        }
        return false
    }

    @Test(arguments: strategies)
    func `killed after every single turn it still ends well`(strategy: UpdateSettings.Strategy) {
        for seed in UInt64(0)..<25 {
            var world = Self.world(strategy, seed)
            world.digest = "v2"
            world.revision = 2
            world.qualities["v2"] = seed % 2 == 0 ? .good : .endsAtStart
            var isDone = false
            for _ in 0..<6000 where !isDone {
                world.turn(breaks: false)
                isDone = world.lastPlan.verdict == .succeeded && world.lastPlan.chains.isEmpty
                if !isDone && world.random.chance(50) { world.kill() }
            }
            #expect(isDone, "seed \(seed): \(String(describing: world.record))")
            #expect(world.violations == [], "seed \(seed)")
            #expect(world.digest == (seed % 2 == 0 ? "v2" : "v1"), "seed \(seed)")
        }
    }

    @Test func `a version that comes in the middle takes over from the one that serves`() {
        for seed in UInt64(0)..<60 {
            var world = Self.world(Self.strategies[Int(seed % 3)], seed)
            world.digest = "v2"
            world.revision = 2
            world.qualities["v2"] = .good
            world.qualities["v3"] = .good
            for _ in 0..<Int.random(in: 1...60, using: &world.random) { world.turn(breaks: false) }
            world.digest = "v3"
            world.revision = 3
            #expect(
                Self.finish(&world, breaks: false, kills: false),
                "seed \(seed): \(String(describing: world.record))"
            )
            #expect(world.violations == [], "seed \(seed)")
            let running = world.containers.values.filter { $0.state == .running }
            #expect(running.count == world.replicas && running.allSatisfy { $0.specDigest == "v3" }, "seed \(seed)")
        }
    }

    // MARK: published ports

    private static func portWorld(_ seed: UInt64) -> RolloutWorld {
        var random = SeededGenerator(seed: seed)
        var choice = choice(random.chance(50) ? .blueGreen : .rolling, &random)
        choice.settings.order = .startFirst
        choice.settings.readyWithin = .seconds(20)
        choice.bridges = true
        return RolloutWorld(replicas: 1, choice: choice, seed: seed &+ 99)
    }

    @Test(arguments: [RolloutWorld.Quality.good, .endsAtStart, .neverReady])
    func `a published port is answered at every moment of an update, whatever is killed on the way`(
        quality: RolloutWorld.Quality
    ) {
        for seed in UInt64(0)..<60 {
            for breaks in [false, true] {
                var world = Self.portWorld(seed)
                world.digest = "v2"
                world.revision = 2
                world.qualities["v2"] = quality
                let isDone = Self.finish(&world, breaks: breaks, kills: breaks)
                let note = "\(quality) seed \(seed) \(breaks)"
                #expect(isDone, "\(note): \(world.lastPlan) \(String(describing: world.record))")
                #expect(world.violations == [], "\(note)")
                #expect(world.relay == nil, "\(note)")
                let standIns = world.containers.values.filter { $0.isStandIn }
                #expect(standIns.isEmpty, "\(note)")
                let running = world.containers.values.filter { $0.state == .running }
                #expect(running.map { $0.specDigest } == [world.digest], "\(note)")
                if !breaks { #expect(world.digest == (quality == .good ? "v2" : "v1"), "\(note)") }
            }
        }
    }

    @Test func `a version that comes while a stand-in answers takes the port over from it`() {
        for seed in UInt64(0)..<60 {
            var world = Self.portWorld(seed)
            world.digest = "v2"
            world.revision = 2
            world.qualities["v2"] = .good
            world.qualities["v3"] = .good
            for _ in 0..<Int.random(in: 1...150, using: &world.random) { world.turn(breaks: false) }
            world.digest = "v3"
            world.revision = 3
            let isDone = Self.finish(&world, breaks: false, kills: seed % 2 == 0)
            #expect(isDone, "seed \(seed): \(world.lastPlan) \(String(describing: world.record))")
            #expect(world.violations == [], "seed \(seed)")
            #expect(world.relay == nil, "seed \(seed)")
            let running = world.containers.values.filter { $0.state == .running }
            #expect(running.map { $0.specDigest } == ["v3"], "seed \(seed)")
        }
    }
}
