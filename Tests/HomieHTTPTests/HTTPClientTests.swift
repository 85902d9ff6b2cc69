import HomieModel
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieHTTP

@Suite(.timeLimit(.minutes(5)))
struct HTTPClientTests {
    private func client(_ server: ScriptedServer) -> HTTPClient {
        HTTPClient(socketPath: server.path, peer: "test peer", connectTimeout: .seconds(1))
    }

    private func text(_ response: HTTPResponse) async throws -> String {
        String(decoding: try await response.body.collect(upTo: 1 << 20), as: UTF8.self)
    }

    @Test func `requests name a host and go over one connection, one after the other`() async throws {
        let heads = Mutex<[String]>([])
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                heads.withLock { $0.append(head) }
                connection.answer("hello")
            }
        }
        let client = client(server)
        for _ in 0..<3 {
            let response = try await client.send(HTTPRequest(.get, "/a?b=c", fields: ["X-One": "1"]))
            #expect(response.status == 200)
            #expect(try await text(response) == "hello")
        }
        #expect(server.connectionCount == 1)
        let head = heads.withLock { $0[0] }
        #expect(head.hasPrefix("GET /a?b=c HTTP/1.1\r\n"))
        #expect(head.lowercased().contains("\r\nhost: localhost\r\n"))
        #expect(head.contains("\r\nX-One: 1\r\n"))
    }

    @Test func `simultaneous requests get a connection each, which then wait for others`() async throws {
        let server = try ScriptedServer { connection in
            while connection.readHead() != nil { connection.answer("x") }
        }
        let client = client(server)
        for _ in 0..<3 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { _ = try await client.send(HTTPRequest(.get, "/")).body.collect(upTo: 10) }
                }
                try await group.waitForAll()
            }
        }
        #expect(server.connectionCount <= 60)
        #expect(server.connectionCount >= 1)
    }

    @Test func `a connection that died while it waited is replaced, also for a request that must not be repeated`()
        async throws
    {
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.answer("first")
            connection.close()
        }
        let client = client(server)
        for method in [HTTPRequest.Method.get, .post, .post] {
            #expect(try await text(client.send(HTTPRequest(method, "/", body: .bytes([1])))) == "first")
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(server.connectionCount == 3)
    }

    @Test func `a request without an answer is repeated only when that does no harm`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.answer("ok")
            if connection.number == 0 || connection.number == 1 {
                _ = connection.readHead()
                connection.close()
            } else {
                while connection.readHead() != nil { connection.answer("ok") }
            }
        }
        let client = client(server)
        _ = try await text(client.send(HTTPRequest(.get, "/")))
        #expect(try await text(client.send(HTTPRequest(.get, "/"))) == "ok")
        await #expect {
            _ = try await client.send(HTTPRequest(.post, "/"))
        } throws: { error in
            guard case HTTPError.closed(peer: "test peer") = error else { return false }
            return true
        }
    }

    @Test func `bodies come in chunks, and are cut off beyond the limit`() async throws {
        let server = try ScriptedServer { connection in
            while connection.readHead() != nil {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                connection.write("4\r\ndefg\r\n0\r\n\r\n")
            }
        }
        let client = client(server)
        #expect(try await text(client.send(HTTPRequest(.get, "/"))) == "abcdefg")
        await #expect {
            _ = try await client.send(HTTPRequest(.get, "/")).body.collect(upTo: 5)
        } throws: { ($0 as? HTTPError)?.kind == .tooLarge }
    }

    @Test func `a peer that says nothing is given up, and the connection closed`() async throws {
        let closed = Mutex(false)
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            if connection.read() == nil { closed.withLock { $0 = true } }
        }
        await #expect {
            _ = try await client(server).send(HTTPRequest(.get, "/", headTimeout: .milliseconds(100)))
        } throws: { error in
            guard case HTTPError.silent = error else { return false }
            return (error as? HTTPError)?.kind == .unreachable
        }
        try await eventually { closed.withLock { $0 } }
    }

    @Test(arguments: [false, true])
    func `cancelling closes the connection`(whileReading: Bool) async throws {
        let closed = Mutex(false)
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            if whileReading { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx") }
            if connection.read() == nil { closed.withLock { $0 = true } }
        }
        let client = client(server)
        let task = Task {
            try await client.send(HTTPRequest(.get, "/")).body.collect(upTo: 1000)
        }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await eventually { closed.withLock { $0 } }
    }

    @Test func `letting go of an unfinished body closes the connection`() async throws {
        let closed = Mutex(false)
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
            if connection.read() == nil { closed.withLock { $0 = true } }
        }
        let client = client(server)
        #expect(try await client.send(HTTPRequest(.get, "/")).status == 200)
        try await eventually { closed.withLock { $0 } }
    }

    @Test func `a slow reader slows the sender, and still gets every byte`() async throws {
        let sent = Mutex(0)
        let total = 32 << 20
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 1 << 16)
            for _ in 0..<(total >> 16) {
                guard connection.write(piece) else { return }
                sent.withLock { $0 += piece.count }
            }
        }
        let response = try await client(server).send(HTTPRequest(.get, "/"))
        try await Task.sleep(for: .milliseconds(300))
        #expect(sent.withLock { $0 } < 4 << 20)
        var received = 0
        for try await piece in response.body { received += piece.count }
        #expect(received == total)
    }

    @Test func `a body that breaks off is an error`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            connection.close()
        }
        await #expect(throws: HTTPError.self) {
            try await client(server).send(HTTPRequest(.get, "/")).body.collect(upTo: 1000)
        }
    }

    @Test func `what is not HTTP is called so`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readHead()
            connection.write("220 mail.example ESMTP\r\n\r\n")
        }
        await #expect {
            _ = try await client(server).send(HTTPRequest(.get, "/"))
        } throws: { error in
            guard case HTTPError.malformedResponse = error else { return false }
            return true
        }
    }

    @Test func `a socket that is not there, and one nobody listens at, are told apart`() async throws {
        let server = try ScriptedServer { _ in }
        let missing = HTTPClient(socketPath: "/nonexistent/x.sock", peer: "Homie daemon")
        await #expect {
            _ = try await missing.send(HTTPRequest(.get, "/"))
        } throws: { error in
            guard let error = error as? HTTPError else { return false }
            return error.kind == .unreachable && error.hint?.contains("nothing is at") == true
                && error.summary == "cannot reach the Homie daemon at /nonexistent/x.sock"
        }
        withExtendedLifetime(server) {}
    }

    @Test(arguments: ["/a b", "/a\r\nX: y", "relative", "/ü"])
    func `targets that would break the request are refused`(target: String) async throws {
        let client = HTTPClient(socketPath: "/nonexistent/x.sock", peer: "peer")
        await #expect {
            _ = try await client.send(HTTPRequest(.get, target))
        } throws: { ($0 as? HTTPError)?.kind == .usage }
    }

    @Test func `paths and queries are percent-encoded`() {
        let path = HTTPTarget.path("/x", query: [("a b", "c&d=ü"), ("e", "")])
        #expect(path == "/x?a%20b=c%26d%3D%C3%BC&e=")
        #expect(HTTPTarget.encoded("a/b:c d", keeping: "/:") == "a/b:c%20d")
    }
}

/// Waits, at most 5 s, until `condition` holds.
func eventually(_ condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<6000 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("it did not happen", sourceLocation: sourceLocation)
}
