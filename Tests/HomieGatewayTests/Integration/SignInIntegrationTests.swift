import Crypto
import FoundationEssentials
import Glibc
import HomieModel
import Testing

@testable import HomieAccess
@testable import HomieGateway

@Suite(
    .enabled(if: GatewayFixture.program != nil || GatewayFixture.isPromised, "HAProxy is not installed"),
    .serialized
)
struct SignInIntegrationTests {
    private let key = SessionKey()
    private static let host = "web.homie.local"

    /// A gateway without TLS, so that a test can speak by hand, with one route for signed-in users.
    private func serving(
        _ access: GatewayRoute.Access,
        by other: SessionKey? = nil,
        _ body: (GatewayFixture, TestBackend) async throws -> Void
    ) async throws {
        let key = other ?? key
        let folder = "/tmp/hk-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(key.publicPEM.utf8).write(to: URL(filePath: folder + "/session.pub"))
        try await GatewayFixture.with { settings in
            settings.https = []
            settings.sessionKey = folder + "/session.pub"
            settings.sessionKeyName = key.identity
        } _: { fixture in
            let web = try await TestBackend.start("web")
            var planned = try Sample.planned("shop", "web", endpoints: [web.endpoint])
            planned.route.access = access
            try await fixture.settle(RouteTable(routes: [planned]))
            try await body(fixture, web)
        }
    }

    private func claims(
        _ role: Role = .viewer,
        audience: SessionClaims.Audience = .gateway,
        from: Int64 = 0,
        life: Int64 = 600
    ) throws -> SessionClaims {
        let now = Int64(Date().timeIntervalSince1970) + from
        return SessionClaims(
            audience,
            user: try UserName(parsing: "vera"),
            role: role,
            session: "Sess1234",
            identity: "x",
            from: now,
            until: now + life
        )
    }

    private func forged(_ header: String, _ claims: SessionClaims, sign: (Data) throws -> Data) throws -> String {
        let signed = Base64URL.text(Data(header.utf8)) + "." + Base64URL.text(try JSONEncoder().encode(claims))
        return signed + "." + Base64URL.text(try sign(Data(signed.utf8)))
    }

    @Test func `HAProxy lets a signed-in user through and says who it is, without asking anybody`() async throws {
        try await serving(.user) { fixture, _ in
            let token = try SessionToken.text(claims(), key: key)
            let cookies = "Cookie: theme=dark; __Host-homie_session=\(token); __Host-homie_api=secret\r\n"
            let response = try RawConnection.get(
                "/",
                host: Self.host,
                port: fixture.port,
                headers: cookies + "X-Homie-User: root\r\n"
            )
            #expect(response.status == 200)
            let body = response.body.lowercased()
            #expect(body.contains("x-homie-user: vera\r\n") && body.contains("x-homie-role: viewer\r\n"))
            #expect(body.contains("cookie: theme=dark\r\n") && !body.contains("__host-homie") && !body.contains("root"))
            let bearer = "Authorization: Bearer \(token)\r\n"
            let other = try RawConnection.get("/", host: Self.host, port: fixture.port, headers: bearer)
            #expect(other.status == 200 && !other.body.lowercased().contains("authorization"))
        }
    }

    @Test func `a service gets its own cookies whole, commas and all, whoever is signed in`() async throws {
        try await serving(.user) { fixture, _ in
            let token = try SessionToken.text(claims(), key: key)
            func cookie(_ text: String) throws -> String? {
                let headers = "Cookie: \(text)\r\n"
                let response = try RawConnection.get("/", host: Self.host, port: fixture.port, headers: headers)
                #expect(response.status == 200)
                let lines = response.body.split(whereSeparator: \.isNewline)
                return lines.first { $0.lowercased().hasPrefix("cookie: ") }.map { String($0.dropFirst(8)) }
            }
            let session = "__Host-homie_session=\(token)"
            #expect(try cookie("seen=1,2,3; \(session); until=Thu, 26 Nov") == "seen=1,2,3; until=Thu, 26 Nov")
            #expect(try cookie("\(session); list=a,b,") == "list=a,b,")
            #expect(try cookie("list=,; \(session)") == "list=,")
            #expect(try cookie(session) == nil)
        }
    }

    @Test func `a key's name may begin with a dash, as one of 64 does`() async throws {
        let key = try #require((0..<10_000).lazy.map { _ in SessionKey() }.first { $0.identity.hasPrefix("-") })
        try await serving(.user, by: key) { fixture, _ in
            let bearer = "Authorization: Bearer \(try SessionToken.text(claims(), key: key))\r\n"
            #expect(try RawConnection.get("/", host: Self.host, port: fixture.port, headers: bearer).status == 200)
            let other = "Authorization: Bearer \(try SessionToken.text(claims(), key: SessionKey()))\r\n"
            #expect(try RawConnection.get("/", host: Self.host, port: fixture.port, headers: other).status == 401)
        }
    }

