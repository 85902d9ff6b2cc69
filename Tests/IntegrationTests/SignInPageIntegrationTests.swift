import Crypto
import Foundation
import HomieAPI
import HomieModel
import HomieTestSupport
import Testing

/// Signing in with a browser: curl with a jar of cookies, a real HAProxy and a real homied.
@Suite(
    .enabled(if: GatewayedDaemon.isExpected, "no Docker Engine or no HAProxy was promised to these tests"),
    .serialized
)
struct SignInPageIntegrationTests {
    /// A browser without scripts.
    private struct Browser {
        let gatewayed: GatewayedDaemon
        let jar: String

        struct Page {
            var status: Int
            /// Where it ended up.
            var address: String
            /// Where it was sent to, and did not go.
            var location: String
            var body: String

            /// A hidden field of the form.
            func field(_ name: String) -> String {
                guard let start = body.range(of: "name=\"\(name)\" value=\"")?.upperBound else { return "" }
                return String(body[start...].prefix { $0 != "\"" }).replacingOccurrences(of: "&amp;", with: "&")
            }
        }

        func open(
            _ address: String,
            form: [(String, String)]? = nil,
            follows: Bool = true,
            headers: [String] = [],
            accept: String = "text/html",
            jar other: String? = nil,
            version: String = "--http2"
        ) throws -> Page {
            var arguments = [
                "--silent", "--show-error", "--max-time", "20", "--cacert", gatewayed.authority, "--cookie",
                other ?? jar,
                "--cookie-jar", other ?? jar, "--header", "Accept: \(accept)", "--write-out",
                "\n%{http_code}\n%{url_effective}\n%{redirect_url}",
            ]
            for host in ["homie.local", "photos.example.org", "docs.example.org", "evil.example"] {
                for port in [gatewayed.tlsPort, gatewayed.pathPort] {
                    arguments += ["--resolve", "\(host):\(port):127.0.0.1"]
                }
            }
            arguments.append(version)
            if follows { arguments.append("--location") }
            for header in headers { arguments += ["--header", header] }
            for (name, value) in form ?? [] { arguments += ["--data-urlencode", "\(name)=\(value)"] }
            let answers = jar + "-answers"
            let before = Set(Self.lines(of: other ?? jar))
            let output = try Command.run("curl", arguments + ["--dump-header", answers, address])
            try forget(Self.lines(of: answers), of: other ?? jar, before: before)
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            return Page(
                status: Int(lines[lines.count - 3]) ?? 0,
                address: lines[lines.count - 2],
                location: lines[lines.count - 1],
                body: lines.dropLast(3).joined(separator: "\n")
            )
        }

        private static func lines(of file: String) -> [String] {
            ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(whereSeparator: \.isNewline).map(
                String.init
            )
        }

        /// curl 7.88 reads its jar once more before it writes it, and so brings back what an answer has just cleared.
        private func forget(_ answers: [String], of jar: String, before: Set<String>) throws {
            let cleared = answers.filter { $0.lowercased().hasPrefix("set-cookie:") && $0.contains("Max-Age=0") }
                .compactMap { $0.dropFirst("set-cookie:".count).split(separator: "=").first }
                .map { $0.trimmingCharacters(in: .whitespaces) }
            let kept = Self.lines(of: jar).filter { line in
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
                return !before.contains(line) || fields.count < 7 || !cleared.contains(String(fields[5]))
            }
            try (kept + [""]).joined(separator: "\n").write(toFile: jar, atomically: true, encoding: .utf8)
        }

        func signIn(_ page: Page, password: String, code: String = "", follows: Bool = true) throws -> Page {
            try open(
                "https://homie.local:\(gatewayed.tlsPort)/sign-in",
                form: [
                    ("csrf", page.field("csrf")), ("next", page.field("next")), ("proof", page.field("proof")),
                    ("user", "ann"), ("password", password), ("code", code),
                ],
                follows: follows
            )
        }
    }

