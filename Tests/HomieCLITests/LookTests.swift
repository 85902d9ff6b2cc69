import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite("Looking at stacks")
struct LookTests {
    private let home = Samples.name("home")

    private func answer() -> FakeDaemon.Answer {
        let shop = Samples.stack(
            [Samples.status("web", containers: 2), Samples.status("db", .failed, reason: "exited", containers: 0)],
            deployment: Samples.deployment(.succeeded)
        )
        let home = Samples.stack([Samples.status("web", stack: home)], name: home)
        let events = [Samples.event(1, "'db' died"), Samples.event(2, "'web' waits", cause: 1, detail: "a\nb\u{1B}")]
        return { request in
            switch request.line {
            case "GET /stacks": .json(200, StacksAnswer(stacks: [home, shop]))
            case "GET /stacks/shop": .json(200, shop)
            case "GET /stacks/shop/services": .json(200, ServicesAnswer(services: shop.services))
            case "GET /services": .json(200, ServicesAnswer(services: home.services + shop.services))
            case "GET /services?phase=failed": .json(200, ServicesAnswer(services: [shop.services[1]]))
            case "GET /stacks/shop/services/db/why": .json(200, EventsAnswer(events: events))
            case "GET /events?limit=200": .json(200, EventsAnswer(events: events))
            default: Samples.problem(.notFound, "there is nothing at \(request.line)")
            }
        }
    }

    @Test("stacks are listed with how they do")
    func stacks() async throws {
        try await FakeDaemon.serving(answer()) { daemon in
            let run = await CommandRun("stacks", daemon: daemon)
            let lines = run.output.split(separator: "\n")
            #expect(lines[0].hasPrefix("STACK  STATE     SERVICES  REVISION  LAST GOOD"))
            #expect(lines[1].hasPrefix("home   good           1/1         3          2"))
            #expect(lines[2].hasPrefix("shop   degraded       1/2"))
            #expect(await CommandRun("stacks", "-q", daemon: daemon).output == "home\nshop\n")
            #expect(await CommandRun("stacks", "--json", daemon: daemon).output.hasPrefix("{\n  \"stacks\": [\n"))
        }
    }