    @Test func `HAProxy refuses every token that is not ours, not for it, or not of this time`() async throws {
        try await serving(.user) { fixture, web in
            func status(_ token: String) throws -> Int {
                let cookie = "Cookie: __Host-homie_session=\(token)\r\n"
                return try RawConnection.get("/", host: Self.host, port: fixture.port, headers: cookie).status
            }
            let good = try claims()
            let kid = #""kid":"\#(key.identity)""#
            let sign: (Data) throws -> Data = { try key.key.signature(for: $0).rawRepresentation }
            let secret = SymmetricKey(data: Data(key.publicPEM.utf8))
            let hmac: (Data) -> Data = { Data(HMAC<SHA256>.authenticationCode(for: $0, using: secret)) }
            var issuer = good
            issuer.iss = "https://evil.example"
            let token = try SessionToken.text(good, key: key)
            let parts = token.split(separator: ".").map(String.init)
            let bad: [(String, String)] = [
                ("nothing", ""), ("no token", "abc"), ("dots", ".."),
                ("alg none", try forged(#"{"alg":"none",\#(kid),"typ":"at+jwt"}"#, good) { _ in Data() }),
                ("alg HS256", try forged(#"{"alg":"HS256",\#(kid),"typ":"at+jwt"}"#, good, sign: hmac)),
                ("alg RS256", try forged(#"{"alg":"RS256",\#(kid),"typ":"at+jwt"}"#, good, sign: sign)),
                (
                    "HMAC called ES256",
                    try forged(#"{"alg":"ES256",\#(kid),"typ":"at+jwt"}"#, good) { hmac($0) + hmac($0) }
                ),
                ("typ", try forged(#"{"alg":"ES256",\#(kid),"typ":"JWT"}"#, good, sign: sign)),
                ("no typ", try forged(#"{"alg":"ES256",\#(kid)}"#, good, sign: sign)),
                ("unknown kid", try forged(#"{"alg":"ES256","kid":"other","typ":"at+jwt"}"#, good, sign: sign)),
                ("no kid", try forged(#"{"alg":"ES256","typ":"at+jwt"}"#, good, sign: sign)),
                ("another's key", try SessionToken.text(good, key: SessionKey())),
                ("for the API", try SessionToken.text(claims(audience: .api), key: key)),
                ("issuer", try SessionToken.text(issuer, key: key)),
                ("expired", try SessionToken.text(claims(from: -601), key: key)),
                ("tampered", "\(parts[0]).\(Base64URL.text(try JSONEncoder().encode(claims(.admin)))).\(parts[2])"),
                ("unsigned", "\(parts[0]).\(parts[1])."),
                ("cut", String(token.dropLast(3))),
            ]
            for (what, token) in bad { #expect(try status(token) == 401, "\(what)") }
            #expect(web.requests == 0)
            #expect(try status(token) == 200)
        }
    }

    @Test func `a session that has ended opens nothing from that moment on, not even after a restart`()
        async throws
    {
        try await serving(.user) { fixture, web in
            func status(_ session: String) throws -> Int {
                var claims = try claims()
                claims.sid = session
                let cookie = "Cookie: __Host-homie_session=\(try SessionToken.text(claims, key: key))\r\n"
                return try RawConnection.get("/", host: Self.host, port: fixture.port, headers: cookie).status
            }
            #expect(try status("Sess1234") == 200)
            let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000)
            try await fixture.controller.refuse([
                EndedSession(id: "Sess1234", until: now + .seconds(600)), EndedSession(id: "Past1234", until: now),
            ])
            #expect(try status("Sess1234") == 401)
            #expect(try status("Other123") == 200)

            // Another homied, which takes up the process as it is, and forgets what has ended by itself.
            let next = GatewayFixture.controller(fixture.settings)
            var planned = try Sample.planned("shop", "web", endpoints: [web.endpoint])
            planned.route.access = .user
            try await Task.sleep(for: .seconds(2))
            await next.take(RouteTable(routes: [planned]))
            #expect(try status("Sess1234") == 401)
            let map = RuntimeCommand.showMap(path: fixture.settings.paths.endedSessions).text
            let entries = RuntimeAnswers.map(try await next.runtime.socket.ask(map))
            #expect(entries.map(\.key) == ["Sess1234"])

            let master = try #require(fixture.master)
            kill(master, SIGKILL)
            for _ in 0..<1200 {
                await next.reconcile()
                if await next.loads > 0, fixture.master != master, await next.failure == nil { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try status("Sess1234") == 401)
            #expect(try status("Other123") == 200)

            try await next.admit([EndedSession(id: "Sess1234", until: now)])
            #expect(try status("Sess1234") == 200)
        }
    }

    @Test func `what a session has open ends with it, in the worker of before a reload, too, and only that`()
        async throws
    {
        try await serving(.user) { fixture, web in
            func headers(_ session: String) throws -> String {
                var claims = try claims()
                claims.sid = session
                return "Cookie: __Host-homie_session=\(try SessionToken.text(claims, key: key))\r\n"
            }
            func open(_ path: String, _ session: String) throws -> RawConnection {
                let connection = try RawConnection(port: fixture.port)
                try connection.send("GET \(path) HTTP/1.1\r\nHost: \(Self.host)\r\n\(headers(session))\r\n")
                _ = try connection.read(until: "w-open")
                return connection
            }
            func upgraded(_ session: String) throws -> RawConnection {
                let connection = try RawConnection(port: fixture.port)
                let upgrade =
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                try connection.send("GET / HTTP/1.1\r\nHost: \(Self.host)\r\n\(upgrade)\(headers(session))\r\n")
                _ = try connection.read(until: "\r\n\r\n")
                return connection
            }
            /// Whether the other side has ended it; it never falls silent by itself.
            func ends(_ connection: RawConnection, asks: Bool = false) throws -> Bool {
                do {
                    for _ in 0..<30 {
                        if asks { try connection.send("ping") }
                        _ = try connection.read(until: asks ? "ping" : "pulse")
                    }
                    return false
                } catch is RawConnection.Ended {
                    return true
                } catch let error as Errno where [EPIPE, ECONNRESET].contains(error.code) {
                    return true
                }
            }
            let before = try open("/events", "Sess1234")
            // A reload: the old worker goes on with what it has.
            var planned = try Sample.planned("shop", "web", endpoints: [web.endpoint])
            planned.route.access = .user
            planned.route.timeout = .seconds(100)
            let loads = await fixture.controller.loads
            try await fixture.settle(RouteTable(routes: [planned]))
            #expect(await fixture.controller.loads == loads + 1)
            let events = try open("/events", "Sess1234")
            let socket = try upgraded("Sess1234")
            let (others, theirs) = (try open("/events", "Other123"), try upgraded("Other123"))
            let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000)
            try await fixture.controller.refuse([EndedSession(id: "Sess1234", until: now + .seconds(600))])
            #expect(try ends(before) && ends(events) && ends(socket, asks: true))
            #expect(try !ends(others) && !ends(theirs, asks: true))
            await fixture.controller.reconcile()
            #expect(await fixture.controller.closing.isEmpty)
        }
    }

    @Test func `what was open when homied was killed is ended by the next one`() async throws {
        try await serving(.user) { fixture, web in
            let connection = try RawConnection(port: fixture.port)
            let cookie = "Cookie: __Host-homie_session=\(try SessionToken.text(claims(), key: key))\r\n"
            try connection.send("GET /events HTTP/1.1\r\nHost: \(Self.host)\r\n\(cookie)\r\n")
            _ = try connection.read(until: "w-open")
            // It had written the session down, and came to nothing more.
            let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000)
            var ended = EndedSessions()
            ended.insert(EndedSession(id: "Sess1234", until: now + .seconds(600)))
            try AtomicFile.write(ended.text, to: fixture.settings.paths.endedSessions)
            let next = GatewayFixture.controller(fixture.settings)
            var planned = try Sample.planned("shop", "web", endpoints: [web.endpoint])
            planned.route.access = .user
            await next.take(RouteTable(routes: [planned]))
            #expect(throws: (any Error).self) { for _ in 0..<200 { _ = try connection.read(until: "pulse") } }
        }
    }

    @Test func `a route for admins is not a viewer's`() async throws {
        try await serving(.admin) { fixture, web in
            func status(_ role: Role) throws -> Int {
                let cookie = "Cookie: __Host-homie_session=\(try SessionToken.text(claims(role), key: key))\r\n"
                return try RawConnection.get("/", host: Self.host, port: fixture.port, headers: cookie).status
            }
            let low = try [Role.viewer, .operator].map(status)
            #expect(low == [403, 403])
            #expect(web.requests == 0)
            let admin = try status(.admin)
            #expect(admin == 200)
        }
    }
}
