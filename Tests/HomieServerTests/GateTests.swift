import HomieAPI
import HomieAccess
import HomieModel
import HomieServer
import Testing

@Suite("The API's gate", .timeLimit(.minutes(2)))
struct GateTests {
    /// An address of the endpoint that leads nowhere in particular, and a body of the right shape where that is easy.
    private func target(_ endpoint: Endpoint) -> String {
        endpoint.path.split(separator: "/").map { part -> String in
            switch part {
            case "{stack}": "/nosuch"
            case "{deployment}": "/99"
            case _ where part.hasPrefix("{"): "/nobody"
            default: "/\(part)"
            }
        }.joined()
    }

    @Test func `nobody gets anything but what is open`() async throws {
        try await GuardedServer.with { server in
            for endpoint in Endpoint.all {
                let answer = try await server.ask(
                    endpoint.method.rawValue,
                    target(endpoint),
                    body: endpoint.method == .get ? nil : "{}"
                )
                if endpoint.operation.requirement == .nobody {
                    // Without a refresh token there is nothing to renew.
                    #expect(answer.status != 401 || endpoint.operation == .renewSession, "\(endpoint)")
                } else {
                    #expect(answer.status == 401, "\(endpoint)")
                    #expect(answer.headers["content-type"] == ContentType.problem)
                    #expect(answer.headers["www-authenticate"] == #"Bearer realm="homie""#)
                }
            }
            #expect(server.control.calls.isEmpty)
        }
    }

    @Test(arguments: [Role.viewer, .operator, .admin])
    func `each role may what the table says, and no more`(role: Role) async throws {
        try await GuardedServer.with { server in
            let name = role == .viewer ? "vera" : role == .operator ? "opal" : "root"
            let bearer = try await server.bearer(name)
            for endpoint in Endpoint.all where endpoint.operation != .signOut {
                guard case .role(let needed, _) = endpoint.operation.requirement else { continue }
                let method = endpoint.method.rawValue
                let body = endpoint.method == .get ? nil : "{}"
                let answer = try await server.ask(method, target(endpoint), [bearer], body: body)
                if role >= needed {
                    #expect(![401, 403].contains(answer.status), "\(endpoint) for \(role): \(answer.json)")
                } else {
                    #expect(answer.status == 403, "\(endpoint) for \(role)")
                    #expect(answer.json["kind"] == "refused")
                }
            }
        }
    }

