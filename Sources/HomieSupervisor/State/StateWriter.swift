import HomieModel

/// Writes changes of the state in the order in which they were made, many in one transaction.
///
/// What must be durable before anything is done waits for ``commit(_:)``. The rest is taken on by ``enqueue(_:)`` and
/// tried again for as long as the disk refuses it; while it does, the oldest events are let go beyond a limit.
actor StateWriter {
    private struct Batch {
        var changes: [StateChange]
        var waiter: CheckedContinuation<Void, any Error>?
        /// How often the store said that it contradicts what is there.
        var refusals = 0
    }

    private let store: any StateStore
    private var queue: [Batch] = []
    private var queuedChanges = 0
    private var isWriting = false
    private var wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>
    /// The latest failure; nil when the last write went through, or contradicted what is stored.
    private(set) var failure: (any Error)?
    /// Events that were let go because they could not be written.
    private(set) var droppedEvents = 0

    /// Nobody empties the queue any more: the daemon is ending.
    private var hasEnded = false

    /// Sets of changes that were given up because they contradict what is stored: a fault in Homie.
    private(set) var refusedBatches = 0

    private static let patience = 5

    /// More changes than this are not kept while nothing can be written.
    static let capacity = 20_000

    init(store: any StateStore) {
        self.store = store
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func enqueue(_ changes: [StateChange]) async {
        guard !changes.isEmpty else { return }
        if hasEnded {
            do { try await store.commit(changes) } catch { failure = error }
            return
        }
        queue.append(Batch(changes: changes, waiter: nil))
        queuedChanges += changes.count
        if queuedChanges > Self.capacity { shed() }
        wake.yield()
    }

    /// Returns when the changes are on disk.
    ///
    /// - Throws: what the store says; then none of `changes` is or will be written.
    func commit(_ changes: [StateChange]) async throws {
        // Whoever is still at work while the daemon ends must not wait for a writer that is gone.
        if hasEnded { return try await store.commit(changes) }
        try await withCheckedThrowingContinuation { continuation in
            queue.append(Batch(changes: changes, waiter: continuation))
            queuedChanges += changes.count
            wake.yield()
        }
    }

    /// Returns when everything before is on disk.
    func flush() async throws { try await commit([]) }

    /// Returns when writes go through. After one that failed, something is written to see whether they do again.
    ///
    /// - Throws: why they do not.
    func check() async throws {
        try await flush()
        guard failure != nil else { return }
        try await store.probe()
        // What is kept is tried again by itself, and says then how it went.
        if queue.isEmpty { failure = nil }
        if let failure { throw failure }
    }

    /// Writes for ever; after cancellation, what is left once more. What comes later is written by whoever brings it.
    func run() async {
        var pause = TimeSpan.milliseconds(250)
        for await _ in wakes {
            while !queue.isEmpty {
                if await writeAll() {
                    pause = .milliseconds(250)
                } else {
                    try? await Task.sleep(for: pause.duration)
                    pause = min(TimeSpan(nanoseconds: pause.nanoseconds * 2), .seconds(10))
                    if Task.isCancelled { break }
                }
            }
            if Task.isCancelled { break }
        }
        while !queue.isEmpty, await writeAll() {}
        hasEnded = true
        let left = queue
        queue = []
        for batch in left { batch.waiter?.resume(throwing: CancellationError()) }
    }

    private func writeAll() async -> Bool {
        let batches = queue
        queue = []
        queuedChanges = 0
        let changes = batches.flatMap(\.changes)
        // Who has nothing to write only waits for what was before, and learns nothing of the disk.
        guard !changes.isEmpty else {
            for batch in batches { batch.waiter?.resume() }
            return true
        }
        do {
            try await store.commit(changes)
            failure = nil
            for batch in batches { batch.waiter?.resume() }
            return true
        } catch {
            return await writeEach(batches)
        }
    }

    /// One bad batch must not hold up the others: each is tried alone, and those nobody waits for are kept.
    ///
    /// Once something is kept, what comes after it must not overtake it: it is kept as well, or where somebody waits for it
    /// written together with all that is kept, or refused.
    private func writeEach(_ batches: [Batch]) async -> Bool {
        var kept: [Batch] = []
        var latest: (any Error)?
        for batch in batches {
            do {
                if batch.waiter == nil, !kept.isEmpty {
                    kept.append(batch)
                    continue
                }
                if !batch.changes.isEmpty {
                    try await store.commit(kept.flatMap(\.changes) + batch.changes)
                    (kept, latest) = ([], nil)
                }
                batch.waiter?.resume()
            } catch {
                let isContradiction = (error as? any UserFacingError)?.kind == .conflict
                if let waiter = batch.waiter {
                    if !isContradiction { latest = error }
                    waiter.resume(throwing: error)
                    continue
                }
                // A contradiction does not go away by waiting, and must not hold up everything after it for ever.
                var batch = batch
                if isContradiction { batch.refusals += 1 }
                if batch.refusals < Self.patience {
                    latest = error
                    kept.append(batch)
                } else {
                    refusedBatches += 1
                }
            }
        }
        queue = kept + queue
        queuedChanges = queue.reduce(0) { $0 + $1.changes.count }
        failure = latest
        return kept.isEmpty
    }

    /// Lets the oldest events go, nothing else.
    private func shed() {
        var excess = queuedChanges - Self.capacity
        for index in queue.indices where excess > 0 && queue[index].waiter == nil {
            let before = queue[index].changes.count
            queue[index].changes.removeAll { change in
                guard excess > 0, case .appendEvent = change else { return false }
                excess -= 1
                droppedEvents += 1
                return true
            }
            queuedChanges -= before - queue[index].changes.count
        }
        queue.removeAll { $0.changes.isEmpty && $0.waiter == nil }
    }
}
