import HomieModel
import HomiePlanning
import Testing

@Suite struct ConvergenceTests {
    /// A stack with every sort of relation.
    private func stack(_ random: inout SeededGenerator, digest: String) throws -> WantedStack {
        var services: [ServiceName: WantedService] = [:]
        var earlier: [ServiceName] = []
        for position in 0..<Int.random(in: 1...6, using: &random) {
            let isJob = random.chance(20)
            let name = try ServiceName(parsing: isJob ? "job\(position)" : "s\(position)")
            var definition = ServiceDefinition()
            definition.restart = isJob ? .never : .always
            let hasHealthcheck = !isJob && random.chance(40)
            var isChild = false
            for other in earlier where random.chance(35) {
                if !isChild, !other.text.hasPrefix("job"), random.chance(30) {
                    definition.networkMode = .service(other)
                    isChild = true
                } else {
                    let condition: Dependency.Condition =
                        other.text.hasPrefix("job")
                        ? .completedSuccessfully : services[other]?.hasHealthcheck == true ? .healthy : .started
                    definition.dependsOn[other] = Dependency(condition: condition)
                }
            }
            // Only the first replica's namespace can be shared.
            if random.chance(20) { definition.postStart = [LifecycleHook(command: ["true"])] }
            definition.replicas = isJob || isChild ? 1 : Int.random(in: 1...2, using: &random)
            services[name] = WantedService(
                definition: definition,
                imageID: "sha256:x",
                hasHealthcheck: hasHealthcheck,
                specDigest: "\(random.chance(60) ? "same" : digest) \(hasHealthcheck) \(definition.networkMode as Any)"
            )
            earlier.append(name)
        }
        return WantedStack(name: try StackName(parsing: "shop"), revision: 1, services: services)
    }

    @Test(arguments: 0..<20)
    func `whatever happens on the way, it ends as wanted and never breaks a rule`(block: Int) throws {
        for seed in UInt64(block * 100)..<UInt64(block * 100 + 100) {
            var random = SeededGenerator(seed: seed)
            var world = World(wanted: try stack(&random, digest: "a"), seed: seed &+ 1)
            let stranger = ObservedContainer(
                id: String(repeating: "e", count: 64),
                name: "stranger",
                imageID: "sha256:y",
                labels: [
                    ContainerLabels.project: "shop", ContainerLabels.service: "unknown", "stranger": "yes",
                ],
                state: .running,
                createdAt: Timestamp(nanoseconds: 1)
            )
            world.containers[stranger.id] = stranger
            for round in 0..<60 {
                _ = world.turn(breaks: true)
                if world.random.chance(60) { world.live() }
                if world.random.chance(25) { world.disturb() }
                if round == 20 || round == 40 {
                    world.wanted = try stack(&random, digest: "b\(round)")
                    world.history.noteDeployment(revives: [])
                }
            }
            try expectConverged(&world, seed)
            #expect(world.containers[stranger.id] == stranger)
        }
    }

    private func expectConverged(_ world: inout World, _ seed: UInt64) throws {
        // A person deploys once more: what failed for good gets another chance.
        var last = world.turn(breaks: false)
        world.history.noteDeployment(revives: Set(last.dispositions.filter { $0.value.phase == .failed }.keys))
        world.violations = []
        for _ in 0..<400 {
            for (id, container) in world.containers where container.health == .unhealthy {
                world.containers[id]?.health = .healthy
            }
            last = world.turn(breaks: false)
            world.live()
            if last.verdict == .succeeded && last.chains.isEmpty { break }
        }
        try #require(last.verdict == .succeeded, "seed \(seed): \(last.dispositions)")
        let mine = world.containers.values.filter { $0.labels["stranger"] == nil }
        let wanted = world.wanted.services.values.reduce(0) { $0 + $1.definition.replicas }
        #expect(mine.count == wanted, "seed \(seed)")
        for container in mine {
            let name = try #require(container.service)
            let service = try #require(world.wanted.services[name])
            #expect(container.specDigest == service.specDigest, "seed \(seed)")
            #expect(container.name == world.wanted.containerName(of: Instance(name, container.index)), "seed \(seed)")
            #expect(container.state == (name.text.hasPrefix("job") ? .exited : .running), "seed \(seed)")
        }
        // Two that run, a namespace that does not, a start out of order: rules no fault excuses.
        let broken = world.violations.filter { !$0.contains("taken") }
        #expect(broken == [], "seed \(seed)")
    }

    @Test(arguments: 0..<5)
    func `a stack that leaves leaves nothing, dependents first`(block: Int) throws {
        for seed in UInt64(block * 100)..<UInt64(block * 100 + 100) {
            var random = SeededGenerator(seed: seed)
            var world = World(wanted: try stack(&random, digest: "a"), seed: seed)
            for _ in 0..<30 {
                _ = world.turn(breaks: false)
                world.live()
            }
            world.wanted.isLeaving = true
            world.history.noteDeployment(revives: [])
            var last = StackPlan()
            for _ in 0..<200 {
                last = world.turn(breaks: false)
                for container in world.containers.values {
                    guard let name = container.service else { continue }
                    for dependency in world.wanted.services[name]?.definition.dependsOn.keys.map({ $0 }) ?? [] {
                        #expect(world.containers.values.contains { $0.service == dependency }, "seed \(seed)")
                    }
                }
                if last.verdict == .succeeded { break }
            }
            #expect(last.verdict == .succeeded, "seed \(seed)")
            #expect(world.containers.isEmpty, "seed \(seed)")
        }
    }
}
