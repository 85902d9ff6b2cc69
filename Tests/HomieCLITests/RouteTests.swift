import FoundationEssentials
import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite struct RouteTests {
    private static func route(_ name: String) throws -> HandRoute {
        try HandRoute(
            name: RouteName(parsing: name),
            block: ["address": "http://192.168.1.20:8123"],
            createdAt: CommandRun.now
        )
    }

    @Test func `routes are made, listed and removed by hand`() async throws {
        let made = HandRouteAnswer(try Self.route("heating"))
        let status = RouteStatus(
            RouteKey(try Self.route("heating")),
            address: "http://192.168.1.20:8123",
            urls: ["https://heating.homie.local/"],
            port: 8123,
            access: .user,
            replicas: []
        )
        try await FakeDaemon.serving({ request in
            switch request.line {
            case "PUT /routes/heating": .json(201, made)
            case "DELETE /routes/heating": .json(200, made)
            case "GET /routes": .json(200, RoutesAnswer(routes: [status]))
            default: Samples.problem(.notFound, "there is nothing at \(request.line)")
            }
        }) { daemon in
            let add = await CommandRun(
                "route",
                "add",
                "heating",
                "--address",
                "http://192.168.1.20:8123",
                "--auth",
                "user",
                "--tls-only",
                daemon: daemon
            )
            #expect(add.output == "'heating' leads from /heating/ to http://192.168.1.20:8123\n", "\(add.errors)")
            #expect(
                daemon.requests.last?.body
                    == #"{"address":"http://192.168.1.20:8123","auth":"user","tls":"required"}"#
            )
            let folder = FileManager.default.temporaryDirectory.path
            let file = "\(folder)/homie-ca-\(UUID().uuidString).pem"
            try "PEM\n".write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let words = ["route", "add", "heating", "--address", "https://10.0.0.1"]
            _ = await CommandRun(words + ["--server-name", "nas.lan", "--ca", file], daemon: daemon)
            #expect(
                daemon.requests.last?.body
                    == #"{"address":"https://10.0.0.1","ca":"PEM\n","server_name":"nas.lan"}"#
            )
            _ = await CommandRun(words + ["--insecure"], daemon: daemon)
            #expect(daemon.requests.last?.body == #"{"address":"https://10.0.0.1","verify":false}"#)
            #expect(await CommandRun(words + ["--insecure", "--ca", file], daemon: daemon).code == 2)
            #expect(await CommandRun(words + ["--ca", file + "x"], daemon: daemon).code != 0)
            let list = await CommandRun("route", "ls", daemon: daemon).output
            #expect(list.contains("heating") && list.contains("http://192.168.1.20:8123"), "\(list)")
            let unsure = await CommandRun("route", "rm", "heating", daemon: daemon)
            #expect(unsure.code != 0 && !daemon.requests.contains { $0.method == "DELETE" })
            let gone = await CommandRun("route", "rm", "heating", "--yes", daemon: daemon)
            #expect(gone.output == "'heating' to http://192.168.1.20:8123 is removed\n", "\(gone.errors)")
        }
    }

    @Test(
        arguments: [
            ["x"], ["x", "--service", "a/b"], ["x", "--service", "a/b", "--address", "http://h", "--port", "1"],
            ["x", "--address", "http://h", "--port", "1"], ["X!", "--address", "http://h"],
        ]
    )
    func `a route that leads nowhere, or to two things, is a slip of the command line`(_ words: [String]) async {
        #expect(await CommandRun(["route", "add"] + words).code == 2)
    }

    @Test func `a test says which way a request takes, why, and what comes of it`() async throws {
        let trace = RouteTrace(
            url: "http://photos.homie.local/a",
            outcome: .route,
            route: nil,
            steps: ["media/photos takes it", "1 of 1 replicas serve it"],
            answer: .init(status: 308, milliseconds: 1.234, location: "https://photos.homie.local/a")
        )
        try await FakeDaemon.serving({ request in
            guard request.line == "POST /gateway/trace" else { return Samples.problem(.notFound, "nothing") }
            if request.body.contains("nowhere") {
                return .json(200, RouteTrace(url: "u", outcome: .nowhere, route: nil, steps: ["no route takes it"]))
            }
            var answer = trace
            if request.body.contains("broken") { answer.answer = .init(status: 503) }
            return .json(200, answer)
        }) { daemon in
            let run = await CommandRun("route", "test", "http://photos.homie.local/a", daemon: daemon)
            #expect(
                run.output == """
                    http://photos.homie.local/a
                      media/photos takes it
                      1 of 1 replicas serve it
                      the gateway answers 308 after 1.2 ms, and sends the client to https://photos.homie.local/a

                    """
            )
            #expect(run.code == 0)
            #expect(daemon.requests.last?.body == #"{"asks":true,"url":"http://photos.homie.local/a"}"#)
            #expect(await CommandRun("route", "test", "nowhere.org", "--no-ask", daemon: daemon).code == 3)
            #expect(daemon.requests.last?.body == #"{"asks":false,"url":"https://nowhere.org"}"#)
            #expect(await CommandRun("route", "test", "broken.org", daemon: daemon).code == 6)
        }
    }
}
