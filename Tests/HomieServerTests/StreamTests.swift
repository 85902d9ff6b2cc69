import HomieAPI
import HomieModel
import HomieServer
import HomieSupervisor
import Synchronization
import Testing

@Suite("Streams", .timeLimit(.minutes(5)))
struct StreamTests {
    /// Waits until a condition holds.
    private func eventually(_ condition: @Sendable () -> Bool) async throws {
        for _ in 1...6000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }

    @Test("events come as a page of JSON, newest last")
    func page() async throws {
        try await RunningServer.with { server in
            for id in 1...5 { server.control.emit(try Samples.event(Int64(id), stack: id == 3 ? "blog" : "shop")) }
            let shop = try StackName(parsing: "shop")
            #expect(try await server.client.events(EventQuery(stack: shop, limit: 2)).map(\.id) == [4, 5])
            #expect(try await server.client.events(EventQuery(after: 3)).map(\.id) == [4, 5])
        }
    }

    @Test("an event stream begins after the ID asked for and goes on with what comes")
    func resume() async throws {
        try await RunningServer.with { server in
            for id in 1...3 { server.control.emit(try Samples.event(Int64(id))) }
            let stream = try await server.client.eventStream(EventQuery(after: 1))
            try await eventually { server.control.listenerCount == 1 }
            server.control.emit(try Samples.event(4))
            var ids: [Int64] = []
            for try await event in stream {
                ids.append(event.id)
                if ids.count == 3 { break }
            }
            #expect(ids == [2, 3, 4])
        }
    }

    @Test("Last-Event-ID resumes without a gap and without doubles, ids are on the wire")
    func lastEventID() async throws {
        try await RunningServer.with { server in
            for id in 1...4 { server.control.emit(try Samples.event(Int64(id))) }
            let text = try await SocketConnection.open(server.path) { connection in
                try await connection.send(
                    "GET /api/v1/events HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\nlast-event-id: 2\r\n\r\n"
                )
                let head = try await connection.head()
                #expect(head.headers["content-type"] == "text/event-stream")
                var text = ""
                while !text.contains("id: 4\n") {
                    text += String(decoding: try await connection.chunk() ?? [], as: UTF8.self)
                }
                return text
            }
            #expect(!text.contains("id: 2\n"))
            #expect(text.contains("id: 3\ndata: {"))
            let bad = try await server.get(
                "/api/v1/events",
                headers: "accept: text/event-stream\r\nlast-event-id: x\r\n"
            )
            #expect(bad.status == 400)
        }
    }

    @Test("events the live stream dropped are filled in from the store")
    func gap() async throws {
        try await RunningServer.with { server in
            let stream = try await server.client.eventStream(EventQuery())
            try await eventually { server.control.listenerCount == 1 }
            server.control.emit(try Samples.event(10))
            for id in 11...14 { server.control.emit(try Samples.event(Int64(id)), live: false) }
            server.control.emit(try Samples.event(15))
            var ids: [Int64] = []
            for try await event in stream {
                ids.append(event.id)
                if event.id == 15 { break }
            }
            #expect(ids == [10, 11, 12, 13, 14, 15])
        }
    }

    @Test("a filtered stream shows only what was asked for")
    func filter() async throws {
        try await RunningServer.with { server in
            let stream = try await server.client.eventStream(
                EventQuery(stack: try StackName(parsing: "blog"), after: 0)
            )
            try await eventually { server.control.listenerCount == 1 }
            for id in 1...6 { server.control.emit(try Samples.event(Int64(id), stack: id % 3 == 0 ? "blog" : "shop")) }
            var ids: [Int64] = []
            for try await event in stream {
                ids.append(event.id)
                if event.id == 6 { break }
            }
            #expect(ids == [3, 6])
        }
    }

    @Test("a quiet event stream shows by comments that it lives")
    func heartbeat() async throws {
        try await RunningServer.with(heartbeat: .milliseconds(30)) { server in
            try await SocketConnection.open(server.path) { connection in
                try await connection.send(
                    "GET /api/v1/events HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\n\r\n"
                )
                _ = try await connection.head()
                var text = ""
                while text.split(separator: "\n").count(where: { $0 == ": heartbeat" }) < 3 {
                    text += String(decoding: try await connection.chunk() ?? [], as: UTF8.self)
                }
                #expect(text.hasPrefix("retry: 2000\n: connected\n\n"))
            }
        }
    }

