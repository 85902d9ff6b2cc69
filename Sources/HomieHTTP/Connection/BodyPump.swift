internal import NIOCore

/// Feeds one body, and holds reads back while its reader is behind. Bound to the connection's event loop.
struct BodyPump {
    let exchange: Int
    private let queue: BodyQueue
    private var isPaused = false
    private var heldRead = false

    /// The pump, and the body it feeds.
    static func make(channel: any Channel, exchange: Int, peer: String) -> (BodyPump, HTTPBody) {
        let queue = BodyQueue(channel: channel, exchange: exchange)
        return (BodyPump(exchange: exchange, queue: queue), HTTPBody(BodyReader(queue), peer: peer))
    }

    private init(exchange: Int, queue: BodyQueue) {
        self.exchange = exchange
        self.queue = queue
    }

    mutating func feed(_ buffer: ByteBuffer) { if !queue.feed(buffer) { isPaused = true } }

    /// False when a read has to wait for the reader.
    mutating func mayRead() -> Bool {
        if isPaused { heldRead = true }
        return !isPaused
    }

    /// The reader wants more; true when a read was held back and is due now.
    mutating func resume() -> Bool {
        isPaused = false
        defer { heldRead = false }
        return heldRead
    }

    func finish(throwing error: (any Error)? = nil) { queue.finish(throwing: error) }
}
