import Foundation
import HomieAPI
import HomieModel
import HomieTestSupport
import Testing

/// Routes made by hand, with a real HAProxy and a real Docker Engine.
@Suite(
    .enabled(if: GatewayedDaemon.isExpected, "no Docker Engine or no HAProxy was promised to these tests"),
    .serialized
)
struct RouteIntegrationTests {
    /// The device's answer under a path, over plain HTTP.
    private func ask(_ gatewayed: GatewayedDaemon, _ path: String, host: String = "localhost") throws -> (Int, String) {
        let output = try Command.run(
            "curl",
            [
                "--silent", "--max-time", "5", "--write-out", "\n%{http_code}", "--header", "Host: \(host)",
                "http://127.0.0.1:\(gatewayed.port)\(path)",
            ]
        )
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.dropLast().joined(separator: "\n").trimmingCharacters(in: .newlines)
        return (Int(lines.last ?? "") ?? 0, body)
    }

    @Test func `routes made by hand lead to services and to other addresses, and outlive homied`() async throws {
        try EngineUnderTest.clean("hand")
        let gatewayed = try await GatewayedDaemon()
        let daemon = gatewayed.daemon
        let socket = ["HOMIE_HOST": daemon.socket]
        try await daemon.explaining {
            var project = Project(name: "hand")
            project.add("web")
            #expect(try await daemon.up(project).state == .succeeded)
            var exposed = Project(name: "hand")
            exposed.add("web") { $0["labels"] = .object(["io.homie.expose": .string("80")]) }
            let plan = try await daemon.client.plan(exposed.document, as: try StackName(parsing: "hand"))
            let added = plan.filter { $0.action == "add" && $0.object == "address" }.map(\.name)
            #expect(added.contains("https://web.homie.local:\(gatewayed.tlsPort)/"), "\(plan)")
            // Who is to trust the device gets its authority's certificate, and can compare it.
            let file = daemon.directory.appendingPathComponent("homie.crt").path
            let shown = try gatewayed.homie(["cert", "authority", "--output-file", file], environment: socket)
            #expect(shown.status == 0 && shown.output.contains("Firefox"), "\(shown.output)\(shown.complaint)")
            let printed = try Command.run("openssl", ["x509", "-noout", "-fingerprint", "-sha256", "-in", file])
            let digits = printed.split(separator: "=").last.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            #expect(shown.output.contains("SHA-256 fingerprint: \(try #require(digits))\n"), "\(shown.output)")
            // A server that no stack knows.
            let folder = daemon.directory.appendingPathComponent("outside").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("from outside\n".utf8).write(to: URL(fileURLWithPath: folder + "/index.html"))
            let port = try FreePort.next()
            let server = Process()
            server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            server.arguments = [
                "python3", "-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory", folder,
            ]
            server.standardError = FileHandle.nullDevice
            server.standardOutput = FileHandle.nullDevice
            try server.start()
            defer { kill(server.processIdentifier, SIGKILL) }

            let inside = try gatewayed.homie(
                ["route", "add", "photos", "--service", "hand/web", "--port", "80", "--name", "photos.example.org"],
                environment: socket
            )
            #expect(inside.status == 0, "\(inside.complaint)")
            let outside = try gatewayed.homie(
                ["route", "add", "heating", "--address", "http://localhost:\(port)"],
                environment: socket
            )
            #expect(outside.status == 0, "\(outside.complaint)")
            try await eventually("both are served") {
                let (first, second) = try (
                    ask(gatewayed, "/", host: "photos.example.org"), ask(gatewayed, "/heating/")
                )
                return first.0 == 200 && second == (200, "from outside") ? true : nil
            }
            #expect(try ask(gatewayed, "/", host: "heating.homie.local") == (200, "from outside"))

            let taken = try gatewayed.homie(
                ["route", "add", "other", "--address", "http://10.0.0.1", "--name", "photos.example.org"],
                environment: socket
            )
            #expect(taken.status == 4 && taken.complaint.contains("route 'photos'"), "\(taken.complaint)")
            let wrong = try gatewayed.homie(
                ["route", "add", "other", "--service", "hand/web", "--port", "80", "--name", "not a name"],
                environment: socket
            )
            #expect(wrong.status == 2 && wrong.complaint.contains("not a host name"), "\(wrong.complaint)")

            let test = try await eventually("its replica is known to serve") {
                let test = try gatewayed.homie(["route", "test", "https://photos.example.org/x"], environment: socket)
                return test.output.contains("1 of 1 replicas serve it") ? test : nil
            }
            #expect(test.status == 0, "\(test.output)\(test.complaint)")
            #expect(test.output.contains("route 'photos' takes it"), "\(test.output)")
            #expect(test.output.contains("the gateway answers 404"), "\(test.output)")
            let form = try gatewayed.homie(["route", "test", "http://192.168.7.7/heating/"], environment: socket)
            #expect(form.output.contains("the service sees the path '/'"), "\(form.output)")
            #expect(form.output.contains("the gateway answers 200"), "\(form.output)")
            let nowhere = try gatewayed.homie(["route", "test", "http://shop.example.com/"], environment: socket)
            #expect(nowhere.status == 3 && nowhere.output.contains("no path form"), "\(nowhere.output)")

            // With another homied they are the same.
            #expect(try daemon.stop() == 0)
            try await gatewayed.restart()
            let routes = try await eventually("the routes are known again") {
                let routes = try await daemon.client.routes().filter { $0.name != nil }
                return routes.count == 2 && routes.allSatisfy { $0.replicas.first?.state == .serving } ? routes : nil
            }
            #expect(routes.map(\.name?.text) == ["heating", "photos"])
            #expect(routes[0].address?.hasSuffix(":\(port)") == true && routes[1].service?.text == "web")
            #expect(try ask(gatewayed, "/heating/") == (200, "from outside"))

            let gone = try gatewayed.homie(["route", "rm", "heating", "--yes"], environment: socket)
            #expect(gone.status == 0, "\(gone.complaint)")
            try await eventually("nothing is served there") { try ask(gatewayed, "/heating/").0 == 404 ? true : nil }
            let kinds = try await daemon.client.events(EventQuery(limit: 500)).map(\.kind)
            #expect(kinds.count { $0 == "route.added" } == 2 && kinds.contains("route.removed"))
        }
        // It would bring back what is cleared away.
        #expect(try gatewayed.daemon.stop() == 0)
        try EngineUnderTest.clean("hand")
    }
}
