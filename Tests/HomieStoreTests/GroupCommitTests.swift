import HomieModel
import HomieStore
import HomieSupervisor
import Testing

@Suite("Group commit")
struct GroupCommitTests {
    @Test("commits that come at once share transactions, and all are there")
    func sharing() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let before = store.transactionCount
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 1...200 {
                group.addTask { try await store.commit([.appendEvent(Samples.event(Int64(id)))]) }
            }
            try await group.waitForAll()
        }
        #expect(store.transactionCount - before < 100)
        #expect(try await store.events(EventQuery(limit: 500)).map(\.id) == Array(1...200))
    }

    @Test("a contradicting commit fails alone, its neighbours go through")
    func isolation() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let failures = await withTaskGroup(of: Bool.self) { group in
            for id in 1...60 {
                let change: StateChange =
                    id % 10 == 0
                    ? .putRevision(Samples.revision(1, of: Samples.name("nowhere")))
                    : .appendEvent(Samples.event(Int64(id)))
                group.addTask {
                    do {
                        try await store.commit([change])
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 6)
        #expect(try await store.events(EventQuery(limit: 500)).count == 54)
    }

    @Test("a commit whose caller is cancelled is written all the same")
    func cancellation() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let task = Task { try await store.commit(Samples.newStack()) }
        task.cancel()
        try await task.value
        #expect(try await store.load().stacks.count == 1)
    }

    @Test("commits after one another keep their order")
    func order() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit(Samples.newStack())
        for number in 2...40 {
            let changes: [StateChange] = [
                .putRevision(Samples.revision(number)), .putStack(Samples.stack(revision: number)),
            ]
            try await store.commit(changes)
            #expect(try await store.load().stacks.first?.revision == number)
        }
    }
}