    @Test("ps shows a line for each container, and for services without one")
    func ps() async throws {
        try await FakeDaemon.serving(answer()) { daemon in
            let run = await CommandRun("ps", "--stack", "shop", daemon: daemon)
            let lines = run.output.split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines[1].contains("shop-web-1"))
            #expect(lines[3].contains("failed"))
            #expect(lines[3].hasSuffix("exited"))
            let quiet = await CommandRun("ps", "-q", daemon: daemon)
            #expect(quiet.output.split(separator: "\n").count == 3)
            for words in [["ps", "--phase", "failed"], ["ps", "--stack", "shop", "--phase", "failed"]] {
                let failed = await CommandRun(words, daemon: daemon).output.split(separator: "\n")
                #expect(failed.count == 2 && failed[1].contains("shop   db"))
            }
            #expect(await CommandRun("ps", "--phase", "ill", daemon: daemon).code == 2)
            #expect(await CommandRun("ps", "--json", daemon: daemon).output.hasPrefix("{\n  \"services\": [\n"))
        }
    }

    @Test("why tells the story from cause to effect")
    func why() async throws {
        try await FakeDaemon.serving(answer()) { daemon in
            let run = await CommandRun("why", "db", daemon: daemon)
            #expect(run.code == 0)
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines[0] == "shop/db is failed: exited")
            #expect(lines[1].hasSuffix("ago  'db' died"))
            #expect(lines[2].hasSuffix("ago    → 'web' waits"))
            #expect(lines[4].hasSuffix(#"| b\u{1B}"#))
        }
    }

    @Test("a service that several stacks have must be named with its stack")
    func ambiguous() async throws {
        try await FakeDaemon.serving(answer()) { daemon in
            let run = await CommandRun("why", "web", daemon: daemon)
            #expect(run.code == 2)
            #expect(run.errors.contains("home, shop"))
            #expect(await CommandRun("why", "nobody", daemon: daemon).code == 3)
            #expect(await CommandRun("why", "home/db", daemon: daemon).code == 3)
        }
    }

    @Test("events are lines, or one document")
    func events() async throws {
        try await FakeDaemon.serving(answer()) { daemon in
            let run = await CommandRun("events", daemon: daemon)
            #expect(run.output.split(separator: "\n").first == "2023-11-14 22:13:21  1  shop/web  'db' died")
            #expect(await CommandRun("events", "--json", daemon: daemon).output.hasPrefix("{\n  \"events\": ["))
        }
    }

    @Test("events that are followed come from where they were left, over broken connections")
    func follow() async throws {
        let output = TextRecorder()
        try await FakeDaemon.serving { request in
            switch request.line {
            case "GET /events?limit=10": .json(200, EventsAnswer(events: [Samples.event(1, "one")]))
            case "GET /events?after=1": .stream(Self.pieces(try? JSONLine.event(Samples.event(2, "two"))))
            case "GET /events?after=2": .stream(Self.pieces(try? JSONLine.event(Samples.event(3, "three"))))
            default: .hangUp
            }
        } _: { daemon in
            let task = Task { await CommandRun(["events", "-f", "--json"], daemon: daemon, output: output) }
            for _ in 0..<1200 where !output.text.contains("three") { try await Task.sleep(for: .milliseconds(50)) }
            task.cancel()
            let ids = output.text.split(separator: "\n").compactMap { $0.split(separator: "\"id\":").last?.prefix(1) }
            #expect(ids == ["1", "2", "3"])
        }
    }

    private static func pieces(_ text: String?) -> AsyncStream<String> {
        AsyncStream { continuation in
            if let text { continuation.yield(text) }
            continuation.finish()
        }
    }

    @Test("doctor ends with 6 when something is wrong, with 0 when not")
    func doctor() async throws {
        let bad = Finding(check: "engine", level: .error, message: "does not answer", remedy: "start it")
        let odd = Finding(check: "disk", level: .warning, message: "90 % full")
        try await FakeDaemon.serving { _ in
            .json(200, FindingsAnswer(findings: [odd, bad]))
        } _: { daemon in
            let run = await CommandRun("doctor", daemon: daemon)
            #expect(run.code == 6)
            #expect(run.output.contains("engine  error    does not answer; start it"))
        }
        try await FakeDaemon.serving { _ in
            .json(200, FindingsAnswer(findings: [odd]))
        } _: {
            #expect(await CommandRun("doctor", daemon: $0).code == 0)
        }
    }

    @Test("health shows what each check saw, and until when a certificate holds")
    func health() async throws {
        let replica = ServiceHealth(
            stack: try StackName(parsing: "shop"),
            service: try ServiceName(parsing: "web"),
            replica: 1,
            health: .healthy,
            check: "it answers HTTPS on port 443 at /",
            latencyMilliseconds: 2.25,
            detail: "it answered 200",
            certificateExpires: Timestamp(nanoseconds: 1_800_000_000_000_000_000)
        )
        try await FakeDaemon.serving { _ in
            .json(200, HealthListAnswer(replicas: [replica]))
        } _: { daemon in
            let list = await CommandRun("health", daemon: daemon)
            for words in ["web/1", "healthy", "2.3 ms", "it answered 200; certificate until 2027-01-15"] {
                #expect(list.output.contains(words), "\(list.output)")
            }
        }
    }

    @Test("issues are listed with their remedy, told in full, and fixed when confirmed")
    func issues() async throws {
        let issue = DeviceIssue(
            id: "service:shop:web",
            check: "service",
            severity: .error,
            summary: "'web' ended with exit code 3",
            since: Timestamp(nanoseconds: 0),
            evidence: ["so far: 2 restarts"],
            excerpt: ["boom"],
            causes: [IssueCause(text: "'db' is in trouble")],
            remedy: Remedy(action: .restart, text: "try it once more", command: "homie fix service:shop:web")
        )
        try await FakeDaemon.serving { request in
            request.method == "POST"
                ? .json(200, FixReport(issue: issue.id, message: "'web' is tried once more"))
                : .json(200, IssuesAnswer(issues: [issue]))
        } _: { daemon in
            let list = await CommandRun("issues", daemon: daemon)
            #expect(list.code == 6)
            #expect(list.output.contains("homie fix service:shop:web"))
            let one = await CommandRun(["issues", issue.id], daemon: daemon)
            for words in ["so far: 2 restarts", "boom", "because   'db' is in trouble"] {
                #expect(one.output.contains(words))
            }
            #expect(await CommandRun(["issues", "nope"], daemon: daemon).code == 3)
            #expect(
                await CommandRun(["fix", issue.id, "--dry-run"], daemon: daemon).output == "Would try it once more.\n"
            )
            let fixed = await CommandRun(["fix", issue.id, "--yes"], daemon: daemon)
            #expect(fixed.code == 0)
            #expect(fixed.output == "'web' is tried once more.\n")
            #expect(daemon.requests.last?.line == "POST /issues/service%3Ashop%3Aweb/fix")
        }
    }

    @Test("both releases are printed")
    func version() async throws {
        try await FakeDaemon.serving { _ in
            .json(200, VersionInformation(version: "9.9.9", commit: "abc"))
        } _: { daemon in
            let run = await CommandRun("version", daemon: daemon)
            #expect(run.code == 0)
            #expect(run.output == "homie   \(HomieRelease.version)\nhomied  9.9.9 (abc)\n")
        }
        let alone = await CommandRun("version")
        #expect(alone.code == 7)
        #expect(alone.output == "homie   \(HomieRelease.version)\n")
    }
}
