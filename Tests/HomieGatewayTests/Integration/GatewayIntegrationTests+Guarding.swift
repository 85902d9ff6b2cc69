import HomieModel
import HomieProcess
import Testing

@testable import HomieGateway

/// What clients and services may not do to each other.
extension GatewayIntegrationTests {
    @Test func `no service is asked to go on in HTTP 2, and a WebSocket is none the worse for it`() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            try await fixture.settle(try table([("web", [web])]))
            func asked(_ upgrade: String) throws -> (status: Int, asked: String?) {
                let headers =
                    "Connection: Upgrade, HTTP2-Settings\r\n\(upgrade)"
                    + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                let response = try RawConnection.get(
                    "/",
                    host: "web.homie.local",
                    port: fixture.port,
                    headers: headers
                )
                #expect(!response.body.lowercased().contains("http2-settings:"), "\(response.body)")
                let line = response.body.split(whereSeparator: \.isNewline).first {
                    $0.lowercased().hasPrefix("upgrade:")
                }
                return (response.status, line.map(String.init))
            }
            for upgrade in [
                "Upgrade: h2c\r\n", "upgrade: H2C\r\n", "Upgrade: h2\r\n", "Upgrade: h2c-14\r\n",
                "Upgrade: foo, h2c\r\n", "Upgrade: foo\r\nUpgrade: h2c\r\n",
            ] {
                let answer = try asked(upgrade)
                #expect(answer == (200, nil), "\(upgrade) \(answer)")
            }
            for upgrade in [
                "Upgrade: websocket\r\n", "Upgrade: WebSocket\r\n", "Upgrade: websocket, h2c\r\n",
                "Upgrade: h2c, websocket\r\n", "Upgrade: h2c\r\nUpgrade: websocket\r\n",
            ] {
                #expect(try asked(upgrade).status == 101, "\(upgrade)")
            }
        }
    }

    @Test func `no service gives anybody a session: its answers set no cookie of ours, kept ones neither`() async throws
    {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web])])
            table.routes[0].route.cache = CacheRule(maximumAge: .seconds(60))
            try await fixture.settle(table)
            func cookies(_ path: String, _ wanted: [String]) throws -> [String] {
                let headers = wanted.map { "X-Answer: Set-Cookie: \($0)\r\n" }.joined()
                let response = try RawConnection.get(
                    path,
                    host: "web.homie.local",
                    port: fixture.port,
                    headers: headers
                )
                #expect(response.status == 200)
                return response.head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("set-cookie:") }
                    .map { String($0.dropFirst("set-cookie:".count).drop { $0 == " " }) }
            }
            let own = "theme=dark; Expires=Thu, 26 Nov 2026 00:00:00 GMT"
            let ours = [
                "__Host-homie_session=x; Secure; Path=/", "  __Host-homie_api=x, y; Secure; Path=/",
                "=__Host-homie_form=x",
                "= __Host-homie_refresh=x", "__Host-homie_oidc",
            ]
            #expect(try cookies("/", [own]) == [own])
            for text in ours {
                let set = try cookies("/", [text, own, "note=__Host-homie_session"])
                #expect(set == ["homie_refused=; Max-Age=0", own, "note=__Host-homie_session"], "\(text)")
            }
            for _ in 0..<3 {
                #expect(try cookies("/kept", [ours[0]]).allSatisfy { $0.hasPrefix("homie_refused=") })
            }
        }
    }

    @Test func `a route's limit holds for bodies that do not say how long they are, in HTTP 2, too`() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web])])
            table.routes[0].route.maximumBody = ByteCount(bytes: 10)
            try await fixture.settle(table)
            let host = "web.homie.local"
            func one(_ method: String, _ headers: String, _ body: String) throws -> Int {
                let connection = try RawConnection(port: fixture.port)
                try connection.send("\(method) / HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n\(body)")
                return try connection.response().status
            }
            func two(_ method: String, length: Int? = nil, _ body: String?, late: Bool = false) async throws -> Int {
                let connection = try SecondVersion(port: fixture.port)
                try connection.ask(method, host: host, length: length, isWhole: body == nil)
                if late { try await Task.sleep(for: .milliseconds(200)) }
                if let body { try connection.send(body: body) }
                return try connection.status()
            }
            let long = String(repeating: "x", count: 100)
            #expect(try one("POST", "Content-Length: 5\r\n", "hello") == 200)
            #expect(try one("POST", "Content-Length: 100\r\n", long) == 413)
            #expect(try one("POST", "Transfer-Encoding: chunked\r\n", "64\r\n\(long)\r\n0\r\n\r\n") == 411)
            #expect(try await two("GET", nil) == 200)
            #expect(try await two("DELETE", nil) == 200)
            #expect(try await two("POST", length: 5, "hello") == 200)
            let served = web.requests
            #expect(try await two("POST", length: 100, long) == 413)
            for method in ["POST", "PUT", "PATCH", "DELETE", "GET", "REPORT"] {
                #expect(try await two(method, long) == 411, "\(method)")
                #expect(try await two(method, long, late: true) == 411, "\(method), its body later")
            }
            #expect(web.requests == served)
        }
    }
}

/// One request in HTTP/2 (RFC 9113), over plain TCP.
private struct SecondVersion {
    private let connection: RawConnection

    init(port: UInt16) throws {
        connection = try RawConnection(port: port)
        try connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Self.frame(4, ""))
    }

    /// - Parameter isWhole: no body comes.
    func ask(_ method: String, host: String, length: Int?, isWhole: Bool) throws {
        func field(_ index: UInt8, _ value: String) -> String { Self.byte(Int(index)) + Self.text(value) }
        // Literal fields without indexing; names of the static table (RFC 7541, 6.2.2 and appendix A).
        var block = field(2, method) + field(4, "/") + field(6, "http") + field(1, host)
        if let length { block += Self.byte(15) + Self.byte(28 - 15) + Self.text("\(length)") }
        try connection.send(Self.frame(1, flags: isWhole ? 5 : 4, stream: 1, block))
    }

    func send(body: String) throws { try connection.send(Self.frame(0, flags: 1, stream: 1, body)) }

    func status() throws -> Int {
        while true {
            let head = try connection.read(count: 9)
            let payload = try connection.read(count: Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2]))
            guard head[3] == 1 else { continue }
            // `:status` comes first: one of the static table's, or three digits.
            let known: [UInt8: Int] = [0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500]
            if let first = payload.first, let status = known[first] { return status }
            return Int(String(decoding: payload.dropFirst(2).prefix(3), as: UTF8.self)) ?? 0
        }
    }

    private static func byte(_ value: Int) -> String { String(UnicodeScalar(UInt8(value))) }
    private static func text(_ value: String) -> String { byte(value.utf8.count) + value }

    /// All bytes are below 128, so that a text can carry them.
    private static func frame(_ type: Int, flags: Int = 0, stream: Int = 0, _ payload: String) -> String {
        byte(0) + byte(0) + byte(payload.utf8.count) + byte(type) + byte(flags)
            + byte(0) + byte(0) + byte(0) + byte(stream) + payload
    }
}
