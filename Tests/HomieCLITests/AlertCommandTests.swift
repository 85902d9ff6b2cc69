import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite("Alerts on the command line")
struct AlertCommandTests {
    private func serving(_ body: @Sendable (FakeDaemon) async throws -> Void) async throws {
        let rule = AlertRule(
            name: try AlertName(parsing: "service-failed"),
            severity: .critical,
            condition: .health(.init(phases: [.failed]))
        )
        let subject = AlertSubject(stack: try StackName(parsing: "shop"), service: try ServiceName(parsing: "web"))
        var alert = Alert(rule: rule, subject: subject, summary: "shop/web is failed", since: CommandRun.now)
        alert.state = .firing
        alert.group = "shop/db"
        let alerts = [alert]
        let rules = [
            AlertRule(
                name: try AlertName(parsing: "disk-full"),
                condition: .metric(
                    .init(
                        series: try SeriesSelector(parsing: "homie_host_filesystem_used_ratio"),
                        above: 0.95,
                        clears: 0.9
                    )
                )
            ),
            AlertRule(
                name: try AlertName(parsing: "engine"),
                condition: .event(.init(kinds: ["engine.disconnected"], clearedBy: ["engine.connected"]))
            ),
        ]
        let answer: FakeDaemon.Answer = { request in
            switch request.line {
            case "GET /alerts": .json(200, AlertsAnswer(alerts: alerts))
            case "GET /alerts/rules": .json(200, AlertRulesAnswer(rules: rules))
            case "POST /alerts/routes/phone/test": .json(200, SendReport(isDelivered: false, reason: "no answer"))
            default: .json(200, HealthAnswer(status: "ok"))
            }
        }
        try await FakeDaemon.serving(answer, body)
    }

    @Test("alerts are listed with what they come from, and rules as sentences")
    func lists() async throws {
        try await serving { daemon in
            let run = await CommandRun("alert", daemon: daemon)
            let line = try #require(run.output.split(separator: "\n").dropFirst().first)
            #expect(line.hasPrefix("critical  service-failed  "))
            #expect(line.hasSuffix("shop/db     shop/web is failed"))
            let rules = await CommandRun("alert", "rules", daemon: daemon)
            #expect(
                rules.output.contains("mean of homie_host_filesystem_used_ratio over 1m is above 0.95, well at 0.9")
            )
            #expect(rules.output.contains("engine.disconnected happened, until engine.connected"))
            let test = await CommandRun("alert", "test", "phone", daemon: daemon)
            #expect(test.code == 1)
            #expect(test.output == "'phone' did not take it: no answer\n")
        }
    }

    @Test("a rule is sent as it was typed")
    func rule() async throws {
        try await serving { daemon in
            let run = await CommandRun(
                [
                    "alert", "rule", "set", "slow", "--metric", #"lag{stack="shop"}"#, "--function", "p95", "--over",
                    "5m",
                    "--above", "1.5", "--for", "2m30s", "--severity", "critical",
                ],
                daemon: daemon
            )
            #expect(run.code == 0, "\(run.errors)")
            let request = try #require(daemon.requests.first)
            #expect(request.line == "PUT /alerts/rules/slow")
            let body = try JSONText.value(AlertRule.self, from: Array(request.body.utf8))
            #expect(body.holds == .seconds(150))
            guard case .metric(let condition) = body.condition else {
                Issue.record("not a metric")
                return
            }
            #expect(condition.above == 1.5 && condition.over == .seconds(300) && condition.function == .quantile(0.95))
            for bad in [
                ["--metric", "a"], ["--health", "ill"], ["--metric", "a", "--above", "1", "--event", "b"], [],
            ] {
                let arguments = ["alert", "rule", "set", "x"] + bad
                #expect(await CommandRun(arguments, daemon: daemon).code == 2)
            }
        }
    }

    @Test("a secret comes from standard input, and is not on the command line")
    func secret() async throws {
        try await serving { daemon in
            let input = ScriptedInput(content: "tk_secret\n")
            let run = await CommandRun(
                [
                    "alert", "route", "set", "phone", "--kind", "ntfy", "--url", "https://ntfy.sh/topic",
                    "--secret-file", "-",
                ],
                daemon: daemon,
                input: input
            )
            #expect(run.code == 0, "\(run.errors)")
            let body = try JSONValue(parsing: Array(try #require(daemon.requests.first).body.utf8))
            #expect(body["secret"] == "tk_secret")
            #expect(body["hasSecret"] == nil)
            #expect(body["allowsLocal"] == .bool(false))
            let bad = ["alert", "route", "set", "phone", "--kind", "smtp", "--url", "https://x.example"]
            #expect(await CommandRun(bad, daemon: daemon).code == 2)
            let hook = ["hook", "set", "push", "--deploy", "shop", "--job", "backup"]
            #expect(await CommandRun(hook, daemon: daemon).code == 2)
            let missing = ["hook", "set", "push", "--deploy", "shop", "--secret-file", "/nowhere/key"]
            #expect(await CommandRun(missing, daemon: daemon).errors.contains("/nowhere/key"))
        }
    }
}
