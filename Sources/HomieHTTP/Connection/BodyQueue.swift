internal import NIOCore
internal import Synchronization

/// What a reader of a body asks of the connection.
enum BodyDemand: Sendable {
    case more(exchange: Int)
    case abandoned(exchange: Int)
}

/// The pieces of one body between the event loop that receives them and the task that reads them.
final class BodyQueue: Sendable {
    /// A fed queue asks for no more beyond this many bytes, and for more again below a quarter of it.
    static let capacity = 512 * 1024

    private struct State {
        var pieces: [ByteBuffer] = []
        var first = 0
        var bytes = 0
        var isFull = false
        var isFinished = false
        var failure: (any Error)?
        var waiters: [(id: Int, continuation: CheckedContinuation<ByteBuffer?, any Error>)] = []
        var nextWaiter = 0

        mutating func take() -> ByteBuffer? {
            guard first < pieces.count else { return nil }
            let piece = pieces[first]
            first += 1
            bytes -= piece.readableBytes
            if first == pieces.count {
                pieces.removeAll(keepingCapacity: true)
                first = 0
            }
            return piece
        }
    }

    private enum Step {
        case piece(ByteBuffer, asksForMore: Bool)
        case end((any Error)?)
        case wait
    }

    private let state = Mutex(State())
    private let channel: any Channel
    private let exchange: Int

    init(channel: any Channel, exchange: Int) {
        self.channel = channel
        self.exchange = exchange
    }

    // MARK: the event loop's side

    /// False when the reader is behind, and should be waited for.
    func feed(_ piece: ByteBuffer) -> Bool {
        let (waiter, wantsMore) = state.withLock { state in
            if let waiter = state.waiters.first {
                state.waiters.removeFirst()
                return (waiter.continuation as CheckedContinuation<ByteBuffer?, any Error>?, true)
            }
            state.pieces.append(piece)
            state.bytes += piece.readableBytes
            if state.bytes >= Self.capacity { state.isFull = true }
            return (nil, !state.isFull)
        }
        waiter?.resume(returning: piece)
        return wantsMore
    }

    func finish(throwing error: (any Error)?) {
        let waiters = state.withLock { state in
            guard !state.isFinished else { return [CheckedContinuation<ByteBuffer?, any Error>]() }
            state.isFinished = true
            state.failure = error
            defer { state.waiters = [] }
            return state.waiters.map(\.continuation)
        }
        for waiter in waiters { if let error { waiter.resume(throwing: error) } else { waiter.resume(returning: nil) } }
    }

    // MARK: the reader's side

    func next() async throws -> ByteBuffer? {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in wait(id, continuation) }
        } onCancel: {
            // Before the connection is closed, which would give another reason.
            let waiter = state.withLock { state in
                let index = state.waiters.firstIndex { $0.id == id }
                return index.map { state.waiters.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
            abandon()
        }
    }

    private func wait(_ id: Int, _ continuation: CheckedContinuation<ByteBuffer?, any Error>) {
        let step: Step = state.withLock { state in
            if let piece = state.take() {
                let asksForMore = state.isFull && state.bytes < Self.capacity / 4
                if asksForMore { state.isFull = false }
                return .piece(piece, asksForMore: asksForMore)
            }
            if Task.isCancelled { return .end(CancellationError()) }
            if state.isFinished { return .end(state.failure) }
            state.waiters.append((id, continuation))
            return .wait
        }
        switch step {
        case .piece(let piece, let asksForMore):
            if asksForMore { tell(.more(exchange: exchange)) }
            continuation.resume(returning: piece)
        case .end(let error?): continuation.resume(throwing: error)
        case .end(nil): continuation.resume(returning: nil)
        case .wait: break
        }
    }

    /// Nobody will read on: a connection that is still receiving this body is closed.
    func abandon() {
        let isFinished = state.withLock { $0.isFinished }
        if !isFinished { tell(.abandoned(exchange: exchange)) }
    }

    private func tell(_ demand: BodyDemand) { channel.triggerUserOutboundEvent(demand, promise: nil) }
}

/// Tells the queue when the last holder of a body lets go of it.
final class BodyReader: Sendable {
    let queue: BodyQueue

    init(_ queue: BodyQueue) { self.queue = queue }
    deinit { queue.abandon() }
}