    private func withBrowser(_ body: (Browser, _ device: String, _ photos: String) async throws -> Void) async throws {
        try EngineUnderTest.clean("page")
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            try await gatewayed.add("ann", .viewer)
            var project = Project(name: "page")
            for name in ["photos", "docs", "plain"] {
                project.add(name) { service in
                    var labels: [String: JSONValue] = [
                        "io.homie.expose": .string("80"), "io.homie.auth": .string("user"),
                    ]
                    if name != "plain" { labels["io.homie.host"] = .string("\(name).example.org") }
                    service["labels"] = .object(labels)
                }
            }
            #expect(try await gatewayed.daemon.up(project).state == .succeeded)
            let port = gatewayed.tlsPort
            let browser = Browser(gatewayed: gatewayed, jar: gatewayed.daemon.directory.path + "/jar")
            try await eventually("the services are served") {
                try browser.open("https://docs.example.org:\(port)/", follows: false, accept: "*/*").status
                    == 401
                    ? true : nil
            }
            try await body(browser, "https://homie.local:\(port)", "https://photos.example.org:\(port)")
        }
        // It would bring back what is cleared away.
        #expect(try gatewayed.daemon.stop() == 0)
        try EngineUnderTest.clean("page")
    }

    @Test func `a browser is led to the form and back, and signs in once for all services`() async throws {
        try await withBrowser { browser, device, photos in
            let form = try browser.open("\(photos)/?a=b%20c&d=e")
            #expect(form.status == 200 && form.address.hasPrefix("\(device)/sign-in?next="), "\(form)")
            #expect(form.field("next") == "\(photos)/?a=b%20c&d=e")
            let wrong = try browser.signIn(form, password: "a wrong one")
            #expect(wrong.status == 401 && wrong.body.contains("password or the code is wrong"), "\(wrong)")
            #expect(wrong.body.contains("value=\"ann\"") && !wrong.body.contains("a wrong one"))
            let home = try browser.signIn(wrong, password: GatewayedDaemon.password)
            #expect(home.status == 200 && home.address == "\(photos)/?a=b%20c&d=e", "\(home)")
            // From now on nothing is asked, here and at other services.
            #expect(try browser.open("\(photos)/", follows: false).status == 200)
            let docs = photos.replacingOccurrences(of: "photos", with: "docs")
            let other = try browser.open("\(docs)/x")
            #expect(other.address == "\(docs)/x" && other.status == 404, "\(other)")
            // What has no name of its own is on the device's, at another port.
            let paths = "https://homie.local:\(browser.gatewayed.pathPort)"
            let plain = try browser.open("\(device)/plain/")
            #expect(plain.status == 200 && plain.address == "\(paths)/plain/", "\(plain)")
            #expect(try browser.open("\(paths)/plain/", follows: false).status == 200)
            // A page there is of the same site: its requests bring the cookie along, and the API takes none of them.
            #expect(try browser.open("\(device)/api/v1/session", accept: "*/*").status == 200)
            for headers in [["Sec-Fetch-Site: same-site", "Origin: \(paths)"], ["Origin: \(paths)"]] {
                for path in ["/api/v1/session", "/api/v1/stacks"] {
                    #expect(try browser.open("\(device)\(path)", headers: headers, accept: "*/*").status == 403)
                }
            }
            #expect(try browser.open("\(paths)/api/v1/session", accept: "*/*").status == 404)
            let jar = try String(contentsOfFile: browser.jar, encoding: .utf8)
            let sessions = jar.split(separator: "\n").filter { $0.contains("__Host-homie_session") }
            #expect(sessions.count == 3 && sessions.allSatisfy { $0.hasPrefix("#HttpOnly_") }, "\(jar)")
            #expect(!jar.contains("__Host-homie_passage"), "\(jar)")
            let audit = try await browser.gatewayed.daemon.client.audit(before: nil, limit: 20)
            #expect(audit.entries.filter { $0.operation == "signIn" }.map(\.status) == [303, 401])

            // What the browser was given stays good for an hour, and yet opens nothing once it has signed out.
            let kept = browser.jar + "-kept"
            try FileManager.default.copyItem(atPath: browser.jar, toPath: kept)
            #expect(try browser.open("\(photos)/", follows: false, jar: kept).status == 200)
            let out = try browser.open("\(device)/sign-out")
            let gone = try browser.open("\(device)/sign-out", form: [("csrf", out.field("csrf"))])
            #expect(gone.status == 200 && gone.body.contains("signed out"), "\(gone)")
            let again = try browser.open("\(device)/plain/")
            let next = "https%3A%2F%2Fhomie.local%3A\(browser.gatewayed.pathPort)%2Fplain%2F"
            #expect(again.address == "\(device)/sign-in?next=\(next)", "\(again)")
            for (service, place) in [
                ("\(photos)/", "/.homie/begin"), ("\(docs)/x", "/.homie/begin"), ("\(paths)/plain/", "/sign-in?next="),
            ] {
                let refused = try browser.open(service, follows: false, jar: kept)
                #expect(refused.status == 303 && refused.location.contains(place), "\(refused)")
            }
            // Back where it came from.
            let back = try browser.signIn(again, password: GatewayedDaemon.password)
            #expect(back.status == 200 && back.address == "\(paths)/plain/", "\(back)")
        }
    }

    @Test func `where there is an authenticator app the form asks for its code`() async throws {
        try await withBrowser { browser, device, _ in
            let client = browser.gatewayed.daemon.client
            let ann = try UserName(parsing: "ann")
            let secret = try Base32.bytes(try await client.beginTimeCode(of: ann).secret)
            let step = Int64(Date().timeIntervalSince1970) / 30
            _ = try await client.confirmTimeCode(of: ann, code: TimeCodes.code(secret, step: step - 1))
            let form = try browser.open("\(device)/sign-in?next=%2Fplain%2F")
            let without = try browser.signIn(form, password: GatewayedDaemon.password)
            #expect(without.status == 401 && without.body.contains("authenticator app"), "\(without)")
            let wrong = try browser.signIn(without, password: GatewayedDaemon.password, code: "000000")
            #expect(wrong.status == 401)
            // The next one, too, is taken; one that was used is not.
            let code = TimeCodes.code(secret, step: Int64(Date().timeIntervalSince1970) / 30)
            let done = try browser.signIn(wrong, password: GatewayedDaemon.password, code: code, follows: false)
            #expect(done.status == 303 && done.location == "\(device)/plain/", "\(done)")
            let again = try browser.open("\(device)/sign-in", jar: browser.jar + "-2")
            let second = Browser(gatewayed: browser.gatewayed, jar: browser.jar + "-2")
            #expect(try second.signIn(again, password: GatewayedDaemon.password, code: code).status == 401)
        }
    }

    @Test func `nobody is led elsewhere, let in by a link, or signed in by another site`() async throws {
        try await withBrowser { browser, device, photos in
            let port = browser.gatewayed.tlsPort
            let form = try browser.open("\(device)/sign-in?next=%2Fplain%2F")
            // Programs are told, not led.
            // Over HTTP/2 curl takes an answer before the end of its request for a failure.
            let program = try browser.open("\(photos)/", form: [("a", "b")], follows: false, version: "--http1.1")
            #expect(program.status == 401)
            // Another site has no cookie of the form, or says where it comes from.
            let fields = [("csrf", form.field("csrf")), ("user", "ann"), ("password", GatewayedDaemon.password)]
            let empty = browser.jar + "-empty"
            #expect(try browser.open("\(device)/sign-in", form: fields, jar: empty).status == 403)
            for header in ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example"] {
                #expect(
                    try browser.open("\(device)/sign-in", form: fields, headers: [header]).status == 403,
                    "\(header)"
                )
            }
            let json = try browser.open(
                "\(device)/sign-in",
                form: fields,
                headers: ["Content-Type: application/json"]
            )
            #expect(json.status == 403)
            let done = try browser.signIn(form, password: GatewayedDaemon.password, follows: false)
            #expect(done.status == 303 && done.location == "\(device)/plain/", "\(done)")

            let places = [
                "https://evil.example/", "https://evil.example:\(port)/", "//evil.example/", "/\\evil.example/",
                "https:evil.example", "javascript:alert(1)", "\(photos)@evil.example/",
                "http://photos.example.org:\(port)/",
                "https://photos.example.org.evil.example:\(port)/", "https://photos.example.org/",
                "https://photos.example.org:\(port)\\@evil.example/", "/a\r\nSet-Cookie: x=y",
                "\thttps://evil.example/", "https://evil.example:\(browser.gatewayed.pathPort)/",
                "https://localhost:\(browser.gatewayed.pathPort)/",
                "https://photos.example.org:\(browser.gatewayed.pathPort)/",
                "http://homie.local:\(browser.gatewayed.pathPort)/",
            ]
            for place in places {
                var allowed = CharacterSet.alphanumerics
                allowed.insert(charactersIn: "-._~")
                let query = try #require(place.addingPercentEncoding(withAllowedCharacters: allowed))
                let page = try browser.open("\(device)/sign-in?next=\(query)", follows: false)
                #expect(page.status == 303 && page.location == "\(device)/", "\(place): \(page)")
            }
            // Without a secret in the browser the service's own page comes first.
            let bare = try browser.open("\(device)/sign-in?next=\(photos)/", follows: false)
            #expect(bare.location.hasPrefix("\(photos)/.homie/begin?next="), "\(bare)")

            let begun = try browser.open("\(photos)/", follows: false)
            #expect(begun.status == 303 && begun.location == "\(photos)/.homie/begin?next=%2F", "\(begun)")
            let led = try browser.open(begun.location, follows: false)
            let back = try browser.open(led.location, follows: false)
            #expect(back.location.hasPrefix("\(photos)/.homie/enter?code="), "\(back)")
            // The code is for that browser, that host, and once.
            #expect(try browser.open(back.location, follows: false, jar: empty).status == 401)
            let second = try browser.open(led.location, follows: false)
            let elsewhere = second.location.replacingOccurrences(of: "photos", with: "docs")
            #expect(try browser.open(elsewhere, follows: false).status == 401)
            let third = try browser.open(led.location, follows: false)
            let entered = try browser.open(third.location, follows: false)
            #expect(entered.status == 303 && entered.location == "\(photos)/", "\(entered)")
            #expect(try browser.open(third.location, follows: false).status == 401)
            #expect(try browser.open("\(photos)/", follows: false).status == 200)
        }
    }
}

/// Codes as an authenticator app makes them (RFC 6238).
private enum TimeCodes {
    static func code(_ secret: [UInt8], step: Int64) -> String {
        let message = withUnsafeBytes(of: UInt64(step).bigEndian) { Data($0) }
        let digest = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
        let offset = Int(digest[19] & 0x0F)
        let number = digest[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        return String(("000000" + String(number % 1_000_000)).suffix(6))
    }
}

private enum Base32 {
    static func bytes(_ text: String) throws -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (bytes, buffer, bits): ([UInt8], Int, Int) = ([], 0, 0)
        for character in text {
            buffer = buffer << 5 | (try #require(alphabet.firstIndex(of: character)))
            bits += 5
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(buffer >> bits & 0xFF))
            buffer &= (1 << bits) - 1
        }
        return bytes
    }
}
