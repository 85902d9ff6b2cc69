/// The opening handshake of a WebSocket (RFC 6455, section 4).
struct WebSocketConversation: Conversation {
    let path: String
    let host: String

    // The nonce of the RFC's own example and its answer: nothing between here and the container could mistake it.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    var opening: [UInt8] {
        Array(
            """
            GET \(path) HTTP/1.1\r
            Host: \(host)\r
            User-Agent: homied\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: \(Self.key)\r
            Sec-WebSocket-Version: 13\r
            Origin: http://\(host)\r
            \r

            """.utf8
        )
    }

    func judge(_ received: [UInt8], isClosed: Bool) -> Verdict? {
        switch ResponseHead.read(received) {
        case .invalid: .failed("answered something that is not HTTP")
        case .incomplete: isClosed ? .failed("closed the connection without an answer") : nil
        case .complete(let head) where head.status != 101: .failed("answered \(head.status), not 101")
        case .complete(let head) where head.field("sec-websocket-accept") != Self.accept:
            .failed("answered 101 without the key that opens a WebSocket")
        case .complete: .passed("opened a WebSocket")
        }
    }
}
