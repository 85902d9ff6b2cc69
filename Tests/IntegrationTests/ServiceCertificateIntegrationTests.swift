import Foundation
import HomieAPI
import HomieModel
import HomieTestSupport
import Testing

/// Services that show each other certificates: real containers, real homied, nginx on both sides.
@Suite(.enabled(if: EngineUnderTest.isExpected, "no Docker Engine was promised to these tests"), .serialized)
struct ServiceCertificateIntegrationTests {
    private static func configuration(_ server: String) -> String {
        """
        pid /tmp/nginx.pid;
        error_log stderr warn;
        events { worker_connections 64; }
        http {
            access_log off;
            resolver 127.0.0.11 valid=1s ipv6=off;
            server {
        \(server)
            }
        }
        """
    }

    private static let server = configuration(
        """
                listen 8443 ssl;
                ssl_certificate /run/homie/tls/cert.pem;
                ssl_certificate_key /run/homie/tls/key.pem;
                ssl_client_certificate /run/homie/tls/ca.pem;
                ssl_verify_client on;
                location / { return 200 "welcome $ssl_client_s_dn\\n"; }
        """
    )

    private static func client(showing: Bool) -> String {
        let shown = """
                    proxy_ssl_certificate /run/homie/tls/cert.pem;
                    proxy_ssl_certificate_key /run/homie/tls/key.pem;
            """
        return configuration(
            """
                    listen 8080;
                    location / {
                        set $peer https://server:8443;
                        proxy_pass $peer;
                        proxy_ssl_name server;
                        proxy_ssl_verify on;
                        proxy_ssl_trusted_certificate /run/homie/tls/ca.pem;
            \(showing ? shown : "")
                    }
            """
        )
    }

    private func project() -> JSONValue {
        var project = Project(name: "mtls")
        let texts = [
            "server": Self.server, "client": Self.client(showing: true), "stranger": Self.client(showing: false),
        ]
        for name in texts.keys.sorted() {
            project.add(name) { service in
                service["image"] = .string("homie/nginx:1")
                service["configs"] = .array([
                    .object(["source": .string(name), "target": .string("/etc/nginx/nginx.conf")])
                ])
                service["x-homie"] = .object([
                    "tls": name == "server"
                        ? .object(["lifetime": .string("60s"), "reload": .string("SIGHUP")]) : .bool(true)
                ])
            }
        }
        guard case .object(var document) = project.document else { return project.document }
        document["configs"] = .object(
            texts.reduce(into: [:]) { configs, text in
                configs[text.key] = .object([
                    "name": .string("mtls_\(text.key)"), "content": .string(text.value),
                ])
            }
        )
        return .object(document)
    }

    private func address(_ service: String) throws -> String {
        try EngineUnderTest.docker(
            "inspect",
            "--format",
            "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
            "mtls-\(service)-1"
        )
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func ask(_ service: String) throws -> String {
        let url = "http://\(try address(service)):8080/"
        return try Command.run("curl", ["--silent", "--max-time", "10", "--write-out", "%{http_code}", url])
    }

    /// The serial number of what a server presents.
    private func serial(_ port: String) throws -> String {
        try Command.run(
            "sh",
            ["-c", "openssl s_client -connect \(port) </dev/null 2>/dev/null | openssl x509 -noout -serial"]
        )
    }

    @Test func `services prove to each other who they are, and take up renewed certificates without a restart`()
        async throws
    {
        try EngineUnderTest.clean("mtls")
        let daemon = try DaemonProcess()
        let folder = "/dev/shm/homie-test-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        daemon.environment["HOMIE_TLS_DIRECTORY"] = folder
        try await daemon.start()
        try await daemon.explaining {
            let stack = try StackName(parsing: "mtls")
            let begun = try await daemon.client.apply(project(), as: stack)
            let deployment = try await daemon.settled(begun)
            #expect(deployment.state == .succeeded)
            try await eventually("the client is let in") {
                try ask("client").hasPrefix("welcome CN=client") ? true : nil
            }
            let refused = try ask("stranger")
            #expect(refused.contains("No required SSL certificate was sent") && refused.hasSuffix("400"), "\(refused)")

            let port = "\(try address("server")):8443"
            let first = try serial(port)
            let started = try EngineUnderTest.docker("inspect", "--format", "{{.State.StartedAt}}", "mtls-server-1")
            let mode = try Command.run("stat", ["--format", "%a", folder])
            #expect(mode.hasPrefix("700"))
            let names = try Command.run(
                "openssl",
                ["x509", "-noout", "-ext", "subjectAltName", "-in", "\(folder)/mtls/server/cert.pem"]
            )
            #expect(names.contains("DNS:server, DNS:server.mtls"), "\(names)")

            // Two thirds of a minute later.
            try await eventually("another certificate is presented", within: .seconds(90)) {
                try serial(port) != first ? true : nil
            }
            #expect(
                try EngineUnderTest.docker("inspect", "--format", "{{.State.StartedAt}}", "mtls-server-1") == started
            )
            #expect(try ask("client").hasPrefix("welcome CN=client"))
            let story = try await daemon.client.events(EventQuery(stack: stack, limit: 200))
                .filter { $0.kind == "certificate.issued" && $0.service?.text == "server" }
            #expect(story.count >= 2, "\(story)")

            // A homied that was killed finds what it issued, and issues nothing anew.
            let kept = try Command.run("cat", ["\(folder)/mtls/client/cert.pem"])
            try daemon.killHard()
            try await daemon.start()
            #expect(try ask("client").hasPrefix("welcome CN=client"))
            #expect(try Command.run("cat", ["\(folder)/mtls/client/cert.pem"]) == kept)
            let told = try await daemon.client.doctor().filter { $0.check == "service-certificate" }
            #expect(told.map(\.level) == [.ok], "\(told)")
        }
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean("mtls")
    }
}
