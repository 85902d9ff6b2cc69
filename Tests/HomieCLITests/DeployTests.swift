import FoundationEssentials
import HomieAPI
import HomieConsole
import HomieModel
import Testing

@testable import homie_cli

@Suite("homie up")
struct DeployTests {
    private func project() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.write("compose.yaml", Samples.compose)
        return directory
    }

    @Test("an unchanged stack costs one request on one connection")
    func unchanged() async throws {
        let directory = try project()
        try await FakeDaemon.serving { _ in
            .json(200, Samples.deployment(.succeeded))
        } _: { daemon in
            let run = await CommandRun("up", daemon: daemon, directory: directory.path)
            #expect(run.code == 0)
            #expect(run.output == "shop: nothing to do, revision 3 runs, 2 services (12.4 s)\n")
            #expect(run.errors.isEmpty)
            #expect(daemon.requests.map(\.line) == ["PUT /stacks/shop"])
            #expect(daemon.connectionCount == 1)
        }
    }

    @Test("the whole project and the options are sent")
    func body() async throws {
        let directory = try project()
        try await FakeDaemon.serving { _ in
            .json(200, Samples.deployment(.succeeded))
        } _: { daemon in
            _ = await CommandRun("up", "--pull", "--remove-orphans", daemon: daemon, directory: directory.path)
            let sent = try JSONDecoder().decode(ApplyRequest.self, from: Data(daemon.requests[0].body.utf8))
            #expect(sent.options == ApplySettings(pulls: true, forcesRecreate: false, removesOrphans: true))
            #expect(sent.project["services"]?["db"]?["image"] == "postgres:16")
        }
    }

    /// A daemon whose deployment ends when its third event is out.
    private func deploying(to end: DeploymentRecord, services: [ServiceStatus]) -> FakeDaemon.Answer {
        let ends = Counter()
        let looks = Counter()
        return { request in
            switch request.line {
            case "PUT /stacks/shop", "POST /stacks/shop/rollback", "POST /stacks/shop/adopt":
                return .json(202, Samples.deployment(.running))
            case "GET /stacks/shop":
                looks.increment()
                let working = [
                    Samples.status("web", .waiting, reason: "waits for db"), Samples.status("db", .starting),
                ]
                return .json(
                    200,
                    ends.value > 0
                        ? Samples.stack(services, deployment: end)
                        : Samples.stack(working, deployment: Samples.deployment(.running))
                )
            case "GET /deployments/7": return .json(200, ends.value > 0 ? end : Samples.deployment(.running))
            case _ where request.line.hasPrefix("GET /events?stack=shop"):
                return .stream(
                    AsyncStream { continuation in
                        Task {
                            while looks.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
                            try await Task.sleep(for: .milliseconds(300))
                            ends.increment()
                            var event = Samples.event(9, "the deployment ended")
                            event.kind = "deployment.ended"
                            continuation.yield("id: 9\ndata: \(try JSONOutput.line(event))\n")
                            try await Task.sleep(for: .seconds(5))
                            continuation.finish()
                        }
                    }
                )
            default: return Samples.problem(.notFound, "no such path")
            }
        }
    }

    @Test("waits until the deployment has ended, with a line for each change")
    func waits() async throws {
        let directory = try project()
        let well = [Samples.status("web"), Samples.status("db")]
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.succeeded), services: well)) { daemon in
            let run = await CommandRun("up", daemon: daemon, directory: directory.path)
            #expect(run.code == 0)
            #expect(run.output == "shop: revision 3 runs, 2 services (12.4 s)\n")
            #expect(run.errors == "db: starting\nweb: waiting: waits for db\ndb: healthy\nweb: healthy\n")
        }
    }

    @Test("on a terminal the block is redrawn and stays in the end")
    func terminal() async throws {
        let directory = try project()
        let well = [Samples.status("web"), Samples.status("db")]
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.succeeded), services: well)) { daemon in
            let size = TerminalSize(columns: 80, rows: 24)
            let run = await CommandRun(["up"], daemon: daemon, directory: directory.path, terminal: size)
            #expect(run.errors.contains("Deploying shop ("))
            #expect(run.errors.contains("\u{1B}[3A\r"))
            #expect(run.errors.hasSuffix("  ✓ db  healthy\u{1B}[K\n  ✓ web healthy\u{1B}[K\n\u{1B}[J"))
        }
    }

    @Test("a failed deployment ends with 6, its cause and where to look")
    func fails() async throws {
        let directory = try project()
        let ill = [Samples.status("web", .failed, reason: "exited with code 1"), Samples.status("db")]
        let end = Samples.deployment(.failed, cause: "'web' does not become healthy")
        try await FakeDaemon.serving(deploying(to: end, services: ill)) { daemon in
            let run = await CommandRun("up", daemon: daemon, directory: directory.path)
            #expect(run.code == 6)
            #expect(run.errors.contains("error: the deployment of 'shop' failed: 'web' does not become healthy\n"))
            #expect(run.errors.contains("hint: 'homie why shop/web' tells the story\n"))
            #expect(run.errors.contains("web: failed: exited with code 1\n"))
        }
    }

    @Test("a deployment that gave way to a newer one is a conflict")
    func superseded() async throws {
        let directory = try project()
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.superseded), services: [])) { daemon in
            #expect(await CommandRun("up", daemon: daemon, directory: directory.path).code == 4)
        }
    }

    @Test("--no-wait returns at once; --json gives the deployment")
    func noWait() async throws {
        let directory = try project()
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.succeeded), services: [])) { daemon in
            let run = await CommandRun("up", "--no-wait", "--json", daemon: daemon, directory: directory.path)
            #expect(run.code == 0)
            #expect(daemon.requests.count == 1)
            #expect(run.output.contains("\"state\": \"running\""))
            #expect(run.output.contains("\"id\": 7"))
        }
    }

    @Test("--json prints one document in the end, and nothing else")
    func json() async throws {
        let directory = try project()
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.succeeded), services: [])) { daemon in
            let run = await CommandRun("up", "--json", daemon: daemon, directory: directory.path)
            let record = try JSONDecoder().decode(DeploymentRecord.self, from: Data(run.output.utf8))
            #expect(record == Samples.deployment(.succeeded))
            #expect(run.errors.isEmpty)
        }
    }

    @Test("--timeout ends the waiting, not the deployment")
    func timeout() async throws {
        let directory = try project()
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.running), services: [])) { daemon in
            let run = await CommandRun("up", "--timeout", "100ms", daemon: daemon, directory: directory.path)
            #expect(run.code == 1)
            #expect(run.errors.contains("has not ended within 0.1 s; it goes on"))
        }
    }

    @Test("Ctrl-C leaves the deployment running, and says so")
    func interrupt() async throws {
        let directory = try project()
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.running), services: [])) { daemon in
            let run = await CommandRun(["up"], daemon: daemon, directory: directory.path) {
                AsyncStream { continuation in
                    Task {
                        try await Task.sleep(for: .milliseconds(100))
                        continuation.yield()
                    }
                }
            }
            #expect(run.code == 130)
            #expect(run.errors.contains("goes on without this program"))
            #expect(!daemon.requests.contains { $0.method == "DELETE" })
        }
    }

    @Test("a stream of events that breaks is opened again, and the end is not missed")
    func brokenStream() async throws {
        let directory = try project()
        let asked = Counter()
        try await FakeDaemon.serving { request in
            switch request.line {
            case "PUT /stacks/shop": return .json(202, Samples.deployment(.running))
            case "GET /stacks/shop":
                let isOver = asked.value > 1
                return .json(
                    200,
                    Samples.stack([], deployment: Samples.deployment(isOver ? .succeeded : .running))
                )
            default:
                asked.increment()
                return .hangUp
            }
        } _: { daemon in
            #expect(await CommandRun("up", daemon: daemon, directory: directory.path).code == 0)
        }
    }

    @Test("--dry-run asks for the plan and changes nothing")
    func dryRun() async throws {
        let directory = try project()
        let change = PlannedChange(action: "recreate", object: "service", name: "web", reason: "image changed")
        try await FakeDaemon.serving { _ in
            .json(200, PlanAnswer(changes: [change]))
        } _: { daemon in
            let run = await CommandRun("up", "--dry-run", daemon: daemon, directory: directory.path)
            #expect(run.output == "DO        TO       NAME  BECAUSE\nrecreate  service  web   image changed\n")
            let plan = await CommandRun("plan", "--json", daemon: daemon, directory: directory.path)
            #expect(plan.output.contains("\"changes\": ["))
            #expect(Set(daemon.requests.map(\.line)) == ["POST /stacks/shop/plan"])
        }
    }

    @Test("rollback and adopt wait as well")
    func others() async throws {
        let directory = try project()
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.succeeded, kind: .rollback), services: [])) {
            let run = await CommandRun("rollback", "shop", "--to", "2", daemon: $0)
            #expect(run.code == 0)
            #expect(run.output == "shop: revision 3 runs again (12.4 s)\n")
            #expect($0.requests[0].body == #"{"revision":2}"#)
        }
        try await FakeDaemon.serving(deploying(to: Samples.deployment(.succeeded, kind: .adopt), services: [])) {
            let run = await CommandRun("adopt", daemon: $0, directory: directory.path)
            #expect(run.output == "shop: adopted as revision 3 (12.4 s)\n")
        }
    }
}
