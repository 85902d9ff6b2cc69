import HomieModel

/// A GET request over HTTP/1.1 (RFC 9112).
struct HTTPConversation: Conversation {
    let probe: HTTPProbe
    let address: String

    /// So much of a body is looked at.
    static let bodyLimit = 64 * 1024

    var opening: [UInt8] {
        let authority = address.contains(":") ? "[\(address)]" : address
        let host = probe.host ?? (probe.port == 80 ? authority : "\(authority):\(probe.port)")
        return Array(
            """
            GET \(probe.path) HTTP/1.1\r
            Host: \(host)\r
            User-Agent: homied\r
            Accept: */*\r
            Connection: close\r
            \r

            """.utf8
        )
    }

    func judge(_ received: [UInt8], isClosed: Bool) -> Verdict? {
        let head: ResponseHead
        switch ResponseHead.read(received) {
        case .invalid: return .failed("answered something that is not HTTP")
        case .incomplete: return isClosed ? .failed("closed the connection without an answer") : nil
        case .complete(let whole): head = whole
        }
        // Without words to look for in it, the body is not waited for.
        guard probe.body != nil, probe.accepts(head.status) else { return probe.verdict(on: head.status, []) }
        let body = BodyText.read(received[head.bodyStart...], head)
        let isOver = body.isComplete || isClosed || body.bytes.count >= Self.bodyLimit
        let verdict = probe.verdict(on: head.status, body.bytes)
        return verdict.isPassed || isOver ? verdict : nil
    }
}

extension HTTPProbe {
    func accepts(_ status: Int) -> Bool { statuses.contains { $0.contains(status) } }

    /// What an answer is worth when its body is this.
    func verdict(on status: Int, _ received: [UInt8]) -> Verdict {
        guard accepts(status) else {
            let wanted = statuses.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
            return .failed("answered \(status), not \(wanted.joined(separator: ", "))")
        }
        guard let words = body else { return .passed("answered \(status)") }
        if received.firstRange(of: Array(words.utf8)) != nil { return .passed("answered \(status) with '\(words)'") }
        return .failed("answered \(status) without '\(words)'")
    }
}

/// The body of an answer as far as it is there, without its chunks' frames (RFC 9112, section 7.1).
struct BodyText: Hashable {
    var bytes: [UInt8]
    var isComplete: Bool

    static func read(_ raw: ArraySlice<UInt8>, _ head: ResponseHead) -> BodyText {
        guard head.field("transfer-encoding")?.lowercased().contains("chunked") == true else {
            let length = head.field("content-length").flatMap { Int($0) }
            return BodyText(bytes: Array(raw), isComplete: length.map { raw.count >= $0 } ?? false)
        }
        var body: [UInt8] = []
        var rest = raw
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let text = String(decoding: rest[..<line.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let size = Int(text.filter { $0 != " " }, radix: 16), size >= 0 else {
                return BodyText(bytes: body, isComplete: true)
            }
            if size == 0 { return BodyText(bytes: body, isComplete: true) }
            let chunk = rest[line.upperBound...]
            body += chunk.prefix(size)
            // A size is the container's word: it may be any number.
            guard chunk.count - 2 >= size else { break }
            rest = chunk.dropFirst(size + 2)
        }
        return BodyText(bytes: body, isComplete: false)
    }
}
