/// What is said over one connection, and what the answer must be. Holds no connection: bytes in, verdict out.
protocol Conversation: Sendable {
    /// Sent as soon as the connection is open.
    var opening: [UInt8] { get }
    /// The verdict on everything received so far; nil while more is needed.
    func judge(_ received: [UInt8], isClosed: Bool) -> Verdict?
}

/// Whether an answer is as it must be, and what it was, as a clause.
struct Verdict: Sendable, Hashable {
    var isPassed: Bool
    var detail: String

    static func passed(_ detail: String) -> Verdict { Verdict(isPassed: true, detail: detail) }
    static func failed(_ detail: String) -> Verdict { Verdict(isPassed: false, detail: detail) }
}

/// A connection that opens says it all.
struct TCPConversation: Conversation {
    let opening: [UInt8] = []

    func judge(_ received: [UInt8], isClosed: Bool) -> Verdict? { .passed("accepted the connection") }
}
