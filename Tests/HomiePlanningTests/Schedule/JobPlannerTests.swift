import HomieModel
import HomiePlanning
import Testing

@Suite struct JobPlannerTests {
    private let midnight = "2026-03-01T00:00:00Z"

    @Test func `a job runs when its clock says, and only then`() throws {
        var world = JobWorld([try JobDefinition("shop/tidy", cron: "0 */6 * * *")], at: midnight)
        world.run(seconds: 86_400 - 1)
        #expect(world.starts.map { String($0.at.rfc3339.prefix(16).suffix(5)) } == ["06:00", "12:00", "18:00"])
        #expect(world.outcomes.map(\.result) == [.succeeded, .succeeded, .succeeded])
        #expect(world.violations.isEmpty)
        let name = try JobName(parsing: "shop/tidy")
        #expect(world.plan?.nextRuns[name]?.rfc3339.prefix(16) == "2026-03-02T00:00")
    }

    @Test(arguments: [
        (JobDefinition.MissedRuns.skip, 0, 3), (.once, 1, 0), (.all, 3, 0),
    ])
    func `runs missed while the daemon was away follow the policy`(
        policy: JobDefinition.MissedRuns,
        started: Int,
        skipped: Int
    ) throws {
        var job = try JobDefinition("shop/tidy", cron: "0 * * * *")
        job.missedRuns = policy
        var world = JobWorld([job], at: midnight)
        world.look()
        world.jump(seconds: 3 * 3600 + 1800)
        world.run(seconds: 600)
        #expect(world.starts.count == started)
        #expect(world.outcomes.filter { $0.run == nil }.map(\.count).reduce(0, +) == skipped)
        #expect(world.violations.isEmpty)
    }

    @Test func `a clock that jumps by fifty years starts a bounded number of runs, one back by a day none twice`()
        throws
    {
        var job = try JobDefinition("shop/tidy", cron: "* * * * *")
        job.missedRuns = .all
        var world = JobWorld([job], at: "1976-01-01T00:00:00Z")
        world.look()
        world.jump(seconds: 50 * 365 * 86_400)
        world.look()
        #expect((90...JobPlanner.mostCaughtUp).contains(world.board.runs.count))
        world.run(seconds: 7200)
        world.jump(seconds: -1800)
        let before = world.starts.count
        world.run(seconds: 1700)
        #expect(world.starts.count == before)
        world.jump(seconds: -86_400)
        world.run(seconds: 600)
        #expect(world.starts.count >= before + 9)
    }

    @Test func `a run that takes too long is stopped, tried again after a growing wait, and then has failed`() throws {
        var job = try JobDefinition("shop/tidy", cron: "0 0 1 4 *")
        job.timeout = .seconds(60)
        job.retries = 2
        var world = JobWorld([job], at: midnight)
        world.behaviour = { _, _ in (1_000_000, 0) }
        world.look()
        world.board.note(.asked(job.name), now: world.now)
        world.run(seconds: 600)
        let offsets = world.starts.map { ($0.at - world.starts[0].at).seconds }
        #expect(offsets == [0, 72, 154])
        #expect(world.outcomes.map(\.result) == [.timedOut])
        #expect(world.outcomes.map(\.attempts) == [3])
    }

