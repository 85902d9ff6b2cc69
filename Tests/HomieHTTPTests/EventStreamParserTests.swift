import Testing

@testable import HomieHTTP

struct EventStreamParserTests {
    private static let stream =
        "\u{FEFF}: hello\nevent: note\ndata: one\ndata:two\nid: 7\n\ndata\r\n\r\nretry: 250\rdata: x\r\r"
    private static let events = [
        ServerSentEvent(name: "note", data: "one\ntwo", id: "7"),
        ServerSentEvent(data: "", id: "7"),
        ServerSentEvent(data: "x", id: "7"),
    ]

    @Test func `reads all line ends, comments and fields`() throws {
        var parser = EventStreamParser()
        #expect(try parser.push(Self.stream.utf8) == Self.events)
        #expect(parser.retryDelay == .milliseconds(250))
    }

    @Test func `gives the same wherever the stream is cut`() throws {
        let bytes = Array(Self.stream.utf8)
        for cut in bytes.indices {
            var parser = EventStreamParser()
            let events = try parser.push(bytes[..<cut]) + parser.push(bytes[cut...])
            #expect(events == Self.events)
        }
    }

    @Test func `refuses an event without end`() {
        var parser = EventStreamParser(limit: 100)
        #expect(throws: HTTPError.self) { try parser.push([UInt8](repeating: 0x61, count: 200)) }
    }
}
