import HomieModel
import Testing

@testable import HomieProbe

@Suite struct ConversationTests {
    private func http(_ probe: HTTPProbe, _ answer: String, isClosed: Bool = false) -> Verdict? {
        HTTPConversation(probe: probe, address: "10.0.0.2").judge(Array(answer.utf8), isClosed: isClosed)
    }

    @Test func `status, body and what is missing decide over HTTP`() {
        let plain = HTTPProbe(port: 8080)
        #expect(http(plain, "HTTP/1.1 20") == nil)
        #expect(http(plain, "HTTP/1.1 204 No Content\r\n\r\n") == .passed("answered 204"))
        #expect(http(plain, "HTTP/1.1 503 Busy\r\n\r\n") == .failed("answered 503, not 200–399"))
        #expect(http(plain, "SSH-2.0-OpenSSH") == .failed("answered something that is not HTTP"))
        #expect(http(plain, "", isClosed: true) == .failed("closed the connection without an answer"))
        let words = HTTPProbe(port: 80, statuses: [200...200], body: "\"ok\"")
        #expect(http(words, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"state") == nil)
        let other = http(words, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope")
        #expect(other == .failed("answered 200 without '\"ok\"'"))
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"o\r\n"
        #expect(http(words, head + "4\r\n\"ok\"\r\n")?.isPassed == true)
        #expect(http(words, head + "4\r\n\"no\"\r\n0\r\n\r\n")?.isPassed == false)
    }

    @Test func `the request names host and port as RFC 9110 has it`() {
        let request = String(
            decoding: HTTPConversation(probe: HTTPProbe(port: 8080, path: "/h"), address: "fd00::2").opening,
            as: UTF8.self
        )
        #expect(request.hasPrefix("GET /h HTTP/1.1\r\nHost: [fd00::2]:8080\r\n"))
        #expect(request.hasSuffix("\r\n\r\n"))
    }

    @Test func `a WebSocket opens with the right key alone`() {
        let talk = WebSocketConversation(path: "/", host: "a")
        func answer(_ key: String) -> [UInt8] {
            Array("HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: \(key)\r\n\r\n".utf8)
        }
        #expect(talk.judge(answer("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), isClosed: false)?.isPassed == true)
        #expect(talk.judge(answer("xxxPLMBiTxaQ9kYGzzhZRbK+xOo="), isClosed: false)?.isPassed == false)
        #expect(talk.judge(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), isClosed: false) == .failed("answered 200, not 101"))
    }

    @Test func `gRPC states are read from the message`() {
        let talk = GRPCConversation(service: "", authority: "a:1")
        func answer(_ message: [UInt8]) -> [UInt8] {
            let body: [UInt8] = [0, 0, 0, 0, UInt8(message.count)] + message
            let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
            let head: [UInt8] = [0, 0, UInt8(body.count), 0, 0, 0, 0, 0, 1]
            return settings + head + body
        }
        #expect(talk.judge(Array(answer([8, 1]).dropLast()), isClosed: false) == nil)
        #expect(talk.judge(answer([8, 1]), isClosed: false) == .passed("is SERVING"))
        #expect(talk.judge(answer([8, 2]), isClosed: false) == .failed("is NOT_SERVING"))
        #expect(talk.judge(answer([]), isClosed: false) == .failed("is UNKNOWN"))
        let trailersOnly: [UInt8] = [0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88]
        #expect(talk.judge(trailersOnly, isClosed: false)?.isPassed == false)
        #expect(talk.judge(Array("HTTP/1.1 400 Bad Request\r\n".utf8), isClosed: false)?.isPassed == false)
    }

    @Test(arguments: ["7fffffffffffffff", "7ffffffffffffffe", "ffffffffffffffff", "-8000000000000000", "-1"])
    func `a chunk of any size that a container claims ends in a verdict`(size: String) {
        let probe = HTTPProbe(port: 80, body: "ok")
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(http(probe, head + "\(size)\r\nno", isClosed: true)?.isPassed == false)
        let page = PageConversation(port: 80, path: "/metrics", address: "10.0.0.2")
        #expect(page.judge(Array((head + "\(size)\r\nabc").utf8), isClosed: true)?.isPassed == true)
    }

    @Test(arguments: ["9223372036854775807", "9223372036854775808", "-1", "-9223372036854775808"])
    func `a length of any size that a container claims ends in a verdict`(length: String) {
        let probe = HTTPProbe(port: 80, body: "ok")
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\nno"
        #expect(http(probe, answer, isClosed: true)?.isPassed == false)
    }

    @Test func `a message of any length that a container claims ends in a verdict`() {
        let talk = GRPCConversation(service: "", authority: "a:1")
        for length in [[UInt8](repeating: 0xff, count: 4), [0x7f, 0xff, 0xff, 0xff]] {
            let body: [UInt8] = [0] + length + [8, 1]
            let frame: [UInt8] = [0, 0, UInt8(body.count), 0, 0, 0, 0, 0, 1] + body
            #expect(talk.judge(frame, isClosed: true)?.isPassed == false)
        }
    }

    @Test func `hostile answers end in a verdict, never in a trap`() {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<5000 {
            let count = Int.random(in: 0...80, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if round.isMultiple(of: 2) {
                bytes = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8) + bytes
            }
            let all: [any Conversation] = [
                HTTPConversation(probe: HTTPProbe(port: 80, body: "x"), address: "a"),
                WebSocketConversation(path: "/", host: "a"), GRPCConversation(service: "s", authority: "a"),
            ]
            for talk in all { #expect(talk.judge(bytes, isClosed: true) != nil) }
        }
    }
}
