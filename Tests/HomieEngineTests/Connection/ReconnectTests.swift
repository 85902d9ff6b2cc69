import HomieModel
import HomieSupervisor
import HomieTestSupport
import Logging
import Synchronization
import Testing

@testable import HomieEngine

@Suite(.timeLimit(.minutes(5)))
struct ReconnectTests {
    private func engine(_ path: String) -> DockerEngine {
        DockerEngine(socketPath: path, credentialsPath: "/nonexistent", logger: Logger(label: "test"))
    }

    /// An engine that knows `_ping` and `events`, and ends each event stream after one event when told to.
    private static func serve(_ connection: ScriptedServer.Connection, version: String, streams: RequestLines) {
        while let head = connection.readHead() {
            if head.hasPrefix("GET /_ping") {
                connection.answer("OK", fields: "Api-Version: \(version)\r\n")
            } else if head.contains("/events?") {
                streams.add(head)
                connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                connection.write(#"{"Type":"container","Action":"start","Actor":{"ID":"c"},"timeNano":5}"# + "\n")
            } else {
                connection.answer(status: "404 Not Found", #"{"message":"page not found"}"#)
            }
        }
    }

    @Test func `the event stream comes back when the engine does, and says so`() async throws {
        let streams = RequestLines()
        let first = try ScriptedServer { Self.serve($0, version: "1.41", streams: streams) }
        let path = first.path
        var events = engine(path).events().makeAsyncIterator()
        let started = EngineEvent.container(
            id: "c",
            action: "start",
            attributes: [:],
            at: Timestamp(nanoseconds: 5)
        )
        #expect(await events.next() == .connected)
        #expect(await events.next() == started)
        first.stop()
        guard case .disconnected? = await events.next() else {
            Issue.record("no word of the loss")
            return
        }
        try await Task.sleep(for: .milliseconds(400))
        let second = try ScriptedServer(path: path) { Self.serve($0, version: "1.45", streams: streams) }
        #expect(await events.next() == .connected)
        #expect(await events.next() == started)
        let lines = streams.all
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("GET /v1.41/events?since="))
        #expect(lines[1].hasPrefix("GET /v1.45/events?since="))
        second.stop()
    }

    @Test(arguments: [("1.41", "v1.41"), ("1.45", "v1.45"), ("1.99", "v1.51")])
    func `the version is the engine's, but none newer than we know`(offered: String, used: String) async throws {
        let targets = RequestLines()
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                targets.add(head)
                if head.hasPrefix("GET /_ping") {
                    connection.answer("OK", fields: "Api-Version: \(offered)\r\n")
                } else {
                    connection.answer("[]")
                }
            }
        }
        let engine = engine(server.path)
        #expect(try await engine.containers() == [])
        #expect(try await engine.containers() == [])
        let lines = targets.all
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("GET /\(used)/containers/json?all=1&filters="))
    }

    @Test func `an engine that is too old is refused, with both versions`() async throws {
        let streams = RequestLines()
        let server = try ScriptedServer { Self.serve($0, version: "1.40", streams: streams) }
        await #expect {
            _ = try await engine(server.path).containers()
        } throws: { error in
            "\(error)".contains("version 1.40") && "\(error)".contains("at least 1.41")
        }
    }

    @Test func `pauses between attempts grow up to five seconds`() {
        var delay = ReconnectDelay()
        let pauses = (0..<8).map { _ in delay.next() }
        #expect(pauses.map { Int($0 / .milliseconds(1)) } == [100, 200, 400, 800, 1600, 3200, 5000, 5000])
        delay.reset()
        #expect(delay.next() == .milliseconds(100))
    }
}

/// The first lines of the requests that came.
final class RequestLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    func add(_ head: String) { lines.withLock { $0.append(String(head.prefix { $0 != "\r\n" })) } }
}
