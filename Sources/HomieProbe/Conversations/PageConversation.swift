import HomieModel

/// A GET request whose body is wanted; the verdict's words are the body.
struct PageConversation: Conversation {
    let port: UInt16
    let path: String
    let address: String

    static let bodyLimit = 1 << 20

    var opening: [UInt8] { HTTPConversation(probe: HTTPProbe(port: port, path: path), address: address).opening }

    func judge(_ received: [UInt8], isClosed: Bool) -> Verdict? {
        switch ResponseHead.read(received) {
        case .invalid: return .failed("answered something that is not HTTP")
        case .incomplete: return isClosed ? .failed("closed the connection without an answer") : nil
        case .complete(let head):
            guard head.status == 200 else { return .failed("answered \(head.status)") }
            let body = BodyText.read(received[head.bodyStart...], head)
            return body.isComplete || isClosed ? .passed(String(decoding: body.bytes, as: UTF8.self)) : nil
        }
    }
}
