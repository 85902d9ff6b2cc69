import GRDB
import HomieSupervisor

/// Group commit: commits that arrive while one is being synced share the next transaction, and so the next sync.
///
/// One writer; order of arrival is order of writing. A commit goes through even when its caller is cancelled meanwhile:
/// what was asked to be durable becomes so.
actor CommitQueue {
    private struct Waiting {
        let changes: [StateChange]
        let continuation: CheckedContinuation<Void, any Error>
    }

    /// So many commits share a transaction at most.
    private static let batchLimit = 2048

    private let pool: DatabasePool
    private let path: String
    private let box: SecretBox
    private var waiting: [Waiting] = []
    private var isWriting = false
    private var acknowledgesDamage = false
    /// How many transactions were written, for tests and `homie doctor`.
    private(set) var transactions = 0

    init(pool: DatabasePool, path: String, box: SecretBox) {
        self.pool = pool
        self.path = path
        self.box = box
    }

    /// The damage was told to the supervisor: its next commit marks it as seen.
    func damageWasReported() { acknowledgesDamage = true }

    /// - Throws: ``StoreError``
    func commit(_ changes: [StateChange]) async throws {
        try await withCheckedThrowingContinuation { continuation in
            waiting.append(Waiting(changes: changes, continuation: continuation))
            guard !isWriting else { return }
            isWriting = true
            // A task of its own, so that the cancellation of one caller does not end the commits of others.
            Task { await writeAll() }
        }
    }

    private func writeAll() async {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(Self.batchLimit))
            waiting.removeFirst(batch.count)
            do {
                try await write(batch.flatMap(\.changes))
                for item in batch { item.continuation.resume() }
                // Those who were many just now may have the next thing to say: it shares a transaction, too.
                if batch.count > 1, waiting.isEmpty { await Task.yield() }
            } catch {
                let shared = StoreError(error, path: path)
                if shared.isViolation, batch.count > 1 {
                    await writeOneByOne(batch)
                } else {
                    for item in batch { item.continuation.resume(throwing: shared) }
                }
            }
        }
        isWriting = false
    }

    /// A commit that contradicts the state fails alone, not those that shared its transaction.
    private func writeOneByOne(_ batch: [Waiting]) async {
        for item in batch {
            do {
                try await write(item.changes)
                item.continuation.resume()
            } catch {
                item.continuation.resume(throwing: StoreError(error, path: path))
            }
        }
    }

    private func write(_ changes: [StateChange]) async throws {
        let acknowledges = acknowledgesDamage
        let box = box
        try await pool.write { database in
            try changes.write(to: database, sealing: box)
            if acknowledges { try database.run("UPDATE damages SET is_seen = 1 WHERE is_seen = 0", []) }
        }
        transactions += 1
        if acknowledges { acknowledgesDamage = false }
    }
}
