import Foundation
import HomieAPI
import HomieModel
import HomieTestSupport
import HomieTransfer
import Testing

/// Certificates of a public authority: Pebble asks, HAProxy answers.
@Suite(
    .enabled(if: GatewayedDaemon.isExpected, "no Docker Engine or no HAProxy was promised to these tests"),
    .serialized
)
struct ACMEIntegrationTests {
    private func project(_ hosts: [String: String]) -> Project {
        var project = Project(name: "acme")
        for (service, host) in hosts {
            project.add(service) { body in
                body["labels"] = .object(["io.homie.expose": .string("80"), "io.homie.host": .string(host)])
            }
        }
        return project
    }

    /// Asks a service over TLS by its name, trusting one authority only.
    private func ask(_ gatewayed: GatewayedDaemon, _ host: String, trusting file: String) async throws -> Int? {
        let settings = TransferSettings(
            certificateAuthority: file,
            connectTo: "127.0.0.1:\(gatewayed.tlsPort)"
        )
        do {
            return try await WebClient(settings: settings).send(WebRequest("GET", "https://\(host)/")).status
        } catch let error as TransferError {
            guard case .untrustedServer = error else { throw error }
            return nil
        }
    }

    private func arguments(_ pebble: Pebble, _ folder: String, _ more: [String] = []) -> [String] {
        [
            "--acme", "on", "--acme-directory", pebble.directory, "--acme-authority-file", pebble.certificate,
            "--acme-mail", "ann@example.org", "--certificates", folder,
        ] + more
    }

    @Test func `a public name gets a certificate over HTTP, a file of the owner's counts more, and a refusal is told`()
        async throws
    {
        try EngineUnderTest.clean("acme")
        let port = try FreePort.next()
        let pebble = try await Pebble(port: port)
        defer { withExtendedLifetime(pebble) {} }
        let own = pebble.folder.appendingPathComponent("own").path
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        let gatewayed = try await GatewayedDaemon(port: port, arguments(pebble, own))
        try await gatewayed.daemon.explaining {
            let root = try await pebble.root()
            try await pebble.lead("broken.example.org", to: "127.0.0.9")
            let hosts = ["photos": "photos.example.org", "broken": "broken.example.org", "home": "nas.home.arpa"]
            #expect(try await gatewayed.daemon.up(project(hosts)).state == .succeeded)
            try await eventually("the certificate is presented", within: .seconds(60)) {
                try await ask(gatewayed, "photos.example.org", trusting: root) == 200 ? true : nil
            }
            // Others still get the device's own.
            #expect(try await ask(gatewayed, "photos.example.org", trusting: gatewayed.authority) == nil)
            #expect(try await ask(gatewayed, "nas.home.arpa", trusting: gatewayed.authority) == 200)

            let refused = try await eventually("the refusal is told") {
                try await gatewayed.daemon.client.certificates()
                    .first { $0.names == ["broken.example.org"] && $0.problem?.contains("refuses") == true }
            }
            #expect(refused.origin == .acme && refused.issuer == nil)
            let socket = ["HOMIE_HOST": gatewayed.daemon.socket]
            let list = try gatewayed.homie(["cert", "ls"], environment: socket)
            #expect(
                list.status == 6 && list.output.contains("Pebble Intermediate CA"),
                "\(list.output)\(list.complaint)"
            )
            #expect(!list.output.contains("nas.home.arpa  acme"))
            let doctor = try gatewayed.homie(["doctor"], environment: socket)
            #expect(doctor.output.contains("broken.example.org"), "\(doctor.output)")

            // The proofs are gone, and the account's key is nowhere to be read.
            let map = try String(
                contentsOfFile: gatewayed.daemon.stateDirectory + "/gateway/challenges.map",
                encoding: .utf8
            )
            #expect(map == "")
            let database = try Data(contentsOf: URL(fileURLWithPath: gatewayed.daemon.stateDirectory + "/homie.db"))
            #expect(database.range(of: Data("PRIVATE KEY".utf8)) == nil)

            // Another homied uses what there is.
            let file = gatewayed.daemon.stateDirectory + "/gateway/acme/photos.example.org.pem"
            let issued = try String(contentsOfFile: file, encoding: .utf8)
            #expect(try gatewayed.daemon.stop() == 0)
            try await gatewayed.restart()
            try await eventually("both names are known again") {
                try await gatewayed.daemon.client.certificates().contains { $0.names == ["broken.example.org"] }
                    ? true : nil
            }
            #expect(try String(contentsOfFile: file, encoding: .utf8) == issued)
            #expect(try await ask(gatewayed, "photos.example.org", trusting: root) == 200)

            try Command.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=mine", "-addext",
                    "subjectAltName=DNS:photos.example.org", "-keyout", own + "/photos.key", "-out",
                    own + "/photos.crt",
                ]
            )
            try await eventually("the owner's certificate is presented") {
                try await ask(gatewayed, "photos.example.org", trusting: own + "/photos.crt") == 200 ? true : nil
            }
            for file in ["photos.crt", "photos.key"] { try FileManager.default.removeItem(atPath: "\(own)/\(file)") }
            try await eventually("the authority's is presented again") {
                try await ask(gatewayed, "photos.example.org", trusting: root) == 200 ? true : nil
            }
            #expect(gatewayed.daemon.log.components(separatedBy: "the gateway was reloaded").count == 1)
        }
        // It would bring back what is cleared away.
        #expect(try gatewayed.daemon.stop() == 0)
        try EngineUnderTest.clean("acme")
    }

    @Test func `a name for everything below another is proven by a DNS record that the owner's program sets`()
        async throws
    {
        try EngineUnderTest.clean("acme")
        let port = try FreePort.next()
        let pebble = try await Pebble(port: port)
        defer { withExtendedLifetime(pebble) {} }
        let own = pebble.folder.path + "/none"
        let hook = try pebble.hook()
        let gatewayed = try await GatewayedDaemon(port: port, arguments(pebble, own, ["--acme-dns-hook", hook]))
        try await gatewayed.daemon.explaining {
            let root = try await pebble.root()
            #expect(try await gatewayed.daemon.up(project(["any": "*.wild.example.org"])).state == .succeeded)
            try await eventually("the certificate is presented", within: .seconds(60)) {
                try await ask(gatewayed, "some.wild.example.org", trusting: root) == 200 ? true : nil
            }
            let lines = pebble.hookLog
            #expect(lines.count == 2, "\(lines)")
            #expect(lines.first?.hasPrefix("add _acme-challenge.wild.example.org ") == true, "\(lines)")
            #expect(lines.last == lines.first?.replacingOccurrences(of: "add ", with: "remove "))
        }
        // It would bring back what is cleared away.
        #expect(try gatewayed.daemon.stop() == 0)
        try EngineUnderTest.clean("acme")
    }
}
