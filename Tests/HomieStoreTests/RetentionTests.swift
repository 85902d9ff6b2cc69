import HomieModel
import HomieStore
import HomieSupervisor
import Testing

@Suite("Retention")
struct RetentionTests {
    private static let limits = RetentionLimits(
        events: .init(count: 10, age: .seconds(100)),
        deployments: .init(count: 3, age: .seconds(100)),
        health: .init(count: 4, age: .seconds(100))
    )

    @Test("events and deployments go by count and by age, but never the newest")
    func countAndAge() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory, limits: Self.limits)
        var changes: [StateChange] = (1...30).map { .appendEvent(Samples.event($0)) }
        changes += (1...8).map { .putDeployment(Samples.deployment($0, state: $0 == 2 ? .running : .succeeded)) }
        changes += (1...9).map { .appendHealth(Samples.health($0)) }
        try await store.commit(changes)

        #expect(try await store.prune(now: Samples.time(31)) == 20 + 4 + 5)
        #expect(try await store.events(EventQuery()).map(\.id) == Array(21...30))
        #expect(try await store.deployments(of: nil, limit: 99).map(\.id) == [8, 7, 6, 2])

        _ = try await store.prune(now: Samples.time(5000))
        #expect(try await store.events(EventQuery()).map(\.id) == [30])
        #expect(try await store.deployments(of: nil, limit: 99).map(\.id) == [8, 2])
        #expect(try await store.health(of: Samples.service("web"), in: Samples.shop, limit: 9).isEmpty)
        #expect(try await store.load().lastEventID == 30)
        #expect(try await store.prune(now: Samples.time(5000)) == 0)
    }

    @Test("while nobody knows the time, what is old goes by count alone")
    func withoutTime() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory, limits: Self.limits)
        var changes: [StateChange] = (1...30).map { .appendEvent(Samples.event($0)) }
        changes += (1...8).map { .putDeployment(Samples.deployment($0, state: .succeeded)) }
        changes += (1...9).map { .appendHealth(Samples.health($0)) }
        try await store.commit(changes)
        #expect(try await store.prune(now: nil) == 20 + 5 + 5)
        #expect(try await store.events(EventQuery()).map(\.id) == Array(21...30))
        #expect(try await store.prune(now: nil) == 0)
    }

    @Test("of a stack's revisions the wanted, the last good and the newest stay")
    func revisions() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory, limits: RetentionLimits(revisionsPerStack: 3))
        let changes: [StateChange] = (1...9).map { .putRevision(Samples.revision($0)) }
        try await store.commit(changes + [.putStack(Samples.stack(revision: 4, lastGood: 2))])
        #expect(try await store.prune(now: Samples.start) == 4)
        #expect(try await store.revisions(of: Samples.shop).map(\.number) == [2, 4, 7, 8, 9])
    }

    @Test("more rows than one step are pruned, and the file gives the space back")
    func manyRows() async throws {
        let directory = try ScopedDirectory()
        let limits = RetentionLimits(events: .init(count: 100, age: .days(1000)))
        let store = try SQLiteStateStore(directory, limits: limits)
        try await store.commit((1...9000).map { .appendEvent(Samples.event($0)) })
        #expect(try await store.prune(now: Samples.start) == 8900)
        #expect(try await store.events(EventQuery(limit: 999)).count == 100)
        try store.close()
        #expect(directory.bytes(of: "homie.db").count < 800_000)
    }

    @Test("runs and sums of jobs that are gone go by age and by count, but never the newest run")
    func jobs() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory, limits: RetentionLimits(jobs: .init(count: 5, age: .seconds(1000))))
        func run(_ id: Int64, _ job: String, at seconds: Int64) -> JobRunRecord {
            JobRunRecord(
                id: id,
                job: JobName(Samples.shop, Samples.service(job)),
                state: .succeeded,
                cause: "cron",
                due: Samples.time(seconds),
                startedAt: Samples.time(seconds),
                endedAt: Samples.time(seconds),
                attempts: 1
            )
        }
        let old = (1...3).map { run($0, "gone", at: $0) }
        let new = (4...10).map { run($0, "present", at: 5000 + $0) }
        try await store.commit(JobChange(ledger: JobLedger(identity: "abc"), ended: old + new))
        #expect(try await store.prune(now: Samples.time(5010)) == 5 + 1)
        #expect(try await store.jobRuns(JobRunQuery(limit: 99)).map(\.id) == [10, 9, 8, 7, 6])
        let found = try await store.loadJobs()
        #expect(found.totals.keys.map(\.job) == [Samples.service("present")] && found.lastRun == 10)
        _ = try await store.prune(now: Samples.time(900_000))
        #expect(try await store.jobRuns(JobRunQuery(limit: 99)).map(\.id) == [10])
    }

    @Test("what is known of services that left a file goes, and nothing else")
    func services() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let blog = Samples.name("blog")
        func check(_ stack: StackName, _ service: String) -> StateChange {
            let name = Samples.service(service)
            return .putImageCheck(ImageCheck(stack: stack, service: name, reference: "i", checkedAt: Samples.start))
        }
        try await store.commit(Samples.newStack() + Samples.newStack(blog))
        try await store.commit([check(Samples.shop, "web"), check(Samples.shop, "old"), check(blog, "old")])
        try await store.commit([.keepServices(Samples.shop, [Samples.service("web")])])
        let kept = try await store.load().imageChecks.map { "\($0.stack)/\($0.service)" }
        #expect(kept == ["blog/old", "shop/web"])
    }
}
