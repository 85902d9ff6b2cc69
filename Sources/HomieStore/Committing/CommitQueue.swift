internal import Dispatch
import GRDB
import HomieSupervisor
import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Group commit: commits that arrive while one is being synced share the next transaction, and so the next sync.
///
/// One writer, on a thread of its own; order of arrival is order of writing. A commit goes through even when its caller is
/// cancelled meanwhile: what was asked to be durable becomes so. Not an actor, because a burst is thousands of callers, and
/// each would change threads twice for an append to an array.
final class CommitQueue: Sendable {
    private struct Waiting {
        let changes: [StateChange]
        let continuation: UnsafeContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
        var acknowledgesDamage = false
        var transactions = 0
    }

    /// So many commits share a transaction at most: half of a large burst is on its way back to its callers while the
    /// other half is being written.
    private static let batchLimit = 512
    /// So many callers are told at once, without another thread's help.
    private static let few = 16
    /// How often the writer lets others go first before it rests.
    private static let patience = 3

    private let pool: DatabasePool
    private let path: String
    private let box: SecretBox
    private let state = Mutex(State())
    private let teller = DispatchQueue(label: "homie.store.answers")
    private let writer = DispatchQueue(label: "homie.store.commits")

    init(pool: DatabasePool, path: String, box: SecretBox) {
        self.pool = pool
        self.path = path
        self.box = box
    }

    /// How many transactions were written, for tests and `homie doctor`.
    var transactions: Int { state.withLock { $0.transactions } }

    /// The damage was told to the supervisor: its next commit marks it as seen.
    func damageWasReported() { state.withLock { $0.acknowledgesDamage = true } }

    /// - Throws: ``StoreError``
    func commit(_ changes: [StateChange]) async throws {
        try await withUnsafeThrowingContinuation { continuation in
            let starts = state.withLock { state in
                state.waiting.append(Waiting(changes: changes, continuation: continuation))
                guard !state.isWriting else { return false }
                state.isWriting = true
                return true
            }
            if starts { writer.async { self.writeAll() } }
        }
    }

    private func writeAll() {
        while let batch = next() {
            do {
                try write(batch)
                tell(batch)
                // Those who were many just now may have the next thing to say: it shares a transaction, too.
                if batch.count > 1 { letOthersGoFirst() }
            } catch {
                let shared = StoreError(error, path: path)
                if shared.concernsOneChange, batch.count > 1 {
                    writeOneByOne(batch)
                } else {
                    for item in batch { item.continuation.resume(throwing: shared) }
                }
            }
        }
    }

    /// Lets the callers go on; where they are many, beside the next transaction.
    private func tell(_ batch: ArraySlice<Waiting>) {
        guard batch.count > Self.few else {
            for item in batch { item.continuation.resume() }
            return
        }
        teller.async { for item in batch { item.continuation.resume() } }
    }

    /// What to write next; nil, and the writer rests, when there is nothing.
    private func next() -> ArraySlice<Waiting>? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            let batch = state.waiting.prefix(Self.batchLimit)
            state.waiting = Array(state.waiting.dropFirst(batch.count))
            return batch
        }
    }

    private func letOthersGoFirst() {
        for _ in 0..<Self.patience where state.withLock({ $0.waiting.isEmpty }) { sched_yield() }
    }

    /// A commit that contradicts the state fails alone, not those that shared its transaction.
    private func writeOneByOne(_ batch: ArraySlice<Waiting>) {
        for item in batch {
            do {
                try write([item])
                item.continuation.resume()
            } catch {
                item.continuation.resume(throwing: StoreError(error, path: path))
            }
        }
    }

    private func write(_ batch: ArraySlice<Waiting>) throws {
        let acknowledges = state.withLock { $0.acknowledgesDamage }
        try pool.write { database in
            var writer = ChangeWriter(database, sealing: box)
            for item in batch {
                for change in item.changes { try writer.write(change) }
            }
            try writer.finish()
            if acknowledges { try database.run("UPDATE damages SET is_seen = 1 WHERE is_seen = 0", []) }
        }
        state.withLock { state in
            state.transactions += 1
            if acknowledges { state.acknowledgesDamage = false }
        }
    }
}
