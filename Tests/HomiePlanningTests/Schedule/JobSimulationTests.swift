import HomieModel
import HomiePlanning
import Testing

@Suite struct JobSimulationTests {
    /// Days of random jobs: nothing runs together that may not, nothing due is forgotten, everything ends.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `random jobs over two days: every due run has exactly one outcome, and conflicts never meet`(seed: UInt64)
        throws
    {
        var random = SeededGenerator(seed: seed)
        var world = JobWorld(try definitions(&random), at: "2026-03-28T00:00:00Z")
        world.zones["Europe/Berlin"] = try ZoneFiles.rules("Europe/Berlin")
        world.behaviour = { run, attempt in
            var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(run) &* 10 &+ UInt64(attempt))
            return (Int64.random(in: 0...4000, using: &random), random.chance(30) ? 1 : 0)
        }
        let start = world.now.wall
        for _ in 0..<16 {
            world.run(seconds: Int64.random(in: 3000...10_800, using: &random))
            if random.chance(30) {
                // The daemon is killed: the board is what was stored, its uptime begins anew.
                world.board.noteRestart(now: world.now)
            }
            if random.chance(30), let run = world.board.runs.randomElement(using: &random) {
                world.board.note(.cancelled(run: run.id), now: world.now)
            }
        }
        let end = world.now.wall
        for index in world.definitions.indices { world.definitions[index].isSuspended = true }
        world.run(seconds: 400_000)
        #expect(world.violations.isEmpty, "\(world.violations.prefix(3))")
        #expect(world.board.runs.isEmpty)
        for job in world.definitions {
            let mine = world.outcomes.filter { $0.job == job.name && ($0.cause == .clock || $0.cause == .missed) }
            let due = try expected(job, world.zones, from: start, through: end)
            #expect(mine.map(\.due).sorted() == due, "\(job.name) of seed \(seed)")
            #expect(mine.allSatisfy { $0.attempts <= job.retries + 1 })
        }
        #expect(Set(world.outcomes.compactMap(\.run)).count == world.outcomes.compactMap(\.run).count)
    }

    private func definitions(_ random: inout SeededGenerator) throws -> [JobDefinition] {
        let clocks = ["*/30 * * * *", "17 * * * *", "30 2 * * *", "0 3,9,15 * * *", "*/45 */2 * * *"]
        return try (0..<Int.random(in: 1...6, using: &random)).map { number in
            let clock = clocks.randomElement(using: &random) ?? "@daily"
            var job = try JobDefinition(
                "shop/j\(number)",
                cron: clock,
                zone: random.chance(50) ? "UTC" : "Europe/Berlin"
            )
            job.conflict = [.skip, .queue, .replace].randomElement(using: &random) ?? .skip
            job.groups = Set(["a", "b", "c"].filter { _ in random.chance(30) })
            job.timeout = random.chance(60) ? .seconds(Double(Int.random(in: 60...3000, using: &random))) : nil
            job.retries = Int.random(in: 0...3, using: &random)
            job.deadline = random.chance(40) ? .seconds(3600) : nil
            job.randomDelay = .seconds(random.chance(50) ? 900 : 0)
            return job
        }
    }

    private func expected(
        _ job: JobDefinition,
        _ zones: TimeZoneTable,
        from start: Timestamp,
        through end: Timestamp
    ) throws -> [Timestamp] {
        let delay = job.delay(seed: 1)
        var found: Set<Timestamp> = []
        for case .cron(let expression, let zone) in job.triggers {
            let rules = try #require(zones[zone])
            let from = Timestamp(nanoseconds: start.nanoseconds - delay.nanoseconds)
            let to = Timestamp(nanoseconds: end.nanoseconds - delay.nanoseconds)
            found.formUnion(expression.runs(after: from, through: to, in: rules, limit: 10_000).map { $0 + delay })
        }
        return found.sorted()
    }
}
