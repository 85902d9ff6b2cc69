/// `grpc.health.v1.Health/Check` (<https://github.com/grpc/grpc/blob/master/doc/health-checking.md>) as one request over
/// HTTP/2 with prior knowledge (RFC 9113, section 3.3).
///
/// The answer's message tells the state; its header fields, which would need a decoder for compressed names, need not be
/// read: an answer without a message is a refusal.
struct GRPCConversation: Conversation {
    let service: String
    let authority: String

    private enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let goAway: UInt8 = 7
    }

    var opening: [UInt8] {
        var bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        bytes += Self.frame(Kind.settings, flags: 0, stream: 0, [])
        bytes += Self.frame(Kind.headers, flags: 0x4, stream: 1, fields)
        let message = request
        let length = UInt32(message.count)
        let prefix: [UInt8] = [0] + Self.bytes(of: length)
        bytes += Self.frame(Kind.data, flags: 0x1, stream: 1, prefix + message)
        return bytes
    }

    func judge(_ received: [UInt8], isClosed: Bool) -> Verdict? {
        var rest = received[...]
        var message: [UInt8] = []
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard length <= 1 << 16 else { return .failed("answered something that is not HTTP/2") }
            guard rest.count >= 9 + length else { break }
            let stream = UInt32(head[5] & 0x7f) << 24 | UInt32(head[6]) << 16 | UInt32(head[7]) << 8 | UInt32(head[8])
            let payload = Array(rest.dropFirst(9).prefix(length))
            rest = rest.dropFirst(9 + length)
            let isEnd = head[4] & 0x1 != 0
            switch head[3] {
            case Kind.data where stream == 1:
                message += Self.unpadded(payload, flags: head[4])
                if let verdict = Self.verdict(on: message) { return verdict }
                if isEnd { return .failed("answered without a state") }
            case Kind.headers where stream == 1 && isEnd:
                return .failed("answered without a state: it does not know the service, or has no health service")
            case Kind.reset where stream == 1, Kind.goAway: return .failed("refused the request")
            default: continue
            }
        }
        return isClosed ? .failed("closed the connection without an answer") : nil
    }

    /// `HealthCheckResponse`: field 1 is the state; 1 means SERVING.
    private static func verdict(on message: [UInt8]) -> Verdict? {
        guard message.count >= 5 else { return nil }
        let length = message[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard message.count >= 5 + length else { return nil }
        let body = Array(message[5..<5 + length])
        // Zero, UNKNOWN, is what protobuf leaves out.
        let state = body.count >= 2 && body[0] == 0x08 ? body[1] : 0
        let names = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]
        let name = Int(state) < names.count ? names[Int(state)] : "state \(state)"
        return state == 1 ? .passed("is SERVING") : .failed("is \(name)")
    }

    private static func unpadded(_ payload: [UInt8], flags: UInt8) -> [UInt8] {
        guard flags & 0x8 != 0, let padding = payload.first else { return payload }
        return Array(payload.dropFirst().dropLast(Int(padding)))
    }

    /// `HealthCheckRequest`: field 1 is the service's name, left out when empty.
    private var request: [UInt8] {
        let name = Array(service.utf8.prefix(127))
        return name.isEmpty ? [] : [0x0a, UInt8(name.count)] + name
    }

    /// Header fields as literals that no table remembers (RFC 7541, section 6.2.2).
    private var fields: [UInt8] {
        [
            (":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"),
            (":authority", authority), ("content-type", "application/grpc"), ("te", "trailers"),
            ("user-agent", "homied"),
        ].flatMap { [0] + Self.text($0.0) + Self.text($0.1) }
    }

    /// Without Huffman coding; all our texts are shorter than 127 bytes.
    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(126))
        return [UInt8(bytes.count)] + bytes
    }

    private static func frame(_ kind: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        Array(bytes(of: UInt32(payload.count)).dropFirst()) + [kind, flags] + bytes(of: stream) + payload
    }

    private static func bytes(of number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 0xff), UInt8(number >> 8 & 0xff), UInt8(number & 0xff)]
    }
}
