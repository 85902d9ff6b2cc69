import HomieTestSupport
import Synchronization
import Testing

@testable import HomieHTTP

@Suite(.timeLimit(.minutes(5)))
struct HTTPStreamTests {
    private struct Broken: Error {}

    private func client(_ server: ScriptedServer) -> HTTPClient { HTTPClient(socketPath: server.path, peer: "peer") }

    @Test func `a streamed body arrives in order, in chunks`() async throws {
        let received = Mutex("")
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            while let piece = connection.read() {
                received.withLock { $0 += String(decoding: piece, as: UTF8.self) }
                if received.withLock({ $0.hasSuffix("0\r\n\r\n") }) { break }
            }
            connection.answer("done")
        }
        for _ in 0..<20 {
            received.withLock { $0 = "" }
            let request = HTTPRequest(
                .post,
                "/",
                body: .stream { writer in for n in UInt8(0)..<3 { try await writer.write([65 + n]) } }
            )
            #expect(try await client(server).send(request).status == 200)
            #expect(received.withLock { $0 } == "1\r\nA\r\n1\r\nB\r\n1\r\nC\r\n0\r\n\r\n")
        }
    }

    @Test func `a refusal that comes before the body was sent is the answer`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.answer(status: "413 Too Large", "too much", fields: "Connection: close\r\n")
            connection.close()
        }
        let request = HTTPRequest(
            .post,
            "/",
            body: .stream { writer in
                for _ in 0..<1000 { try await writer.write([UInt8](repeating: 0, count: 1 << 16)) }
            }
        )
        let response = try await client(server).send(request)
        #expect(response.status == 413)
        #expect(try await response.body.collect(upTo: 100) == Array("too much".utf8))
    }

    @Test func `what goes wrong while writing is what the caller hears of`() async throws {
        let server = try ScriptedServer { connection in while connection.read() != nil {} }
        let request = HTTPRequest(
            .post,
            "/",
            body: .stream { writer in
                try await writer.write([1])
                throw Broken()
            }
        )
        await #expect(throws: Broken.self) { try await client(server).send(request) }
    }

    @Test(arguments: ["101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp", "200 OK\r\nContent-Type: raw"])
    func `an upgraded connection carries bytes both ways`(status: String) async throws {
        let server = try ScriptedServer { connection in
            guard let head = connection.readHead(), head.contains("Upgrade: tcp") else { return }
            connection.write("HTTP/1.1 \(status)\r\n\r\nright behind")
            while let bytes = connection.read() {
                connection.write(bytes)
                if bytes.contains(0) { connection.close() }
            }
        }
        for _ in 0..<20 {
            let upgrade = try await client(server).upgrade(HTTPRequest(.post, "/exec"), to: "tcp")
            guard case .upgraded(let stream) = upgrade else {
                Issue.record("refused")
                return
            }
            try await stream.write(Array(" echo".utf8))
            try await stream.write([0])
            let all = try await stream.incoming.collect(upTo: 1000)
            #expect(all == Array("right behind echo".utf8) + [0])
        }
    }

    @Test func `a refused upgrade gives the answer`() async throws {
        let server = try ScriptedServer { connection in
            while connection.readHead() != nil { connection.answer(status: "409 Conflict", "not running") }
        }
        guard case .refused(let response) = try await client(server).upgrade(HTTPRequest(.post, "/"), to: "tcp") else {
            Issue.record("upgraded")
            return
        }
        #expect(response.status == 409)
        #expect(try await response.body.collect(upTo: 100) == Array("not running".utf8))
    }
}
