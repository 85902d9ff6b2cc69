internal import NIOCore

/// The body of a response, in pieces of bytes as they come. It can be read once.
///
/// Reading slowly slows the sender. Letting go of an unfinished body, or cancelling the task that waits for its next
/// piece, closes the connection.
public struct HTTPBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    private let reader: BodyReader?
    private let whole: [UInt8]
    private let peer: String

    init(_ reader: BodyReader, peer: String) {
        self.reader = reader
        self.peer = peer
        whole = []
    }

    /// A body that is here already.
    public init(_ bytes: [UInt8]) {
        reader = nil
        peer = ""
        whole = bytes
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let reader: BodyReader?
        fileprivate let peer: String
        fileprivate var whole: [UInt8]?

        /// - Throws: ``HTTPError/closed(peer:)`` when the connection ended before the body did, `CancellationError`.
        public mutating func next() async throws -> [UInt8]? {
            guard let reader else {
                defer { whole = nil }
                return whole
            }
            do {
                guard let piece = try await reader.queue.next() else { return nil }
                return Array(piece.readableBytesView)
            } catch is ExchangeFailure {
                throw HTTPError.closed(peer: peer)
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(reader: reader, peer: peer, whole: whole.isEmpty ? nil : whole)
    }

    /// The whole body.
    ///
    /// - Throws: ``HTTPError/bodyTooLarge(limit:)`` as soon as it is longer than `limit` bytes.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        var collected: [UInt8] = []
        for try await piece in self {
            guard collected.count + piece.count <= limit else { throw HTTPError.bodyTooLarge(limit: limit) }
            if collected.isEmpty { collected = piece } else { collected += piece }
        }
        return collected
    }
}
