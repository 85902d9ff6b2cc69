import HomieModel
import HomieTestSupport
import Testing

@testable import HomieSupervisor

@Suite struct StateWriterTests {
    private struct DiskFull: UserFacingError {
        var summary: String { "the disk is full" }
        var kind: ErrorKind { .failed }
    }

    private struct Contradiction: UserFacingError {
        var summary: String { "the stack is not there" }
        var kind: ErrorKind { .conflict }
    }

    private func event(_ id: Int64) -> StateChange {
        .appendEvent(EventRecord(id: id, at: Timestamp(nanoseconds: 1), kind: "test", message: "\(id)"))
    }

    @Test func `what comes while the daemon ends is written, and waits for no writer that is gone`()
        async throws
    {
        let store = MemoryStateStore()
        let writer = StateWriter(store: store)
        let events = (1...4).map { EventRecord(id: $0, at: Timestamp(nanoseconds: 1), kind: "test", message: "\($0)") }
        let run = Task { await writer.run() }
        try await writer.commit([.appendEvent(events[0])])
        await writer.enqueue([.appendEvent(events[1])])
        run.cancel()
        await run.value
        let late = Task {
            await writer.enqueue([.appendEvent(events[2])])
            try await writer.commit([.appendEvent(events[3])])
        }
        try await eventually("the late commit returns") { await store.commits.count == 4 ? true : nil }
        try await late.value
        #expect(await store.allEvents.map(\.message) == ["1", "2", "3", "4"])
    }

    @Test func `what is waited for overtakes nothing that the disk refused before it`() async throws {
        let events = (1...3).map { EventRecord(id: $0, at: Timestamp(nanoseconds: 1), kind: "test", message: "\($0)") }
        let store = MemoryStateStore()
        let writer = StateWriter(store: store)
        // Together, then each alone.
        await store.failCommits(with: DiskFull(), count: 2)
        await writer.enqueue([.appendEvent(events[0])])
        let second = Task { try await writer.commit([.appendEvent(events[1])]) }
        let run = Task { await writer.run() }
        try await second.value
        #expect(await store.commits == [[.appendEvent(events[0]), .appendEvent(events[1])]])
        await store.failCommits(with: DiskFull())
        await writer.enqueue([.appendEvent(events[1])])
        await #expect(throws: DiskFull.self) { try await writer.commit([.appendEvent(events[2])]) }
        run.cancel()
        await run.value
    }

    @Test func `what was refused is told of until something can be written again`() async throws {
        let store = MemoryStateStore()
        let writer = StateWriter(store: store)
        let run = Task { await writer.run() }
        await store.failCommits(with: DiskFull())
        await #expect(throws: DiskFull.self) { try await writer.commit([event(1)]) }
        // Nobody waits for anything any more, and it still holds.
        await #expect(throws: DiskFull.self) { try await writer.check() }
        try await writer.flush()
        await #expect(throws: DiskFull.self) { try await writer.check() }
        await store.recover()
        try await writer.check()
        #expect(await writer.failure == nil)
        run.cancel()
        await run.value
    }

    @Test func `what contradicts what is stored is no fault of the disk`() async throws {
        let store = MemoryStateStore()
        let writer = StateWriter(store: store)
        let run = Task { await writer.run() }
        // Together, and alone.
        await store.failCommits(with: Contradiction(), count: 2)
        await #expect(throws: Contradiction.self) { try await writer.commit([event(1)]) }
        try await writer.check()
        run.cancel()
        await run.value
    }
}
