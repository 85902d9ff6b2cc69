import FoundationEssentials
import HomieModel
import HomieProcess
import Testing

@testable import HomieAccess
@testable import HomieGateway

/// Services by their paths over TLS, which have a port, and with it an origin, of their own.
extension GatewayIntegrationTests {
    private struct Answer {
        var status: Int
        /// Where it leads to.
        var location: String
        var head: String
        var body: String
    }

    /// One request over TLS, or over plain HTTP, to whatever name.
    private func ask(_ address: String, _ fixture: GatewayFixture, _ arguments: String...) async throws -> Answer {
        let host = address.split(separator: "/").dropFirst().first?.split(separator: ":").first ?? ""
        var all = ["--silent", "--show-error", "--insecure", "--include", "--max-time", "20", "--http1.1"]
        for port in [fixture.port, fixture.tlsPort, fixture.pathPort] {
            all += ["--resolve", "\(host):\(port):127.0.0.1"]
        }
        all += arguments + ["--write-out", "\n%{http_code} %{redirect_url}", address]
        let text = try await ChildProcess(program: "curl", arguments: all, standardError: .kept)
            .run(timeLimit: .seconds(30)).text
        let words = text.split(whereSeparator: \.isNewline).last?.split(separator: " ") ?? []
        let end = text.range(ofEnd: "\r\n\r\n") ?? text.startIndex
        return Answer(
            status: words.first.flatMap { Int($0) } ?? 0,
            location: words.count > 1 ? String(words[1]) : "",
            head: text[..<end].lowercased(),
            body: String(text[end...])
        )
    }

    @Test func `a service by its path has another origin than the API over TLS, and what people type leads there`()
        async throws
    {
        try await GatewayFixture.with { fixture in
            let (web, own) = (try await TestBackend.start("web"), try await TestBackend.start("own"))
            var table = try table([("web", [web]), ("own", [own])])
            table.routes[0].route.hosts = [try HostPattern(parsing: "homie.local")]
            table.routes[0].route.path = try RoutePath(parsing: "/own")
            table.routes[0].labels = []
            try await fixture.settle(table)
            let main = "https://homie.local:\(fixture.tlsPort)"
            let paths = "https://homie.local:\(fixture.pathPort)"
            for path in ["/web/page?a=b", "/web", "//web//x", "/own/x"] {
                let led = try await ask(main + path, fixture)
                #expect(led.status == 308 && led.location == paths + path, "\(led)")
            }
            #expect(web.requests == 0 && own.requests == 0)
            // Method and body come along.
            let posted = try await ask(main + "/web/page", fixture, "--location", "--data", "hello")
            #expect(posted.status == 200 && posted.body.contains("web\nPOST /page HTTP/1.1"), "\(posted)")
            let page = try await ask(paths + "/web/page?a=b", fixture)
            #expect(page.status == 200 && page.body.hasPrefix("web\nGET /page?a=b HTTP/1.1"), "\(page)")
            #expect(page.body.lowercased().contains("x-forwarded-prefix: /web\r\n"))
            #expect(try await ask(paths + "/own/x", fixture).body.hasPrefix("own\nGET /own/x HTTP/1.1"))
            let address = "https://127.0.0.1:\(fixture.pathPort)/web/"
            #expect(try await ask(address, fixture).status == 200)
            // Services with names have theirs at the port for HTTPS, where their cookies are, and nowhere else.
            let named = "https://web.homie.local"
            #expect(try await ask("\(named):\(fixture.tlsPort)/", fixture).status == 200)
            for path in ["/", "/web/"] {
                #expect(try await ask("\(named):\(fixture.pathPort)\(path)", fixture).status == 404, "\(path)")
            }
            #expect(try await ask("https://rebound.example:\(fixture.pathPort)/web/", fixture).status == 404)
            for path in ["/web/%2e%2e/x", "/nothing/", "/"] {
                let status = try await ask(paths + path, fixture, "--path-as-is").status
                #expect(status == (path.contains("%") ? 400 : 404), "\(path)")
            }
            // Over plain HTTP neither the API nor its cookies are.
            #expect(try await ask("http://homie.local:\(fixture.port)/web/page", fixture).status == 200)
            let routes = await fixture.controller.routes()
            let urls = try #require(routes.first { $0.service?.text == "web" }).urls
            #expect(urls.contains(paths + "/web/") && !urls.contains(main + "/web/"), "\(urls)")
            for (text, words) in [
                (main + "/web/", "the client is sent to port \(fixture.pathPort)"),
                (paths + "/web/", "shop/web takes it"), ("\(named):\(fixture.pathPort)/", "by their paths only"),
            ] {
                let trace = await fixture.controller.trace(try #require(WebAddress(parsing: text)), asks: false)
                #expect(trace.steps.contains { $0.contains(words) }, "\(text): \(trace.steps)")
            }
        }
    }

    @Test func `no service says at the shared port what holds for the whole name, nor sees or sets who is signed in`()
        async throws
    {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            try await fixture.settle(try table([("web", [web])]))
            let fields = [
                "Clear-Site-Data: \"cookies\"", "Strict-Transport-Security: max-age=1", "Service-Worker-Allowed: /",
                "Set-Cookie: __Host-homie_api=x; Secure; Path=/", "X-Own: kept",
            ]
            let wanted = fields.flatMap { ["--header", "X-Answer: \($0)"] }
            func get(_ address: String) async throws -> Answer {
                let host = address.split(separator: "/").dropFirst().first?.split(separator: ":").first ?? ""
                let arguments =
                    ["--silent", "--insecure", "--include", "--resolve", "\(host):\(fixture.pathPort):127.0.0.1"]
                    + ["--resolve", "\(host):\(fixture.tlsPort):127.0.0.1", "--header"]
                    + ["Cookie: a=1,2; __Host-homie_api=secret; __Host-homie_session=s; b=3", "--http1.1"] + wanted
                let text = try await ChildProcess(program: "curl", arguments: arguments + [address])
                    .run(timeLimit: .seconds(30)).text
                let end = text.range(ofEnd: "\r\n\r\n") ?? text.startIndex
                return Answer(status: 0, location: "", head: text[..<end].lowercased(), body: String(text[end...]))
            }
            let shared = try await get("https://homie.local:\(fixture.pathPort)/web/")
            #expect(shared.head.contains("x-own: kept"), "\(shared)")
            for name in ["clear-site-data", "strict-transport-security", "service-worker-allowed", "__host-homie"] {
                #expect(!shared.head.contains(name), "\(shared.head)")
            }
            #expect(shared.body.lowercased().contains("cookie: a=1,2; b=3\r\n"), "\(shared.body)")
            let named = try await get("https://web.homie.local:\(fixture.tlsPort)/")
            #expect(named.head.contains("clear-site-data") && !named.head.contains("__host-homie"), "\(named.head)")
        }
    }

