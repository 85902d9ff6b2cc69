internal import NIOCore
internal import NIOHTTP1

/// What the connection's handler is told to send.
enum Outgoing: Sendable {
    case request(Exchange)
    case chunk(ByteBuffer)
    /// The end of a streamed body.
    case end
}

/// A request, and whom to tell about the answer.
struct Exchange: Sendable {
    var head: HTTPRequestHead
    /// What the peer is called in messages.
    var peer: String
    /// The whole body; nil when it is streamed, or there is none.
    var body: ByteBuffer?
    var isStreamed: Bool
    var wantsUpgrade: Bool
    var headTimeout: TimeAmount?
    var answer: EventLoopPromise<Answer>
}

/// The head of an answer, with its body still to come.
struct Answer: Sendable {
    var head: HTTPResponseHead
    var body: HTTPBody
    /// True when the connection now carries raw bytes both ways.
    var isUpgraded: Bool
}

/// A connection failed while an exchange was on it.
struct ExchangeFailure: Error {
    /// True when not a byte of the request reached the peer, so that it may be sent again.
    var nothingSent: Bool
    /// True when not a byte of an answer came.
    var nothingReceived: Bool
    var cause: (any Error)?
}
