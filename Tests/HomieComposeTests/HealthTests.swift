import HomieCompose
import HomieModel
import Testing

/// `x-homie.health`, `x-homie.heal` and their labels.
@Suite struct HealthTests {
    private static let head = "services:\n  web:\n    image: x\n    ports: ['8080:80']\n"

    private func probe(_ lines: String) throws -> ProbeDefinition? {
        let definition = try load(Self.head + lines).definition()
        return definition.services[try ServiceName(parsing: "web")]?.probe
    }

    @Test func `checks are read from labels and blocks`() throws {
        #expect(try probe("") == nil)
        #expect(try probe("    labels: {io.homie.health: 'tcp://:5432'}\n")?.kind == .tcp(port: 5432))
        #expect(
            try probe("    labels: {io.homie.health: 'http:///ready'}\n")?.kind
                == .http(HTTPProbe(port: 80, path: "/ready"))
        )
        #expect(try probe("    x-homie: {health: {http: /ok}}\n")?.kind == .http(HTTPProbe(port: 80, path: "/ok")))
        let full = try probe(
            "    x-homie:\n      health:\n        http: {port: 81, path: /, status: '200-204,301', body: ok, latency: 200ms}\n"
                + "        interval: 5s\n        timeout: 1s\n        start_period: 2m\n        retries: 2\n"
        )
        let http = HTTPProbe(port: 81, statuses: [200...204, 301...301], body: "ok", latency: .milliseconds(200))
        #expect(
            full
                == ProbeDefinition(
                    kind: .http(http),
                    interval: .seconds(5),
                    timeout: .seconds(1),
                    startPeriod: .seconds(120),
                    retries: 2
                )
        )
        #expect(try probe("    x-homie: {health: {grpc: {port: 5}}}\n")?.kind == .grpc(port: 5, service: ""))
        #expect(try probe("    x-homie: {health: {command: [a, b]}}\n")?.kind == .command(["a", "b"]))
        #expect(
            try probe("    x-homie: {health: {websocket: {path: /s}}}\n")?.kind == .webSocket(port: 80, path: "/s")
        )
    }

    @Test func `over HTTPS a certificate is checked when it is said for which name it must be`() throws {
        func trust(_ lines: String) throws -> ProbeTrust? {
            guard case .http(let probe)? = try probe(lines)?.kind else { return nil }
            return probe.trust
        }
        #expect(try trust("    x-homie: {health: {http: /ok}}\n") == nil)
        #expect(try trust("    labels: {io.homie.health: 'https://:8443/ready'}\n") == .anyone)
        #expect(try trust("    x-homie: {health: {https: /ok}}\n") == .anyone)
        #expect(try trust("    x-homie: {health: {https: {port: 8443}}}\n") == .anyone)
        #expect(try trust("    x-homie: {health: {https: {host: a.example}}}\n") == .authorities)
        #expect(try trust("    x-homie: {health: {https: {host: a.example, verify: false}}}\n") == .anyone)
        let full = try probe("    x-homie: {health: {https: {port: 81, path: /a, body: ok, host: a.example}}}\n")
        let http = HTTPProbe(port: 81, path: "/a", host: "a.example", body: "ok", trust: .authorities)
        #expect(full?.kind == .http(http))
        #expect(full?.kind.clause == "answers HTTPS on port 81 at /a")
    }

    @Test(arguments: [
        ("    x-homie:\n      health:\n        https: {verify: true}\n", 7, "services.web.x-homie.health.https.verify"),
        ("    x-homie:\n      health:\n        http: {verify: no}\n", 7, "services.web.x-homie.health.http.verify"),
        ("    x-homie:\n      health:\n        http: {port: 0}\n", 7, "services.web.x-homie.health.http.port"),
        ("    x-homie:\n      health:\n        htp: /\n", 7, "services.web.x-homie.health.htp"),
        ("    x-homie:\n      health:\n        interval: 5s\n", 6, "services.web.x-homie.health"),
        ("    x-homie:\n      heal:\n        restarts: many\n", 7, "services.web.x-homie.heal.restarts"),
        ("    x-homie:\n      heal:\n        memory: -99999999999g\n", 7, "services.web.x-homie.heal.memory"),
        ("    x-homie:\n      heal:\n        memory: -1\n", 7, "services.web.x-homie.heal.memory"),
        (
            "    x-homie:\n      health:\n        tcp: 80\n        interval: -9300000000\n", 8,
            "services.web.x-homie.health.interval"
        ),
        ("    x-homie:\n      heal: maybe\n", 6, "services.web.x-homie.heal"),
        ("    labels:\n      io.homie.health: nonsense\n", 6, "services.web.labels.io.homie.health"),
        ("    labels:\n      io.homie.heal: perhaps\n", 6, "services.web.labels.io.homie.heal"),
    ])
    func `a mistake is named with its line and key`(lines: String, line: Int, path: String) {
        let found = issues(Self.head + lines)
        #expect(found.map(\.keyPath) == [path])
        #expect(found.first?.line == line)
        #expect(found.first?.column != nil)
    }
}
