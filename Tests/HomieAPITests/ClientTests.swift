import HomieAPI
import HomieModel
import Synchronization
import Testing

/// Answers from a list, and remembers what was asked.
final class ScriptedTransport: APITransport {
    private let asked = Mutex<[APIRequest]>([])
    let status: Int
    let chunks: [[UInt8]]

    init(status: Int = 200, _ answer: some Encodable) throws {
        self.status = status
        chunks = [try JSONText.bytes(answer)]
    }

    init(status: Int = 200, chunks: [[UInt8]]) {
        self.status = status
        self.chunks = chunks
    }

    var requests: [APIRequest] { asked.withLock { $0 } }

    func send(_ request: APIRequest) async throws -> APIResponse {
        asked.withLock { $0.append(request) }
        return APIResponse(status: status, body: chunks.flatMap(\.self))
    }

    func stream(_ request: APIRequest) async throws -> APIStreamResponse {
        asked.withLock { $0.append(request) }
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        for chunk in chunks { continuation.yield(chunk) }
        continuation.finish()
        return APIStreamResponse(status: status, body: stream)
    }
}

@Suite("Client")
struct ClientTests {
    @Test func `routes are read as a daemon tells of them that publishes no names`() async throws {
        let document = """
            {"routes":[{"stack":"shop","service":"web","number":1,"urls":["https://web.homie.local/"],"port":80,
            "access":"user","replicas":[{"container":"aaaaaaaaaaaa","address":"172.20.0.2","port":80,"weight":100,
            "state":"serving","connections":2}],"problem":"there is none"}]}
            """
        let client = APIClient(transport: ScriptedTransport(chunks: [Array(document.utf8)]))
        let route = try #require(try await client.routes().first)
        #expect(route.published == [] && route.version == nil && route.name == nil)
        #expect(route.access == .user && route.replicas.map(\.connections) == [2] && route.problem == "there is none")
        // With all it can have it is the same behind the wire.
        var full = route
        full.published = [PublishedName(name: "web.homie.local", state: .taken, problem: "another device has it")]
        full.version = "v1"
        full.address = "http://10.0.0.1"
        full.name = try RouteName(parsing: "nas")
        let next = APIClient(transport: try ScriptedTransport(RoutesAnswer(routes: [full])))
        #expect(try await next.routes() == [full])
    }

