import Foundation
import HomieEngine
import HomieModel
import HomiePlanning
import HomieSupervisor
import Logging
import Testing

/// Services that fall ill on a real engine: each ends on the right rung, and the cause is told.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct HealingIntegrationTests {
    private let short: JSONValue = ["restarts": 2, "recreations": 1]

    private func healthcheck(_ path: String = "/healthz") -> HealthcheckDefinition {
        var check = HealthcheckDefinition()
        check.test = ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1\(path)"]
        check.interval = .seconds(1)
        check.timeout = .seconds(1)
        check.retries = 1
        return check
    }

    private func inspect(_ container: String, _ format: String) throws -> String {
        try EngineUnderTest.docker("inspect", "--format", format, container).split(separator: "\n").joined()
    }

    @Test func `a crash loop goes from restarts to a fresh container to the last good revision`() async throws {
        let bench = try await HealingBench("crashloop")
        _ = try await bench.apply(["web": bench.service(short) { $0.healthcheck = healthcheck() }])
        try await bench.phase("web", .healthy)
        try await eventually("revision 1 is good") {
            try await bench.supervisor.stack(bench.stack).lastGoodRevision == 1 ? true : nil
        }
        _ = try await bench.apply(["web": bench.service(short, script: "exit 3")])
        try await bench.event("container.restarted", of: "web", saying: "ended with exit code 3")
        let fresh = try await bench.event("healing.recreate", of: "web", saying: "ended with exit code 3")
        let back = try await bench.event("healing.rollback", of: "web", saying: "revision 1")
        #expect(fresh.id < back.id)
        try await bench.phase("web", .healthy)
        let revisions = try await bench.supervisor.revisions(of: bench.stack)
        #expect(revisions.last?.origin == "rollback to 1")
        let deployment = try #require(
            try await bench.supervisor.events(EventQuery(stack: bench.stack)).last { $0.kind == "deployment.started" }
        )
        #expect(deployment.cause == back.id)
        try await bench.takeDown()
    }

    @Test func `without a good revision a crash loop ends in quarantine, and a person's try begins anew`() async throws
    {
        let bench = try await HealingBench("quarantine")
        _ = try await bench.apply(["web": bench.service(short, script: "exit 3")])
        try await bench.event("healing.quarantine", of: "web", saying: "ended with exit code 3")
        let reason = try await eventually("the quarantine is shown") {
            let reason = try await bench.status("web").reason ?? ""
            return reason.contains("quarantine") ? reason : nil
        }
        #expect(reason.contains("exit code 3"))
        let restarts = try await bench.story().count { $0.hasPrefix("container.restarted") }
        try await Task.sleep(for: .seconds(2))
        #expect(try await bench.story().count { $0.hasPrefix("container.restarted") } == restarts)
        _ = try await bench.apply(["web": bench.service(short)])
        try await bench.phase("web", .running)
        try await bench.takeDown()
    }

    @Test func `a service that hangs is restarted when its check times out`() async throws {
        let bench = try await HealingBench("hang")
        _ = try await bench.apply(["web": bench.service(short) { $0.healthcheck = healthcheck() }])
        try await bench.phase("web", .healthy)
        let process = try inspect("hang-web-1", "{{.State.Pid}}")
        // The shell and the web server below it: nothing answers, nothing ends.
        for line in try EngineUnderTest.docker("top", "hang-web-1", "-o", "pid").split(separator: "\n").dropFirst() {
            try Command.run("kill", ["-STOP", line.filter(\.isNumber)])
        }
        try await bench.event("service.unhealthy", of: "web", saying: "does not pass its health check")
        try await bench.event("container.restarted", of: "web", saying: "does not pass its health check")
        try await eventually("another process runs") {
            let now = try inspect("hang-web-1", "{{.State.Pid}}")
            return now != process && now != "0" ? true : nil
        }
        try await bench.phase("web", .healthy)
        // The engine's old verdict does not count against the new run.
        #expect(try await bench.story().count { $0.hasPrefix("container.restarted") } == 1)
        try await bench.takeDown()
    }

    @Test func `a check of Homie's own sees a service that hangs, and the issue tells what it saw`() async throws {
        let bench = try await HealingBench("own")
        let check: JSONValue = ["http": "/healthz", "interval": "1s", "timeout": "1s", "retries": 2]
        _ = try await bench.apply([
            "web": bench.service(short) {
                $0.exposedPorts = ["80"]
                $0.homie = ["health": check, "heal": ["unhealthy": "report"]]
            }
        ])
        try await bench.phase("web", .healthy)
        let well = await bench.supervisor.health(of: bench.stack)
        #expect(well.map(\.health) == [.healthy])
        #expect(well.first?.detail == "it answered 200")
        for line in try EngineUnderTest.docker("top", "own-web-1", "-o", "pid").split(separator: "\n").dropFirst() {
            try Command.run("kill", ["-STOP", line.filter(\.isNumber)])
        }
        try await bench.event("check.failed", of: "web", saying: "did not answer within 1000 ms (2 times in a row)")
        let issue = try await eventually("the issue is open") {
            await bench.supervisor.issues().first { $0.id == "service:own:web" }
        }
        #expect(issue.evidence.contains { $0.contains("did not answer") })
        #expect(issue.remedy?.action == .restart)
        // It is only to be told of; a person asks for more.
        #expect(try await bench.story().allSatisfy { !$0.hasPrefix("container.restarted") })
        _ = try await bench.supervisor.fix(issue.id)
        try await bench.phase("web", .healthy)
        try await eventually("the issue is closed") {
            await bench.supervisor.issues().contains { $0.id == issue.id } ? nil : true
        }
        try await bench.takeDown()
    }

    @Test func `what runs out of memory again and again ends in quarantine with that cause`() async throws {
        let bench = try await HealingBench("hungry")
        let eater = "x=aaaaaaaa; while :; do x=$x$x; done"
        _ = try await bench.apply([
            "web": bench.service(["restarts": 1, "recreations": 0], script: eater) {
                $0.resources.memory = ByteCount(bytes: 16 << 20)
                $0.resources.memorySwap = ByteCount(bytes: 16 << 20)
            }
        ])
        try await bench.event("healing.quarantine", of: "web", saying: "ran out of memory")
        try await bench.takeDown()
    }

    @Test func `a memory limit is raised within what the file allows, and that is told`() async throws {
        let bench = try await HealingBench("raise")
        // Needs some twenty megabytes for a moment.
        let eater = "x=$(head -c 9000000 /dev/zero | tr '\\0' a); echo ${#x}; exec /bin/static"
        _ = try await bench.apply([
            "web": bench.service(["restarts": 20, "memory": "128m"], script: eater) {
                $0.resources.memory = ByteCount(bytes: 12 << 20)
                $0.resources.memorySwap = ByteCount(bytes: 12 << 20)
            }
        ])
        try await bench.event("healing.memory", of: "web", saying: "ran out of memory")
        try await bench.phase("web", .running)
        try await eventually("it has run for a while") {
            try inspect("raise-web-1", "{{.State.Running}} {{.HostConfig.Memory}}").hasPrefix("true") ? true : nil
        }
        #expect(Int(try inspect("raise-web-1", "{{.HostConfig.Memory}}")) ?? 0 > 12 << 20)
        try await bench.takeDown()
    }

    @Test func `what needs a database that is down is only restarted, and told why`() async throws {
        let bench = try await HealingBench("needs")
        let place = NSTemporaryDirectory() + "homie-needs-\(UUID().uuidString.prefix(6))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let database = bench.service(
            ["restarts": 90],
            script: "if [ -e /mark/broken ]; then exit 9; fi; exec /bin/static"
        ) { $0.mounts = [MountDefinition(kind: .bind, source: place, target: "/mark")] }
        let db = try ServiceName(parsing: "db")
        // An address whose container has just gone does not answer at all: the kernel would try it for two minutes.
        let client = bench.service(
            short,
            script: "while timeout 3 wget -q -O /dev/null http://db/healthz; do sleep 1; done; exit 4"
        ) { $0.dependsOn = [db: Dependency(condition: .started)] }
        _ = try await bench.apply(["db": database, "app": client])
        try await bench.phase("app", .running)
        let container = try inspect("needs-app-1", "{{.Id}}")
        try Data().write(to: URL(fileURLWithPath: place + "/broken"))
        try Command.run("kill", ["-9", try inspect("needs-db-1", "{{.State.Pid}}")])
        try await bench.event("container.restarted", of: "app", saying: "while 'db', which it needs, is in trouble")
        try await eventually("it was restarted more often than its own ladder allows") {
            try await bench.story().count { $0.hasPrefix("container.restarted: 'app'") } > 3 ? true : nil
        }
        let issue = try await eventually("the issue names its cause") {
            await bench.supervisor.issues().first { $0.id == "service:needs:app" && !$0.causes.isEmpty }
        }
        #expect(issue.causes.first?.issue == "service:needs:db")
        try FileManager.default.removeItem(atPath: place + "/broken")
        try await bench.phase("db", .running)
        try await bench.phase("app", .running)
        #expect(try inspect("needs-app-1", "{{.Id}}") == container)
        #expect(try await bench.story().allSatisfy { !$0.hasPrefix("healing.") })
        try await bench.takeDown()
    }

    @Test func `a service that runs, but sells nothing any more, is an issue`() async throws {
        let bench = try await HealingBench("shopping", settings: SupervisorSettings(figures: .milliseconds(200)))
        // An order a second until somebody closes the shop; the page is never seen half written.
        let shop = """
            mkdir /tmp/www; n=0
            while [ ! -e /tmp/closed ]; do
                n=$((n+1)); echo "orders_total $n" >/tmp/new; mv /tmp/new /tmp/www/metrics; sleep 1
            done & exec httpd -f -p 8080 -h /tmp/www
            """
        _ = try await bench.apply([
            "web": bench.service(short, script: shop) {
                $0.exposedPorts = ["8080"]
                $0.homie = ["health": ["http": "/metrics"], "business": ["orders_total rate 15s > 0"]]
            }
        ])
        try await bench.phase("web", .healthy)
        try await eventually("its figures are seen") {
            await bench.supervisor.figures().contains { $0.value > 2 } ? true : nil
        }
        #expect(await bench.supervisor.issues().allSatisfy { $0.check != "business" })
        try EngineUnderTest.docker("exec", "shopping-web-1", "touch", "/tmp/closed")
        let issue = try await eventually("the issue is open") {
            await bench.supervisor.issues().first { $0.id == "business:shopping:web" }
        }
        #expect(issue.summary.contains("'orders_total rate 15s > 0' does not hold"))
        try await bench.phase("web", .healthy)
        try await bench.takeDown()
    }

    @Test func `a port that something else has is named, and not hammered`() async throws {
        let bench = try await HealingBench("port")
        _ = try? EngineUnderTest.docker("rm", "--force", "port-thief")
        try EngineUnderTest.docker("run", "--detach", "--name", "port-thief", "-p", "18099:80", "homie/static:1")
        _ = try await bench.apply([
            "web": bench.service(short) { $0.ports = [PortMapping(target: 80, published: "18099")] }
        ])
        try await eventually("the cause is shown") {
            try await bench.status("web").reason?.contains("port 18099") == true ? true : nil
        }
        try await Task.sleep(for: .seconds(3))
        #expect(try await bench.story().count { $0.hasPrefix("step.failed") } <= 2)
        #expect(try await bench.story().allSatisfy { !$0.hasPrefix("healing.recreate") })
        try EngineUnderTest.docker("rm", "--force", "port-thief")
        try await bench.phase("web", .running)
        try await bench.takeDown()
    }

    @Test func `an engine that restarts, and then a full disk, are recognised as what they are`() async throws {
        let engine = try PrivateEngine()
        let data = engine.directory.appendingPathComponent("data").path
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try Command.run("mount", ["-t", "tmpfs", "-o", "size=96m", "tmpfs", data])
        defer { _ = try? Command.run("umount", ["--lazy", data]) }
        try await engine.start()
        try engine.take("homie/static:1")
        let bench = try await HealingBench("disk", socket: engine.socket)
        _ = try await bench.apply(["web": bench.service(short) { $0.healthcheck = healthcheck() }])
        try await bench.phase("web", .healthy)

        try engine.stop()
        try await eventually("the outage is noticed") { await bench.supervisor.unreadiness == nil ? nil : true }
        try await engine.start()
        try await bench.event("container.restarted", of: "web", saying: "together with the container engine")
        try await bench.phase("web", .healthy)
        #expect(try await bench.story().allSatisfy { !$0.hasPrefix("healing.") })

        // What can be had again goes, although the engine cannot write down what it clears of its cache.
        try Command.run("tar", ["-cf", "\(engine.directory.path)/layer.tar", "-C", "/usr/bin", "tar"])
        try engine.docker("import", "\(engine.directory.path)/layer.tar")
        _ = try? Command.run("dd", ["if=/dev/zero", "of=\(data)/filler", "bs=4k"])
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let report = try await DockerEngine(socketPath: engine.socket, logger: silent).prune(keeping: [])
        #expect(report.images == 1)

        // A new container beside the old one: removing that one would make room.
        _ = try? Command.run("dd", ["if=/dev/zero", "of=\(data)/filler", "bs=4k"])
        _ = try await bench.apply([
            "web": bench.service(short) {
                $0.healthcheck = healthcheck()
                $0.environment["ROUND"] = "2"
            }
        ])
        try await bench.event("step.failed", of: "web", saying: "no space left on device")
        try await Task.sleep(for: .seconds(3))
        #expect(try await bench.story().count { $0.hasPrefix("step.failed") } <= 2)
        #expect(try await bench.story().allSatisfy { !$0.hasPrefix("healing.recreate") })
        try FileManager.default.removeItem(atPath: data + "/filler")
        try await bench.phase("web", .healthy)
        try engine.docker("rm", "--force", "disk-web-1")
    }
}
