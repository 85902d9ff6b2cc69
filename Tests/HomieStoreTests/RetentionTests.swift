import HomieModel
import HomieStore
import HomieSupervisor
import Testing

@Suite("Retention")
struct RetentionTests {
    @Test("events and deployments go by count and by age, but never the newest")
    func countAndAge() async throws {
        let directory = try ScopedDirectory()
        let limits = RetentionLimits(
            events: .init(count: 10, age: .seconds(100)),
            deployments: .init(count: 3, age: .seconds(100)),
            health: .init(count: 4, age: .seconds(100))
        )
        let store = try SQLiteStateStore(directory, limits: limits)
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
}
