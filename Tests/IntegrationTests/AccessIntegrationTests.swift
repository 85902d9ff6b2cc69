import Foundation
import HomieAPI
import HomieModel
import HomieTestSupport
import HomieTransfer
import Testing

@Suite(
    .enabled(if: GatewayedDaemon.isExpected, "no Docker Engine or no HAProxy was promised to these tests"),
    .serialized
)
struct AccessIntegrationTests {
    @Test func `the first user is made with the token the device shows, and 'homie' works from far away`() async throws
    {
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            let note = gatewayed.daemon.directory.appendingPathComponent("setup-token").path
            let mode = try FileManager.default.attributesOfItem(atPath: note)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let token = try String(contentsOfFile: note, encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines
            )
            // Logs are read by many and sent to others: they have the place of the token, not the token.
            #expect(!gatewayed.daemon.log.contains(token) && gatewayed.daemon.log.contains(note))
            // What the console shows above its prompt.
            let issue = try String(contentsOfFile: note + ".issue", encoding: .utf8)
            #expect(issue.contains("makes the first one: \(token)\n"), "\(issue)")
            #expect(
                try FileManager.default.attributesOfItem(atPath: note + ".issue")[.posixPermissions] as? Int == 0o600
            )
            let body = #"{"token":"\#(token)","user":"ann","password":"\#(GatewayedDaemon.password)"}"#
            #expect(try await gatewayed.ask("POST", "/api/v1/setup", body: body).status == 200)
            #expect(try await gatewayed.ask("POST", "/api/v1/setup", body: body).status == 409)
            #expect(!FileManager.default.fileExists(atPath: note))
            #expect(!FileManager.default.fileExists(atPath: note + ".issue"))

            let host = gatewayed.device
            let refused = try gatewayed.homie(["stacks", "--host", host])
            #expect(refused.status == 5 && refused.complaint.contains("homie login"))
            let wrong = try gatewayed.homie(
                ["login", host, "--user", "ann", "--password-file", "-"],
                input: "wrong one\n"
            )
            #expect(wrong.status == 5)
            let login = try gatewayed.homie(
                ["login", host, "--user", "ann", "--password-file", "-"],
                input: GatewayedDaemon.password + "\n"
            )
            #expect(login.status == 0, "\(login.complaint)")
            #expect(login.output == "signed in to \(host) as ann (admin)\n")
            let kept = gatewayed.daemon.directory.path + "/.config/homie/credentials.json"
            #expect(try FileManager.default.attributesOfItem(atPath: kept)[.posixPermissions] as? Int == 0o600)
            #expect(try gatewayed.homie(["stacks", "--host", host]).status == 0)
            let who = try gatewayed.homie(["whoami", "--json"], environment: ["HOMIE_HOST": host])
            #expect(who.output.contains(#""name": "ann""#) || who.output.contains(#""name":"ann""#), "\(who.output)")

            let file = gatewayed.daemon.directory.path + "/token"
            let made = try gatewayed.homie([
                "token", "create", "script", "--scope", "stacks:read", "--output-file", file, "--host", host,
            ])
            #expect(made.status == 0 && !made.output.contains("hom_"), "\(made.complaint)")
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
            let withToken = ["HOMIE_TOKEN_FILE": file, "HOMIE_HOST": host]
            #expect(try gatewayed.homie(["stacks"], environment: withToken).status == 0)
            #expect(try gatewayed.homie(["user", "ls"], environment: withToken).status == 5)
            let audit = try gatewayed.homie(["audit", "--host", host])
            #expect(audit.output.contains("createToken") && audit.output.contains("ann"))