    @Test("calls become requests, and answers records")
    func calls() async throws {
        let transport = try ScriptedTransport(status: 202, try Samples.deployment(.running))
        let client = APIClient(transport: transport)
        let deployment = try await client.apply(["name": "shop"], as: try Samples.stack())
        #expect(deployment == (try Samples.deployment(.running)))
        _ = try await client.remove(try Samples.stack(), removesVolumes: true)
        _ = try await client.rollback(try Samples.stack(), to: 2)
        _ = try await client.deployment(7)
        #expect(
            transport.requests.map { "\($0.method.rawValue) \($0.target)" } == [
                "PUT /api/v1/stacks/shop", "DELETE /api/v1/stacks/shop?volumes=true",
                "POST /api/v1/stacks/shop/rollback", "GET /api/v1/deployments/7",
            ]
        )
        let body = try JSONValue(parsing: transport.requests[0].body ?? [])
        #expect(Schema.reference("ApplyRequest").violations(in: body).isEmpty)
        #expect(transport.requests[0].headers["content-type"] == "application/json")
        #expect(transport.requests[3].body == nil)
    }

    @Test("requests fit the endpoints they are for")
    func requestsFit() async throws {
        let transport = try ScriptedTransport(EventsAnswer(events: [try Samples.event()]))
        let client = APIClient(transport: transport)
        let query = EventQuery(
            stack: try Samples.stack(),
            service: try Samples.service(),
            deployment: 1,
            after: 0,
            limit: 5
        )
        #expect(try await client.events(query) == [try Samples.event()])
        let target = try #require(transport.requests.first?.target)
        let parts = target.split(separator: "?")
        let route = try Route(method: "GET", path: String(parts[0]))
        #expect(try Query(parts[1], of: route.endpoint).integer("limit") == 5)
    }

    @Test("problems become errors with kind, hint and causes")
    func problems() async throws {
        let problem = ProblemDocument(status: 404, detail: "there is no stack 'x'", kind: .notFound, hint: "look")
        let client = APIClient(transport: try ScriptedTransport(status: 404, problem))
        await #expect {
            try await client.stack(try Samples.stack("x"))
        } throws: { error in
            let known = error as? APIError
            return known?.kind == .notFound && known?.hint == "look" && known?.summary == "there is no stack 'x'"
        }
        await #expect {
            try await client.logs(of: "x")
        } throws: { error in
            (error as? APIError)?.kind == .notFound
        }
    }

    @Test("an answer that is not the API's is an error, not a crash")
    func rubbish() async throws {
        for status in [200, 500] {
            let client = APIClient(transport: ScriptedTransport(status: status, chunks: [Array("<html>".utf8)]))
            await #expect {
                try await client.stacks()
            } throws: { error in
                guard case .unexpected(status, _) = error as? APIError else { return false }
                return true
            }
        }
    }

    @Test("an event stream is read however it is cut", arguments: [1, 2, 7, 1000])
    func eventStream(size: Int) async throws {
        let events = [try Samples.event(1), try Samples.event(2)]
        var text = "retry: 2000\n" + ServerSentEvent.comment("connected")
        for event in events {
            text +=
                ServerSentEvent(id: "\(event.id)", data: String(decoding: try JSONText.bytes(event), as: UTF8.self))
                .text
            text += ServerSentEvent.comment("heartbeat")
        }
        let bytes = Array(text.utf8)
        let chunks = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        let client = APIClient(transport: ScriptedTransport(chunks: chunks))
        var received: [EventRecord] = []
        for try await event in try await client.eventStream(EventQuery(after: 0)) { received.append(event) }
        #expect(received == events)
    }

    @Test("log lines come one by one, blank lines are passed over")
    func logs() async throws {
        let entries = [
            LogEntry(at: Samples.at, channel: .stdout, text: "ü"), LogEntry(at: nil, channel: .stderr, text: ""),
        ]
        let bytes = try entries.flatMap { try JSONText.bytes($0) + Array("\r\n\n".utf8) }
        let chunks = stride(from: 0, to: bytes.count, by: 3).map { Array(bytes[$0..<min($0 + 3, bytes.count)]) }
        let transport = ScriptedTransport(chunks: chunks)
        let stream = try await APIClient(transport: transport).logs(
            of: "a b",
            follows: true,
            tail: 3,
            since: Samples.at
        )
        var received: [LogEntry] = []
        for try await entry in stream { received.append(entry) }
        #expect(received == entries)
        let since = PercentEncoding.encode(Samples.at.rfc3339)
        #expect(
            transport.requests.first?.target == "/api/v1/containers/a%20b/logs?follow=true&tail=3&since=\(since)"
        )
    }

    @Test("server-sent events follow the standard's details")
    func serverSentEvents() throws {
        var reader = ServerSentEventReader()
        let text = ": hi\nid:1\ndata: a\ndata:b\nunknown: x\n\nid: 2\n\ndata\n\n"
        let events = try reader.read(text.utf8)
        #expect(events == [ServerSentEvent(id: "1", data: "a\nb"), ServerSentEvent(id: "2", data: "")])
        #expect(ServerSentEvent(id: "1", data: "a\nb").text == "id: 1\ndata: a\ndata: b\n\n")
    }

    @Test("a line without end is refused")
    func endless() {
        var reader = LineReader()
        #expect(throws: LineReader.TooLong.self) { try reader.read([UInt8](repeating: 0x61, count: 5 << 20)) }
    }
}
