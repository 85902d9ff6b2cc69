import Foundation
import HomieModel
import HomieStore
import HomieSupervisor
import Logging
import Testing

/// The supervisor on the real engine, in this process.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct SupervisorIntegrationTests {
    private final class Bench {
        let supervisor: Supervisor
        let task: Task<Void, any Error>
        let directory: String

        init(_ project: String) async throws {
            try EngineUnderTest.clean(project)
            directory = NSTemporaryDirectory() + "homie-\(UUID().uuidString.prefix(8))"
            let clocks = Clocks.system()
            let store = try SQLiteStateStore(directory: directory, now: clocks.wall())
            var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            logger.logLevel = .critical
            let supervisor = Supervisor(
                engine: try EngineUnderTest.engine(),
                store: store,
                clocks: clocks,
                logger: logger
            )
            self.supervisor = supervisor
            try await supervisor.load()
            task = Task { try await supervisor.run() }
        }

        deinit {
            task.cancel()
            try? FileManager.default.removeItem(atPath: directory)
        }

        func up(_ definition: StackDefinition, _ options: ApplyOptions = ApplyOptions()) async throws
            -> DeploymentRecord
        {
            let end = try await settle(try await supervisor.apply(definition, options: options))
            try await converge(definition.name)
            return end
        }

        /// A deployment may end before the last old container is removed.
        func converge(_ name: StackName) async throws {
            try await eventually("'\(name)' has converged") {
                try await supervisor.stack(name).isConverged ? true : nil
            }
        }

        func takeDown(_ name: StackName) async throws {
            let down = try await settle(try await supervisor.remove(name, removesVolumes: true))
            #expect(down.state == .succeeded)
        }

        func settle(_ deployment: DeploymentRecord) async throws -> DeploymentRecord {
            do {
                return try await eventually("deployment \(deployment.id) ends") {
                    let now = try await supervisor.deployment(deployment.id)
                    return now.state.isFinal ? now : nil
                }
            } catch {
                let events = try await supervisor.events(EventQuery()).map { "\($0.kind): \($0.message)" }
                throw Command.Failure(description: "\(error)\n\(events.joined(separator: "\n"))")
            }
        }
    }

    private func stack(_ name: String, _ services: [String: ServiceDefinition]) throws -> StackDefinition {
        var definition = StackDefinition(name: try StackName(parsing: name))
        for (key, service) in services {
            var service = service
            service.stopGracePeriod = .seconds(1)
            if service.networkMode == nil { service.networks["default"] = NetworkAttachment() }
            definition.services[try ServiceName(parsing: key)] = service
        }
        definition.networks["default"] = NetworkDefinition(name: "\(name)_default")
        return definition
    }

    private func service(_ change: (inout ServiceDefinition) throws -> Void = { _ in }) rethrows -> ServiceDefinition {
        var service = ServiceDefinition()
        service.image = "homie/static:1"
        try change(&service)
        return service
    }

    private var healthcheck: HealthcheckDefinition {
        var check = HealthcheckDefinition()
        check.test = ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/healthz"]
        check.interval = .seconds(30)
        return check
    }

    private func state(_ container: String, _ format: String = "{{.State.Status}}") throws -> String {
        try EngineUnderTest.docker("inspect", "--format", format, container).split(separator: "\n").joined()
    }

    @Test func `a chain of health conditions does not wait for the engine's interval`() async throws {
        let bench = try await Bench("chain")
        let db = try ServiceName(parsing: "db")
        let definition = try stack(
            "chain",
            [
                "db": service { $0.healthcheck = healthcheck },
                "api": service { $0.dependsOn = [db: Dependency(condition: .healthy)] },
            ]
        )
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try await bench.up(definition).state == .succeeded)
        // The engine itself probes for the first time after thirty seconds.
        #expect(clock.now - start < .seconds(25))
        #expect(try state("chain-api-1") == "running")
        try await bench.takeDown(definition.name)
        #expect(try EngineUnderTest.docker("network", "ls", "--format", "{{.Name}}").contains("chain_default") == false)
    }

    @Test func `anonymous volumes and names survive re-creation`() async throws {
        let bench = try await Bench("keep")
        let web = try ServiceName(parsing: "web")
        var definition = try stack(
            "keep",
            ["web": service { $0.mounts = [MountDefinition(kind: .volume, target: "/data")] }]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        try EngineUnderTest.docker("exec", "--user", "0", "keep-web-1", "/bin/sh", "-c", "echo kept > /data/proof")
        let before = try state("keep-web-1", "{{.Id}}")
        definition.services[web]?.environment["A"] = "1"
        #expect(try await bench.up(definition).state == .succeeded)
        #expect(try state("keep-web-1", "{{.Id}}") != before)
        #expect(try EngineUnderTest.docker("exec", "keep-web-1", "/bin/cat", "/data/proof") == "kept\n")
        try await bench.takeDown(definition.name)
    }

    @Test func `what is killed, paused, renamed or removed comes back`() async throws {
        let bench = try await Bench("heal")
        let definition = try stack("heal", ["web": service { $0.restart = .unlessStopped }])
        #expect(try await bench.up(definition).state == .succeeded)
        let process = try state("heal-web-1", "{{.State.Pid}}")
        try Command.run("kill", ["-9", process])
        try await eventually("it runs again") {
            try state("heal-web-1", "{{.State.Status}} {{.State.Pid}}").hasPrefix("running")
                && (try state("heal-web-1", "{{.State.Pid}}")) != process ? true : nil
        }
        try EngineUnderTest.docker("pause", "heal-web-1")
        try await eventually("it goes on") { try state("heal-web-1") == "running" ? true : nil }
        try EngineUnderTest.docker("rename", "heal-web-1", "stray")
        try await eventually("it has its name back") { try? state("heal-web-1") == "running" ? true : nil }
        try EngineUnderTest.docker("rm", "--force", "heal-web-1")
        try await eventually("it is there again") { (try? state("heal-web-1")) == "running" ? true : nil }
        try EngineUnderTest.docker("stop", "--time", "1", "heal-web-1")
        try await eventually("the stop is noticed") {
            try await bench.supervisor.stack(definition.name).services.first?.phase == .stopped ? true : nil
        }
        #expect(try state("heal-web-1") == "exited")
        let kinds = try await bench.supervisor.events(EventQuery(stack: definition.name)).map(\.kind)
        for kind in ["container.died", "container.paused", "container.renamed", "container.vanished"] {
            #expect(kinds.contains(kind))
        }
        try await bench.takeDown(definition.name)
    }

    @Test func `rolls back to the image it had, by its ID`() async throws {
        let bench = try await Bench("back")
        let web = try ServiceName(parsing: "web")
        var definition = try stack("back", ["web": service()])
        #expect(try await bench.up(definition).state == .succeeded)
        let image = try state("back-web-1", "{{.Image}}")
        definition.services[web]?.image = "homie/static:2"
        #expect(try await bench.up(definition).state == .succeeded)
        // The new one may serve before the old one is removed and leaves it its name.
        try await bench.converge(definition.name)
        let newer = try await eventually("the new one has the name") {
            (try? state("back-web-1", "{{.Image}}")).flatMap { $0 == image ? nil : $0 }
        }
        #expect(newer != image)
        let back = try await bench.supervisor.rollback(definition.name, to: nil)
        #expect(try await bench.settle(back).state == .succeeded)
        try await bench.converge(definition.name)
        let older = try await eventually("the old one has the name") {
            (try? state("back-web-1", "{{.Image}}")).flatMap { $0 == newer ? nil : $0 }
        }
        #expect(older == image)
        try await bench.takeDown(definition.name)
    }
}
