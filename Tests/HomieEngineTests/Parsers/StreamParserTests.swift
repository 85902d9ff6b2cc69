import HomieHTTP
import HomieModel
import HomieSupervisor
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

struct StreamParserTests {
    private static let time = "2026-11-24T01:02:03.456789012Z"

    private func frame(_ channel: UInt8, _ text: String) -> [UInt8] {
        let payload = Array(text.utf8)
        let length = UInt32(payload.count)
        return [channel, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) } + payload
    }

    @Test func `frames and log lines are the same wherever the stream is cut`() throws {
        let stream =
            frame(1, "\(Self.time) one\n") + frame(2, "\(Self.time) bad\n") + frame(1, "\(Self.time) be")
            + frame(2, "\(Self.time) \n") + frame(1, "\(Self.time) gin\n") + frame(1, "\(Self.time) rest")
        let at = try #require(Timestamp(rfc3339: Self.time))
        let wanted = [
            LogLine(at: at, channel: .stdout, text: "one"), LogLine(at: at, channel: .stderr, text: "bad"),
            LogLine(at: at, channel: .stderr, text: ""), LogLine(at: at, channel: .stdout, text: "begin"),
            LogLine(at: at, channel: .stdout, text: "rest"),
        ]
        for cut in stream.indices {
            var decoder = FrameDecoder()
            let frames = decoder.push(Array(stream[..<cut])) + decoder.push(Array(stream[cut...]))
            #expect(frames.count == 6)
            #expect(frames.map(\.channel) == [.stdout, .stderr, .stdout, .stderr, .stdout, .stdout])
            var parser = LogParser(format: .multiplexed)
            #expect(parser.push(Array(stream[..<cut])) + parser.push(Array(stream[cut...])) + parser.finish() == wanted)
        }
    }

    @Test func `a terminal's log has lines with carriage returns and no frames`() throws {
        let stream = Array("\(Self.time) a b\r\n\(Self.time) \r\nno time".utf8)
        for cut in stream.indices {
            var parser = LogParser(format: .raw)
            let lines = parser.push(Array(stream[..<cut])) + parser.push(Array(stream[cut...])) + parser.finish()
            #expect(lines.map(\.text) == ["a b", "", "no time"])
            #expect(lines.map { $0.at == nil } == [false, false, true])
        }
    }

    @Test func `a line without end is given in parts`() {
        var splitter = LineSplitter(limit: 10)
        #expect(splitter.push(Array("0123456789abc".utf8)).map { $0.count } == [13])
        #expect(splitter.push(Array("x\ny".utf8)).map { Array($0) } == [[0x78]])
        #expect(splitter.finish().map { Array($0) } == [0x79])
        #expect(splitter.finish() == nil)
    }

    @Test func `events of containers are read, others are not`() {
        let line = """
            {"status":"die","id":"abc","Type":"container","Action":"die","Actor":{"ID":"abc","Attributes":\
            {"exitCode":"137","name":"web"}},"scope":"local","time":1,"timeNano":1500000000}
            """
        #expect(
            EngineEvent(line: line.utf8)
                == .container(
                    id: "abc",
                    action: "die",
                    attributes: ["exitCode": "137", "name": "web"],
                    at: Timestamp(nanoseconds: 1_500_000_000)
                )
        )
        let network = #"{"Type":"network","Action":"connect","Actor":{"ID":"n"}}"#
        #expect(EngineEvent(line: network.utf8) == nil)
        #expect(EngineEvent(line: "{".utf8) == nil)
        let far = #"{"Type":"container","Action":"die","Actor":{"ID":"a"},"time":9223372036854775807}"#
        let end = Timestamp(nanoseconds: .max)
        #expect(EngineEvent(line: far.utf8) == .container(id: "a", action: "die", attributes: [:], at: end))
    }

    @Test func `progress adds up the layers, and an error in the stream is thrown`() async throws {
        let seen = Mutex<[PullProgress]>([])
        let body = HTTPBody(
            Array(
                """
                {"status":"Pulling from library/x","id":"latest"}\r
                {"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"a"}\r
                {"status":"Download complete","progressDetail":{},"id":"a"}\r
                {"status":"Digest: sha256:1"}\r
                {"stream":"Step 1/2 : FROM x\\n"}
                {"aux":{"ID":"sha256:2"}}
                """.utf8
            )
        )
        let id = try await ProgressReader(action: "pull").read(body) { progress in seen.withLock { $0.append(progress) }
        }
        #expect(id == "sha256:2")
        let reports = seen.withLock { $0 }
        #expect(reports.map(\.message).contains("Step 1/2 : FROM x"))
        #expect(
            reports.contains(
                PullProgress(
                    message: "Digest: sha256:1",
                    completed: ByteCount(bytes: 100),
                    total: ByteCount(bytes: 100)
                )
            )
        )
        let bad = HTTPBody(Array(#"{"errorDetail":{"message":"pull access denied for x"},"error":"pull"}"#.utf8))
        await #expect {
            _ = try await ProgressReader(action: "pull image 'x'").read(bad) { _ in }
        } throws: { error in
            (error as? EngineError)?.failure == .registryRefused
                && "\(error)".hasPrefix("cannot pull image 'x': pull access denied for x")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a download of which the engine says nothing more is given up, one that goes on is not`() async throws {
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                for number in 0..<(head.contains("/lively") ? 12 : 1) {
                    connection.write(#"{"status":"Layer \#(number)"}"# + "\n")
                    usleep(100_000)
                }
                if head.contains("/lively") { connection.close() }
            }
        }
        let client = HTTPClient(socketPath: server.path, peer: "Docker Engine")
        let reader = ProgressReader(action: "pull image 'x'", silence: .seconds(1))
        let lively = try await client.send(HTTPRequest(.get, "/lively"))
        #expect(try await reader.read(lively.body) { _ in } == nil)
        let silent = try await client.send(HTTPRequest(.get, "/silent"))
        await #expect {
            _ = try await reader.read(silent.body) { _ in }
        } throws: { error in
            guard case EngineError.stalled(let action, _) = error else { return false }
            return action == "pull image 'x'"
        }
        server.stop()
    }
}