    @Test func `an API token is kept to its scopes`() async throws {
        try await GuardedServer.with { server in
            let root = try await server.bearer("root")
            let made = try await server.ask(
                "POST",
                "/api/v1/tokens",
                [root],
                body: #"{"name":"x","scopes":["stacks:read","system:read"],"days":1}"#
            )
            #expect(made.status == 201)
            let secret = try #require(made.json["secret"]?.stringValue)
            let token = "authorization: Bearer \(secret)"
            for endpoint in Endpoint.all {
                guard case .role(_, let scope) = endpoint.operation.requirement else { continue }
                let body = endpoint.method == .get ? nil : "{}"
                let answer = try await server.ask(endpoint.method.rawValue, target(endpoint), [token], body: body)
                let isIn = scope.level == .read && [.stacks, .system].contains(scope.area)
                #expect((answer.status != 403) == isIn, "\(endpoint)")
                if !isIn { #expect(answer.headers["www-authenticate"]?.contains("insufficient_scope") == true) }
            }
            let listed = try await server.ask("GET", "/api/v1/tokens", [root])
            #expect(listed.json["tokens"]?.arrayValue?.count == 1)
            #expect(listed.json["tokens"]?.arrayValue?.first?["secret"] == nil)
            let more = try await server.ask("POST", "/api/v1/tokens", [token], body: #"{"name":"y","scopes":[]}"#)
            #expect(more.status == 403)
        }
    }

    @Test func `what another site makes a browser send is refused`() async throws {
        try await GuardedServer.with { server in
            let token = try await server.signIn("root").token ?? ""
            let cookie = "cookie: a=b; __Host-homie_api=\(token); c=d"
            func put(_ headers: String...) async throws -> Int {
                try await server.ask("PUT", "/api/v1/users/eve", [cookie] + headers, body: #"{"role":"viewer"}"#).status
            }
            #expect(try await put("sec-fetch-site: cross-site") == 403)
            #expect(try await put("sec-fetch-site: same-site") == 403)
            #expect(try await put("origin: https://evil.example") == 403)
            #expect(try await put("origin: null") == 403)
            #expect(try await put("origin: http://homie.local") == 403)
            #expect(try await put() == 403)
            #expect(await server.access.allUsers().count == 3)
            #expect(try await put("sec-fetch-site: same-origin") == 201)
            #expect(try await put("origin: https://homie.local") == 200)
            func look(_ headers: String..., with shown: String? = nil) async throws -> Int {
                try await server.ask("GET", "/api/v1/users", [shown ?? cookie] + headers).status
            }
            #expect(try await look() == 200)
            #expect(try await look("sec-fetch-site: same-origin") == 200)
            #expect(try await look("origin: https://homie.local") == 200)
            // A service by its path: the same host and site, which browsers send the cookie to, and another port.
            for headers in [
                ["sec-fetch-site: same-site"], ["origin: https://homie.local:8443"],
                ["sec-fetch-site: same-site", "origin: https://homie.local:8443"],
            ] {
                for (method, path) in [
                    ("GET", "/api/v1/users"), ("GET", "/api/v1/events"), ("DELETE", "/api/v1/stacks/shop"),
                ] {
                    let answer = try await server.ask(method, path, [cookie] + headers)
                    #expect(answer.status == 403, "\(method) \(path) \(headers)")
                }
                #expect(try await server.ask("GET", "/healthz", [cookie] + headers).status == 200)
            }
            #expect(try await look("sec-fetch-site: same-site", with: "authorization: Bearer \(token)") == 200)
            // Signing in on somebody's behalf is an attack, too.
            let signIn = try await server.ask(
                "POST",
                "/api/v1/session",
                ["sec-fetch-site: cross-site"],
                body: #"{"user":"root","password":"\#(GuardedServer.password)","cookies":true}"#
            )
            #expect(signIn.status == 403)
            // Two cookies of one name: somebody else set one of them.
            let twice = try await server.ask("GET", "/api/v1/users", [cookie + "; __Host-homie_api=x"])
            #expect(twice.status == 401)
        }
    }

    @Test func `a browser's tokens are in cookies that scripts and other hosts do not get`() async throws {
        try await GuardedServer.with { server in
            let answer = try await server.ask(
                "POST",
                "/api/v1/session",
                ["sec-fetch-site: same-origin"],
                body: #"{"user":"vera","password":"\#(GuardedServer.password)","cookies":true}"#
            )
            #expect(answer.status == 200 && answer.json["token"] == nil && answer.json["refresh"] == nil)
            let cookie = try #require(answer.headers["set-cookie"])
            #expect(cookie.hasPrefix("__Host-homie_") && !cookie.contains("Domain"))
            for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite="] {
                #expect(cookie.contains(attribute))
            }
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["x-content-type-options"] == "nosniff")
        }
    }

    @Test func `an old cookie keeps nobody from what is open to all, and least of all from renewing a session`()
        async throws
    {
        try await GuardedServer.with { server in
            let grant = try await server.signIn("vera")
            let token = try #require(grant.token)
            let old = "cookie: __Host-homie_api=\(token.dropLast(2))AA; __Host-homie_refresh=\(grant.refresh ?? "")"
            let here = "sec-fetch-site: same-origin"
            #expect(try await server.ask("GET", "/healthz", [old]).status == 200)
            // It opens nothing, and the token of somebody who means it is still refused.
            #expect(try await server.ask("GET", "/api/v1/session", [old]).status == 401)
            #expect(try await server.ask("GET", "/healthz", [old, "authorization: Bearer x"]).status == 401)
            for headers in [[old], [old, "sec-fetch-site: cross-site"], [old, "origin: https://evil.example"]] {
                #expect(try await server.ask("POST", "/api/v1/session/renew", headers).status == 403)
            }
            let renewed = try await server.ask("POST", "/api/v1/session/renew", [old, here])
            #expect(renewed.status == 200 && renewed.json["session"]?.stringValue == grant.session)
            #expect(renewed.json["refresh"] == nil && renewed.headers["set-cookie"]?.hasPrefix("__Host-") == true)
            let body = #"{"user":"vera","password":"\#(GuardedServer.password)","cookies":true}"#
            #expect(try await server.ask("POST", "/api/v1/session", [old, here], body: body).status == 200)
        }
    }

    /// The status of a form that signs out.
    private func signOut(_ server: GuardedServer, _ cookies: String, _ csrf: String, _ site: String) async throws -> Int
    {
        try await server.ask(
            "POST",
            "/sign-out",
            [cookies, "sec-fetch-site: \(site)"],
            body: "csrf=\(csrf)",
            type: "application/x-www-form-urlencoded"
        ).status
    }

    @Test(arguments: [true, false])
    func `whoever is told to be signed out is, also when only the cookie that renews is still good`(isOld: Bool)
        async throws
    {
        try await GuardedServer.with { server in
            let grant = try await server.signIn("vera")
            let (token, refresh) = (try #require(grant.token), try #require(grant.refresh))
            let form = String(repeating: "f", count: 32)
            let old = isOld ? "; __Host-homie_api=\(token.dropLast(2))AA" : ""
            let cookies = "cookie: __Host-homie_form=\(form); __Host-homie_refresh=\(refresh)\(old)"
            let bearer = "authorization: Bearer \(token)"
            #expect(try await signOut(server, cookies, form, "cross-site") == 403)
            #expect(try await signOut(server, cookies, String(repeating: "g", count: 32), "same-origin") == 403)
            #expect(try await server.ask("GET", "/api/v1/session", [bearer]).status == 200)
            #expect(try await signOut(server, cookies, form, "same-origin") == 200)
            #expect(try await server.ask("GET", "/api/v1/session", [bearer]).status == 401)
            let body = #"{"refresh":"\#(refresh)"}"#
            #expect(try await server.ask("POST", "/api/v1/session/renew", body: body).status == 401)
            let log = try await server.access.audit(AuditQuery(limit: 1))
            #expect(log.first?.actor == "vera" && log.first?.operation == "signOut")
        }
    }

    @Test func `too many requests are refused with the time to wait`() async throws {
        try await GuardedServer.with(rate: 5) { server in
            for left in (0..<5).reversed() {
                let answer = try await server.ask("GET", "/healthz")
                #expect(answer.status == 200)
                #expect(answer.headers["ratelimit-policy"] == #""default";q=5;w=3600"#)
                #expect(answer.headers["ratelimit"]?.hasPrefix(#""default";r=\#(left);t="#) == true)
            }
            let refused = try await server.ask("GET", "/healthz")
            #expect(refused.status == 429)
            #expect(refused.json["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded")
            let wait = try #require(refused.headers["retry-after"].flatMap { Int($0) })
            #expect((1...720).contains(wait))
            // Another client, and the device itself, are not concerned.
            let other = try await server.ask("GET", "/healthz", throughGateway: false)
            #expect(other.status == 200 && other.headers["ratelimit"] == nil)
        }
    }

    @Test func `a token's requests are counted as its own, and not as its address's`() async throws {
        try await GuardedServer.with(rate: 2) { server in
            func bearer(_ name: String) async throws -> String {
                let (_, text) = try await server.access.makeToken(
                    name: name,
                    user: try UserName(parsing: "vera"),
                    scopes: [Scope(.stacks, .read)],
                    life: nil,
                    by: .socket(account: 0, process: 1)
                )
                return "authorization: Bearer \(text)"
            }
            let (one, two) = (try await bearer("one"), try await bearer("two"))
            func status(_ lines: [String]) async throws -> Int {
                try await server.ask("GET", "/api/v1/stacks", lines).status
            }
            #expect(try await status([one]) == 200)
            #expect(try await status([one]) == 200)
            #expect(try await status([one]) == 429)
            // Neither another token nor the address itself has been used up by it.
            #expect(try await status([two]) == 200)
            #expect(try await status([]) == 401)
        }
    }

    @Test func `tokens that somebody made up do not count as clients of their own`() async throws {
        try await GuardedServer.with(rate: 2) { server in
            func status(_ token: String) async throws -> Int {
                try await server.ask("GET", "/api/v1/stacks", ["authorization: Bearer \(token)"]).status
            }
            // Well made, and nobody's.
            for _ in 0..<2 { #expect(try await status(TokenText(.api, from: .system).text) == 401) }
            #expect(try await status(TokenText(.api, from: .system).text) == 429)
            let (record, text) = try await server.access.makeToken(
                name: "mine",
                user: try UserName(parsing: "vera"),
                scopes: [Scope(.stacks, .read)],
                life: nil,
                by: .socket(account: 0, process: 1)
            )
            // Nor does one whose public part somebody saw use up its owner's share.
            let forged = TokenText(.api, identity: record.id, from: .system).text
            for _ in 0..<2 { #expect(try await status(forged) == 429) }
            #expect(try await status(text) == 200)
        }
    }

    @Test func `the addresses of one IPv6 network are one client`() async throws {
        try await GuardedServer.with(rate: 2) { server in
            var statuses: [Int] = []
            for end in ["2::1", "2:3:4:5:6", "2:ffff::1", "3::1"] {
                statuses.append(try await server.ask("GET", "/healthz", from: "2001:db8:1:\(end)").status)
            }
            #expect(statuses == [200, 200, 429, 200])
        }
    }

    @Test func `the device's own socket needs no sign-in, and what is done over it is written down`() async throws {
        try await GuardedServer.with { server in
            let who = try await server.ask("GET", "/api/v1/session", throughGateway: false)
            let name = try #require(who.json["name"]?.stringValue)
            #expect(name.hasPrefix("uid:") && who.json["role"] == "admin")
            let body = #"{"project":{"name":"shop"}}"#
            let applied = try await server.ask("PUT", "/api/v1/stacks/shop", body: body, throughGateway: false)
            #expect(applied.status == 202)
            let vera = try await server.bearer("vera")
            #expect(try await server.ask("DELETE", "/api/v1/stacks/shop", [vera]).status == 403)
            let log = try await server.ask("GET", "/api/v1/audit?limit=3", throughGateway: false)
            let entries = try #require(log.json["entries"]?.arrayValue)
            #expect(entries.map { $0["actor"]?.stringValue } == ["vera", "vera", name])
            #expect(entries.map { $0["operation"]?.stringValue } == ["removeStack", "signIn", "applyStack"])
            #expect(entries.map { $0["status"]?.integerValue } == [403, 200, 202])
            #expect(entries.first?["client"] == "192.0.2.7" && entries.first?["target"] == "/api/v1/stacks/shop")
            let next = try #require(log.json["next"]?.integerValue)
            let rest = try await server.ask("GET", "/api/v1/audit?before=\(next)", throughGateway: false)
            #expect(rest.json["entries"]?.arrayValue?.isEmpty == true)
        }
    }

    @Test func `an event stream tells nothing more once its session has ended, and others go on`() async throws {
        try await GuardedServer.with { server in
            let vera = try await server.bearer("vera")
            func open(_ bearer: String, _ body: (inout SocketConnection) async throws -> Void) async throws {
                try await SocketConnection.open(server.gateway) { connection in
                    try await connection.send(
                        "GET /api/v1/events HTTP/1.1\r\nhost: homie.local\r\nx-forwarded-for: 192.0.2.7\r\n"
                            + "accept: text/event-stream\r\n\(bearer)\r\n\r\n"
                    )
                    #expect(try await connection.head().status == 200)
                    // It is on the list of listeners by then.
                    _ = try await read(&connection, until: ": connected")
                    try await body(&connection)
                }
            }
            func read(_ connection: inout SocketConnection, until word: String) async throws -> String {
                var text = ""
                while !text.contains(word), let chunk = try await connection.chunk() {
                    text += String(decoding: chunk, as: UTF8.self)
                }
                return text
            }
            try await open(try await server.bearer("opal")) { other in
                try await open(vera) { connection in
                    server.control.emit(try Samples.event(1))
                    #expect(try await read(&connection, until: "id: 1\n").contains("id: 1\n"))
                    #expect(try await server.ask("DELETE", "/api/v1/session", [vera]).status == 200)
                    server.control.emit(try Samples.event(2))
                    var text = ""
                    do { text = try await read(&connection, until: "id: 2\n") } catch is SocketConnection.Closed {}
                    #expect(!text.contains("id: 2\n"), "\(text)")
                }
                #expect(try await read(&other, until: "id: 2\n").contains("id: 2\n"))
            }
        }
    }

    @Test func `forged and foreign session tokens are refused`() async throws {
        try await GuardedServer.with { server in
            let grant = try await server.signIn("root")
            let token = try #require(grant.token)
            #expect(try await server.ask("GET", "/api/v1/users", ["authorization: bearer \(token)"]).status == 200)
            let parts = token.split(separator: ".").map(String.init)
            // {"alg":"none","typ":"at+jwt"}
            let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.\(parts[1])."
            for bad in [
                unsigned, parts[0] + "." + parts[1] + ".", token + "A", String(token.dropLast(2)) + "AA",
                try #require(grant.gatewayToken), try #require(grant.refresh), "hom_x", "null",
            ] {
                let answer = try await server.ask("GET", "/api/v1/users", ["authorization: Bearer \(bad)"])
                #expect(answer.status == 401 && answer.headers["www-authenticate"]?.contains("invalid_token") == true)
                // A bad token is bad even where none is needed.
                #expect(try await server.ask("GET", "/healthz", ["authorization: Bearer \(bad)"]).status == 401)
            }
            _ = try await server.ask("DELETE", "/api/v1/session", ["authorization: Bearer \(token)"])
            #expect(try await server.ask("GET", "/api/v1/users", ["authorization: Bearer \(token)"]).status == 401)
        }
    }
}