    @Test("when the client goes away the server lets go of the event stream")
    func goingAway() async throws {
        try await RunningServer.with { server in
            try await SocketConnection.open(server.path) { connection in
                try await connection.send(
                    "GET /api/v1/events HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\n\r\n"
                )
                _ = try await connection.head()
                try await eventually { server.control.listenerCount == 1 }
            }
            try await eventually { server.control.listenerCount == 0 }
        }
    }

    @Test("a shutdown ends open streams instead of waiting for them", .timeLimit(.minutes(3)))
    func shutdown() async throws {
        let stream = try await RunningServer.with { server in
            server.control.state.withLock { $0.logStaysOpen = true }
            let logs = try await server.client.logs(of: "shop-web-1", follows: true)
            let events = try await server.client.eventStream(EventQuery(after: 0))
            try await eventually { server.control.listenerCount == 1 }
            return (logs, events)
        }
        for try await _ in stream.0 {}
        for try await _ in stream.1 {}
    }

    @Test("a log comes line by line, also large and strange ones")
    func logs() async throws {
        try await RunningServer.with { server in
            var lines = (1...500).map {
                LogLine(at: Samples.at, channel: $0 % 2 == 0 ? .stdout : .stderr, text: "line \($0)")
            }
            lines.append(LogLine(at: nil, channel: .stdout, text: "\u{1B}[31mred\u{1B}[0m \"quoted\" \t ☃ \u{2028}"))
            lines.append(LogLine(at: nil, channel: .stdout, text: String(repeating: "x", count: 300_000)))
            server.control.state.withLock { $0.log = lines }
            var received: [LogEntry] = []
            for try await entry in try await server.client.logs(of: "shop-web-1", tail: 9) { received.append(entry) }
            #expect(received.map(\.text) == lines.map(\.text))
            #expect(received.first?.at == Samples.at && received.first?.channel == .stderr)
            #expect(server.control.calls == ["logs shop-web-1 follows=false tail=9"])
        }
    }

    @Test("a log that breaks off does not look complete")
    func brokenLog() async throws {
        try await RunningServer.with { server in
            server.control.state.withLock { state in
                state.log = [LogLine(at: nil, channel: .stdout, text: "first")]
                state.logError = CancellationError()
            }
            var received: [LogEntry] = []
            await #expect(throws: (any Error).self) {
                for try await entry in try await server.client.logs(of: "shop-web-1") { received.append(entry) }
            }
            #expect(received.map(\.text) == ["first"])
        }
    }

    @Test("when the client goes away the server lets go of the log")
    func goingAwayFromLog() async throws {
        try await RunningServer.with { server in
            server.control.state.withLock { $0.logStaysOpen = true }
            try await SocketConnection.open(server.path) { connection in
                try await connection.send("GET /api/v1/containers/a/logs?follow HTTP/1.1\r\nhost: h\r\n\r\n")
                _ = try await connection.head()
            }
            try await eventually { server.control.state.withLock { $0.endedLogs } == 1 }
        }
    }

    @Test("only lines with a text in them are sent, the last so many of those")
    func grep() async throws {
        try await RunningServer.with { server in
            server.control.state.withLock { state in
                state.log = ["a 1", "b 2", "a 3", "a 4", "b 5"].map { LogLine(at: nil, channel: .stdout, text: $0) }
            }
            func texts(_ tail: Int?) async throws -> [String] {
                var found: [String] = []
                for try await entry in try await server.client.logs(of: "web", tail: tail, containing: "a ") {
                    found.append(entry.text)
                }
                return found
            }
            #expect(try await texts(nil) == ["a 1", "a 3", "a 4"])
            #expect(try await texts(2) == ["a 3", "a 4"])
            #expect(try await texts(0) == [])
            #expect(server.control.calls.allSatisfy { $0 == "logs web follows=false tail=-1" })
            let empty = try await server.get("/api/v1/containers/web/logs?grep=")
            #expect(empty.status == 400)
        }
    }
}