    @Test(arguments: [
        (JobDefinition.Conflict.skip, ["succeeded", "skipped"]), (.queue, ["succeeded", "succeeded"]),
        (.replace, ["replaced", "succeeded"]),
    ])
    func `a run that meets another one of its group follows the policy`(
        policy: JobDefinition.Conflict,
        expected: [String]
    ) throws {
        var first = try JobDefinition("shop/a", cron: nil)
        var second = try JobDefinition("shop/b", cron: nil)
        first.groups = ["disk"]
        second.groups = ["disk", "other"]
        second.conflict = policy
        var world = JobWorld([first, second], at: midnight)
        world.behaviour = { _, _ in (100, 0) }
        world.board.note(.asked(first.name), now: world.now)
        world.look()
        world.advance(seconds: 10)
        world.board.note(.asked(second.name), now: world.now)
        world.run(seconds: 1000)
        #expect(world.violations.isEmpty)
        #expect(
            world.outcomes.sorted { $0.job < $1.job }.map { String("\($0.result)".prefix { $0.isLetter }) } == expected
        )
    }

    @Test func `a job after two others begins when both have succeeded, not when one failed`() throws {
        let first = try JobDefinition("shop/a", cron: nil)
        let second = try JobDefinition("shop/b", cron: nil)
        var last = try JobDefinition("shop/z", cron: nil)
        last.triggers = [.after([first.name, second.name])]
        var world = JobWorld([last, first, second], at: midnight)
        world.behaviour = { run, _ in (10, run == 2 ? 1 : 0) }
        for job in [first, second] { world.board.note(.asked(job.name), now: world.now) }
        world.run(seconds: 60)
        #expect(!world.starts.contains { $0.job == last.name })
        world.board.note(.asked(second.name), now: world.now)
        world.run(seconds: 60)
        #expect(world.starts.filter { $0.job == last.name }.count == 1)
    }

    @Test func `a run waits for health and head-room, and is given up at its deadline`() throws {
        var job = try JobDefinition("shop/a", cron: nil)
        let web = try ServiceName(parsing: "web")
        job.needsHealthy = [web]
        job.needs = JobDefinition.Headroom(cpus: 1, memory: ByteCount(bytes: 100))
        job.deadline = .seconds(300)
        var world = JobWorld([job], at: midnight)
        world.facts.free = JobDefinition.Headroom(cpus: 2, memory: ByteCount(bytes: 50))
        world.board.note(.asked(job.name), now: world.now)
        world.run(seconds: 60)
        #expect(world.plan?.waiting.values.first == "waits for web to be healthy")
        world.facts.healthy[job.name.stack] = [web]
        world.run(seconds: 60)
        #expect(world.plan?.waiting.values.first == "waits for memory")
        world.facts.free?.memory = ByteCount(bytes: 100)
        world.run(seconds: 20)
        #expect(world.outcomes.map(\.result) == [.succeeded])
        world.facts.healthy = [:]
        world.board.note(.asked(job.name), now: world.now)
        world.run(seconds: 301)
        #expect(world.starts.count == 1)
        #expect(world.outcomes.count == 2)
    }

    @Test func `a cancelled run is stopped and not tried again; a job that is gone is stopped too`() throws {
        var job = try JobDefinition("shop/a", cron: nil)
        job.retries = 5
        var world = JobWorld([job], at: midnight)
        world.behaviour = { _, _ in (1000, 0) }
        world.board.note(.asked(job.name), now: world.now)
        world.run(seconds: 10)
        world.board.note(.cancelled(run: 1), now: world.now)
        world.run(seconds: 100)
        #expect(world.outcomes.map(\.result) == [.cancelled])
        world.board.note(.asked(job.name), now: world.now)
        world.run(seconds: 10)
        world.definitions = []
        world.run(seconds: 100)
        #expect(world.outcomes.map(\.result) == [.cancelled, .cancelled])
        #expect(world.board.runs.isEmpty)
    }

    @Test func `random delays stay below their limit, are the same every time, and differ between devices`() throws {
        var job = try JobDefinition("shop/a", cron: "0 3 * * *")
        job.randomDelay = .seconds(3600)
        let delays = (0..<200).map { job.delay(seed: $0).seconds }
        #expect(delays.allSatisfy { $0 >= 0 && $0 < 3600 })
        #expect(Set(delays).count > 150)
        #expect(job.delay(seed: 7) == job.delay(seed: 7))
        var world = JobWorld([job], at: midnight)
        world.run(seconds: 3 * 86_400)
        let offsets = world.starts.map { ($0.at - world.starts[0].at).seconds }
        #expect(offsets == [0, 86_400, 172_800])
    }

    @Test func `what a run that just began needs is not promised to another one`() throws {
        var first = try JobDefinition("shop/a", cron: nil)
        first.needs = JobDefinition.Headroom(cpus: 1, memory: ByteCount(bytes: 100))
        var second = try JobDefinition("shop/b", cron: nil)
        second.needs = first.needs
        var world = JobWorld([first, second], at: midnight)
        world.behaviour = { _, _ in (600, 0) }
        world.facts.free = JobDefinition.Headroom(cpus: 4, memory: ByteCount(bytes: 150))
        for job in [first, second] { world.board.note(.asked(job.name), now: world.now) }
        world.run(seconds: 30)
        #expect(world.starts.map(\.job) == [first.name])
        #expect(world.plan?.waiting.values.first == "waits for memory")
        world.run(seconds: 60)
        #expect(world.starts.map(\.job) == [first.name, second.name])
    }

    @Test func `nothing begins while the engine is away`() throws {
        let job = try JobDefinition("shop/a", cron: nil)
        var world = JobWorld([job], at: midnight)
        world.facts.hasEngine = false
        world.board.note(.asked(job.name), now: world.now)
        world.run(seconds: 60)
        #expect(world.starts.isEmpty)
        #expect(world.plan?.waiting.values.first == "waits for the container engine")
        world.facts.hasEngine = true
        world.run(seconds: 60)
        #expect(world.starts.count == 1)
    }

    @Test(arguments: [
        (JobDefinition.Conflict.skip, 1, "2026-03-01T00:01"), (.queue, JobPlanner.mostWaiting, "2026-03-01T00:01"),
        (.replace, 1, "2026-03-01T10:00"),
    ])
    func `what the clock asks for behind an obstacle does not pile up`(
        policy: JobDefinition.Conflict,
        most: Int,
        due: String
    ) throws {
        var job = try JobDefinition("shop/a", cron: "* * * * *")
        job.conflict = policy
        var world = JobWorld([job], at: midnight)
        world.facts.hasEngine = false
        world.look()
        for _ in 0..<600 {
            world.advance(seconds: 60)
            world.look()
        }
        #expect(world.board.runs.count == most)
        #expect(world.board.runs.first?.due.rfc3339.prefix(16) ?? "" == due)
        // Each of the others has its outcome, too.
        #expect(world.outcomes.count == 600 - most)
        #expect(world.starts.isEmpty && world.violations.isEmpty)
        world.facts.hasEngine = true
        world.look()
        #expect(world.starts.count == 1)
    }

    @Test func `missed runs that are all to be caught up on wait behind an obstacle whatever the policy`() throws {
        var job = try JobDefinition("shop/a", cron: "0 * * * *")
        job.missedRuns = .all
        var world = JobWorld([job], at: midnight)
        world.look()
        world.facts.hasEngine = false
        world.jump(seconds: 5 * 3600 + 1800)
        world.look()
        #expect(world.board.runs.count == 5)
    }

    @Test func `the next runs of the clock are told in order, and none of a suspended job`() throws {
        var job = try JobDefinition("shop/a", cron: "0 3 * * *")
        let start = Timestamp(rfc3339: midnight) ?? Timestamp(nanoseconds: 0)
        func next() -> [Timestamp] {
            JobPlanner.nextRuns(of: job, after: start, count: 3, zones: TimeZoneTable(), seed: 1)
        }
        #expect(next().map { ($0 - start).seconds / 3600 } == [3, 27, 51])
        job.isSuspended = true
        #expect(next().isEmpty)
    }
}
