import HomieAPI
import HomieAccess
import HomieModel
import HummingbirdCore
import NIOCore
import Testing

@testable import HomieServer

@Suite("Bodies of those whom nobody knows", .timeLimit(.minutes(2)))
struct BodyTests {
    @Test func `a body has one time for all of it, however it trickles`() async throws {
        let (body, source) = RequestBody.makeStream()
        let client = Task {
            while !Task.isCancelled {
                await source.yield(ByteBuffer(string: "x"))
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        await #expect(throws: RequestError.bodyTooSlow) {
            _ = try await body.bytes(upTo: 1 << 30, within: .milliseconds(200))
        }
        client.cancel()
        let (other, more) = RequestBody.makeStream()
        await more.yield(ByteBuffer(string: "ab"))
        await more.yield(ByteBuffer(string: "c"))
        more.finish()
        #expect(try await other.bytes(upTo: 3, within: .seconds(60)) == Array("abc".utf8))
    }

    /// What begins a request whose body never comes, and the answer to it.
    private static let halves: [(String, Int)] = [
        ("POST /api/v1/session HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n", 413),
        ("POST /sign-in HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 9000\r\n", 413),
        ("POST /sign-in HTTP/1.1\r\ncontent-length: 100\r\n", 403),
        ("GET /sign-in HTTP/1.1\r\ncontent-length: 100000\r\n", 200),
        ("GET /healthz HTTP/1.1\r\ntransfer-encoding: chunked\r\n", 200),
        ("PUT /api/v1/stacks/shop HTTP/1.1\r\ncontent-length: 8000000\r\n", 401),
        ("POST /nowhere HTTP/1.1\r\ntransfer-encoding: chunked\r\n", 404),
        ("POST /api/v1/hooks/nosuch/receive HTTP/1.1\r\nwebhook-signature: x\r\ncontent-length: 1000\r\n", 403),
        ("POST /api/v1/hooks/push/receive HTTP/1.1\r\ncontent-length: 1000\r\n", 403),
        ("POST /api/v1/hooks/nosuch/receive HTTP/1.1\r\nidempotency-key: a\r\ncontent-length: 1000\r\n", 403),
        (
            "POST /api/v1/hooks/push/receive HTTP/1.1\r\nidempotency-key: a\r\nwebhook-signature: x\r\n"
                + "content-length: 2000000\r\n", 413
        ),
    ]

    @Test func `slow anonymous uploads do not keep others out: they are answered at once, and end with that`()
        async throws
    {
        // Fewer connections than there are slow clients.
        try await GuardedServer.with(connections: 3) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (half, status) in Self.halves {
                    group.addTask {
                        try await SocketConnection.open(server.gateway) { connection in
                            try await connection.send("\(half)host: homie.local\r\n\r\n")
                            let head = try await connection.head()
                            #expect(head.status == status, "\(half)")
                            #expect(head.headers["connection"] == "close", "\(half)")
                            _ = try await connection.body(head)
                            await #expect(throws: (any Error).self, "\(half)") { _ = try await connection.head() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await server.ask("GET", "/healthz").status == 200)
        }
    }

    @Test func `a body that was read leaves the connection open for the next request`() async throws {
        try await GuardedServer.with { server in
            try await SocketConnection.open(server.gateway) { connection in
                for _ in 1...2 {
                    let body = #"{"user":"vera","password":"\#(GuardedServer.password)"}"#
                    try await connection.send(
                        "POST /api/v1/session HTTP/1.1\r\nhost: homie.local\r\ncontent-type: application/json\r\n"
                            + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
                    )
                    let head = try await connection.head()
                    #expect(head.status == 200 && head.headers["connection"] == nil)
                    _ = try await connection.body(head)
                }
                try await connection.send(
                    "POST /api/v1/hooks/push/receive HTTP/1.1\r\nhost: homie.local\r\nwebhook-signature: x\r\n"
                        + "content-length: 5\r\n\r\nhello"
                )
                let head = try await connection.head()
                #expect(head.status == 202)
                #expect(String(decoding: try await connection.body(head), as: UTF8.self).contains("read 5 bytes"))
            }
        }
    }

    @Test func `few webhooks are waited for at a time, and fewer of one client`() async throws {
        let room = HookRoom()
        func fill(_ clients: [String], _ last: () async throws -> Void) async throws {
            guard let client = clients.first else { return try await last() }
            try await room.pass(client) { try await fill(Array(clients.dropFirst()), last) }
        }
        try await fill(Array(repeating: "one", count: 8)) {
            await #expect(throws: AccessError.throttled(after: .seconds(5), policy: "webhooks")) {
                try await room.pass("one") {}
            }
            try await room.pass("two") {}
        }
        try await fill((0..<32).map { "\($0)" }) {
            await #expect(throws: (any Error).self) { try await room.pass("another") {} }
        }
        try await room.pass("one") {}
    }
}