            #expect(try gatewayed.homie(["logout"]).status == 0)
            #expect(try gatewayed.homie(["stacks", "--host", host]).status == 5)
            #expect(try String(contentsOfFile: kept, encoding: .utf8).contains("homr_") == false)
        }
    }

    @Test func `what is malformed, forged or from elsewhere is refused, and nothing is sent elsewhere`() async throws {
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            try await gatewayed.add("root", .admin)
            let token = try await gatewayed.token(of: "root")
            // Paths that look like others.
            for path in [
                "/api/v1/../../etc/passwd", "/api/v1/%2e%2e/users", "/api/v1/stacks/..%2f..%2fusers",
                "/api/v1/stacks/%00",
                "//api/v1/users", "/api/v1//users", "/api/v1/users/..;/users", "/API/v1/users",
            ] {
                let status = try TCPSocket.status(
                    "GET \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\r\n",
                    port: gatewayed.port
                )
                #expect([308, 400, 403, 404].contains(status), "\(path): \(status)")
                let direct = try await gatewayed.ask("GET", path, token: token)
                #expect([400, 404].contains(direct.status), "\(path): \(direct.status)")
            }
            // Hosts that are not this device: no API, and no redirect to where they say.
            for host in ["evil.example", "localhost.evil.example", "evil.example:443", "homie.local@evil.example"] {
                let socket = try TCPSocket(port: gatewayed.port)
                try socket.send("GET /api/v1/version HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                let answer = try socket.read()
                #expect(!answer.lowercased().contains("location:"), "\(host)")
                let direct = try await gatewayed.ask("GET", "/healthz", headers: ["Host: \(host)"])
                #expect([400, 404].contains(direct.status), "\(host): \(direct.status)")
            }
            let redirect = try TCPSocket(port: gatewayed.port)
            try redirect.send(
                "GET /api/v1/x?next=https://evil.example HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            #expect(try redirect.read().contains("location: https://localhost:\(gatewayed.tlsPort)/api/v1/x?next="))
            // A token in the clear does not work by accident.
            let clear =
                "POST /api/v1/tokens HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\nContent-Length: 0\r\n\r\n"
            #expect(try TCPSocket.status(clear, port: gatewayed.port) == 403)
            // What a client says about itself does not count.
            let claimed = try await gatewayed.ask(
                "GET",
                "/api/v1/session",
                headers: ["X-Homie-User: root", "X-Homie-Role: admin"]
            )
            #expect(claimed.status == 401)
            _ = try await gatewayed.ask(
                "PUT",
                "/api/v1/users/eve",
                token: token,
                headers: ["X-Forwarded-For: 203.0.113.9"],
                body: "{}"
            )
            #expect(try await gatewayed.daemon.client.audit(limit: 1).entries.first?.client == "127.0.0.1")
        }
    }

    @Test func `requests hidden in requests are not found`() async throws {
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            let hidden = "GET /api/v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let head = "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            let attacks = [
                // What a server that goes by the length would take for a body begins a request of another method here.
                head + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
                head + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + hidden + "\r\n0\r\n\r\n",
                head + "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + hidden,
                head + "Content-Length: 0\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n" + hidden,
                head + "Content-Length: +0\r\n\r\n" + hidden,
            ]
            for attack in attacks {
                // openssl speaks TLS and hands the rest over as it is.
                let answer = try ProgramRun(
                    "/usr/bin/env",
                    [
                        "openssl", "s_client", "-quiet", "-ign_eof", "-connect", "127.0.0.1:\(gatewayed.tlsPort)",
                        "-servername",
                        "localhost", "-CAfile", gatewayed.authority,
                    ],
                    input: Data(
                        (attack + "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").utf8
                    ),
                    within: .seconds(90)
                )
                let isQuiet = !answer.output.contains("hidden") && !answer.output.contains("HTTP/1.1 200")
                #expect(isQuiet, "\(attack): \(answer.output)")
            }
        }
    }

    @Test func `a thousand slow connections do not keep others waiting`() async throws {
        var files = rlimit(rlim_cur: 8192, rlim_max: 8192)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            var slow: [TCPSocket] = []
            for index in 0..<1000 {
                // Ten attackers; half of them are slow with their heads, half with their bodies.
                let socket = try TCPSocket(port: gatewayed.port, from: "127.0.1.\(index % 10 + 1)")
                try socket.send(
                    index % 2 == 0
                        ? "GET /api/v1/version HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
                        : "POST /frontend/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
                )
                slow.append(socket)
            }
            for _ in 0..<50 { #expect(try await gatewayed.ask("GET", "/healthz").status == 200) }
            // Those that never end their head are told so, and let go.
            let end = try slow[0].read()
            #expect(end.isEmpty || end.hasPrefix("HTTP/1.1 408"), "\(end)")
            #expect(try await gatewayed.ask("GET", "/healthz").status == 200)
        }
    }
}