    @Test func `where services by their paths have no port they are not served over TLS`() async throws {
        try await GatewayFixture.with { settings in
            settings.pathForms = []
        } _: { fixture in
            let web = try await TestBackend.start("web")
            try await fixture.settle(try table([("web", [web])]))
            #expect(try await ask("https://homie.local:\(fixture.tlsPort)/web/", fixture).status == 404)
            #expect(try await ask("https://web.homie.local:\(fixture.tlsPort)/", fixture).status == 200)
            #expect(try await ask("http://homie.local:\(fixture.port)/web/", fixture).status == 200)
            #expect(web.requests == 2)
        }
    }

    @Test func `who wants a service by its path is led to the device to sign in, and let in at that port`() async throws
    {
        let key = SessionKey()
        let folder = "/tmp/hp-\(UUID().uuidString.prefix(8))"
        try AtomicFile.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try AtomicFile.write(key.publicPEM, to: folder + "/session.pub")
        try await GatewayFixture.with { settings in
            settings.sessionKey = folder + "/session.pub"
            settings.sessionKeyName = key.identity
            settings.apiSocket = folder + "/none.sock"
        } _: { fixture in
            let web = try await TestBackend.start("web")
            var table = try table([("web", [web])])
            table.routes[0].route.access = .user
            try await fixture.settle(table)
            let tail = ":\(fixture.pathPort)/web/x?a=b"
            for (host, device) in [
                ("homie.local", "homie.local"), ("127.0.0.1", "127.0.0.1"), ("nas.lan", "homie.local"),
            ] {
                let led = try await ask("https://\(host)\(tail)", fixture, "--header", "Accept: text/html")
                let next = "https%3A%2F%2F\(device)%3A\(fixture.pathPort)%2Fweb%2Fx%3Fa%3Db"
                #expect(led.status == 303, "\(led)")
                #expect(led.location == "https://\(device):\(fixture.tlsPort)/sign-in?next=\(next)", "\(led)")
            }
            #expect(try await ask("https://homie.local\(tail)", fixture).status == 401)
            // A session that was sent in the clear is a session that was given away.
            let clear = try await ask("http://homie.local:\(fixture.port)/web/x", fixture)
            #expect(
                clear.status == 308 && clear.location == "https://homie.local:\(fixture.pathPort)/web/x",
                "\(clear)"
            )
            #expect(web.requests == 0)
            let now = Int64(Date().timeIntervalSince1970)
            let claims = SessionClaims(
                .gateway,
                user: try UserName(parsing: "vera"),
                role: .viewer,
                session: "Sess1234",
                identity: "x",
                from: now,
                until: now + 600
            )
            let cookie = "Cookie: __Host-homie_session=\(try SessionToken.text(claims, key: key))"
            let page = try await ask("https://homie.local\(tail)", fixture, "--header", cookie)
            #expect(page.status == 200 && page.body.lowercased().contains("x-homie-user: vera"), "\(page)")
            // The API is not there.
            for path in ["/api/v1/session", "/sign-in", "/healthz", "/.homie/begin"] {
                let address = "https://homie.local:\(fixture.pathPort)\(path)"
                #expect(try await ask(address, fixture, "--header", cookie).status == 404, "\(path)")
            }
        }
    }
}
