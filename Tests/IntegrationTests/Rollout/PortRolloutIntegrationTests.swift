import Foundation
import HomieAPI
import HomieModel
import HomieRelay
import Testing

/// Updates of a plain Compose file with a fixed container name, one replica and a published port, under load at that port,
/// without a gateway.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct PortRolloutIntegrationTests {
    private static let port: UInt16 = 18_321

    private func project(
        _ version: Int,
        environment: [String: String] = [:],
        update: [String: JSONValue] = [:]
    ) -> Project {
        var project = Project(name: "ported")
        project.add("web") { body in
            body["image"] = .string("homie/actor:1")
            body["container_name"] = .string("ported-front")
            body["environment"] = Project.environment(
                environment.merging(["VERSION": "\(version)"]) { first, _ in first }
            )
            body["ports"] = .array([
                .object([
                    "mode": .string("ingress"), "target": .integer(80), "published": .string("\(Self.port)"),
                    "protocol": .string("tcp"),
                ])
            ])
            body["restart"] = .string("always")
            let settings: [String: JSONValue] = ["monitor": .string("300ms"), "drain": .string("4s")]
            body["x-homie"] = .object(["update": .object(settings.merging(update) { _, new in new })])
        }
        project.add("peer") { body in
            body["image"] = .string("homie/actor:1")
            body["environment"] = Project.environment(["VERSION": "peer"])
        }
        return project
    }

    private func rules() throws -> [Substring] {
        try Command.run("iptables", ["-w", "5", "-t", "nat", "-S"]).split(separator: "\n")
            + Command.run("ip6tables", ["-w", "5", "-t", "nat", "-S"]).split(separator: "\n")
    }

    /// A container that was just started does not listen at once, and those who ask are strict.
    private func isAnswered() async throws {
        try await eventually("the port is answered") {
            try? Command.run("curl", ["--silent", "--fail", "--max-time", "5", "http://127.0.0.1:\(Self.port)/"])
        }
    }

    /// Clients of every kind: over the loopback and another address of the host, from a container of the same network; with a
    /// connection for each request, with kept ones, and on request with ones that are never let go: these end with the version
    /// that has them, whenever that is.
    private func clients(lettingGo: Bool = false) throws -> [LoadProcess] {
        func gateway(_ network: String) throws -> String {
            try EngineUnderTest.docker(
                "network",
                "inspect",
                network,
                "--format",
                "{{(index .IPAM.Config 0).Gateway}}"
            ).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let host = try gateway("bridge")
        let peer = ["docker", "--host", "unix://\(try EngineUnderTest.requireSocket())", "exec", "-i", "ported-peer-1"]
        let closing = [
            try LoadProcess(port: Self.port, host: "x", clients: 4, rate: 80, perConnection: 1),
            try LoadProcess(port: Self.port, address: host, host: "x", clients: 4, rate: 80, perConnection: 1),
            try LoadProcess(port: Self.port, address: host, host: "x", clients: 10, rate: 200, perConnection: 25),
            try LoadProcess(port: Self.port, host: "x", clients: 6, rate: 120, perConnection: 25),
            try LoadProcess(port: Self.port, address: "::1", host: "x", clients: 2, rate: 40, perConnection: 10),
            try LoadProcess(port: Self.port, address: "::1", host: "x", clients: 2, rate: 40, perConnection: 1),
            try LoadProcess(
                port: Self.port,
                address: try gateway("ported_default"),
                host: "x",
                clients: 2,
                rate: 40,
                perConnection: 10,
                through: peer
            ),
        ]
        guard !lettingGo else { return closing }
        return closing + [
            try LoadProcess(port: Self.port, address: host, host: "x", clients: 3, rate: 60, resends: true),
            try LoadProcess(port: Self.port, host: "x", clients: 3, rate: 60, resends: true),
            try LoadProcess(port: Self.port, address: "::1", host: "x", clients: 2, rate: 40, resends: true),
        ]
    }

    /// Every client, one after another.
    private func each(_ clients: [LoadProcess], _ body: (LoadProcess) async throws -> Void) async throws {
        for client in clients { try await body(client) }
    }

    private func expectNothingFailed(_ clients: [LoadProcess], last version: String, _ daemon: DaemonProcess) throws {
        for (number, client) in clients.enumerated() {
            let report = try client.stop()
            let story = daemon.log.split(separator: "\n").filter { $0.contains("stack=ported") }.map { $0.prefix(120) }
            #expect(report.failed == 0, "client \(number): \(report.failures)\n\(story.joined(separator: "\n"))")
            #expect(report.phases.last?.answers.keys.sorted() == [version], "client \(number)")
        }
    }

    /// One container, with the name and the port that the file says, and nothing led anywhere.
    private func expectHome(_ daemon: DaemonProcess) async throws {
        let left = try rules().filter { $0.contains("homie ported/") }
        #expect(left == [])
        let relay = PacketRelay(owner: daemon.stateDirectory)
        #expect(try await relay.present() == [:])
        try await eventually("no chain is left behind") {
            try rules().contains { $0.contains(relay.chain) } ? nil : true
        }
        let filter = "label=com.docker.compose.project=ported"
        // What is kept for a return gives up its name after the deployment's end.
        try await eventually("one container has the name and the port that the file says") { () -> Bool? in
            let running = try EngineUnderTest.docker(
                "ps",
                "--filter",
                filter,
                "--filter",
                "label=com.docker.compose.service=web",
                "--format",
                "{{.Names}} {{.Ports}}"
            ).split(separator: "\n")
            guard let one = running.first, running.count == 1 else { return nil }
            return one.hasPrefix("ported-front ") && one.contains(":\(Self.port)->80/tcp") ? true : nil
        }
        let standIns = try EngineUnderTest.docker("ps", "--all", "--quiet", "--filter", "label=io.homie.stand-in=true")
        #expect(standIns == "")
    }

    private func end(of id: Int64, _ daemon: DaemonProcess) async throws -> DeploymentRecord {
        do {
            return try await eventually("deployment \(id) ends", within: .seconds(120)) {
                guard let now = try? await daemon.client.deployment(id), now.state.isFinal else { return nil }
                return now
            }
        } catch {
            throw Command.Failure(description: "\(error)\n\(daemon.log.suffix(8000))")
        }
    }

    private func apply(_ project: Project, _ daemon: DaemonProcess) async throws -> DeploymentRecord {
        let begun = try await daemon.client.apply(project.document, as: try StackName(parsing: "ported"))
        return try await end(of: begun.id, daemon)
    }

    @Test func `no request at a published port fails over updates, a bad version and a rollback`() async throws {
        try EngineUnderTest.clean("ported")
        let stack = try StackName(parsing: "ported")
        let daemon = try DaemonProcess()
        try await daemon.start(["--gateway", "off"])
        #expect(try await apply(project(1), daemon).state == .succeeded)
        try await eventually("there is something to go back to") {
            try await daemon.client.stack(stack).lastGoodRevision == 1 ? true : nil
        }
        try await isAnswered()
        let plan = try await daemon.client.plan(project(2).document, as: stack)
        #expect(plan.contains { $0.reason.contains("a stand-in answers at its ports meanwhile") }, "\(plan)")
        let clients = try clients()
        try await each(clients) { try await $0.more(5) }
        for version in 2...3 {
            let update: [String: JSONValue] = version == 2 ? [:] : ["strategy": .string("rolling")]
            let done = try await apply(project(version, update: update), daemon)
            #expect(done.state == .succeeded, "\(done.cause ?? "")\n\(daemon.log.suffix(4000))")
            try await each(clients) { try $0.mark("version \(version)") }
            try await each(clients) { try await $0.more(5) }
            try await expectHome(daemon)
        }
        // One that listens elsewhere never gets a connection.
        let bad = try await apply(
            project(4, environment: ["PORT": "81"], update: ["ready_within": .string("4s")]),
            daemon
        )
        #expect(bad.state == .failed && bad.cause?.contains("was not ready") == true, "\(bad.cause ?? "")")
        try await daemon.converged("ported")
        let back = try await daemon.client.rollback(stack, to: 1)
        #expect(try await end(of: back.id, daemon).state == .succeeded, "\(daemon.log.suffix(4000))")
        try await each(clients) { try $0.mark("version 1") }
        try await each(clients) { try await $0.more(5) }
        try expectNothingFailed(clients, last: "version 1", daemon)
        try await expectHome(daemon)
        let kinds = Set(try await daemon.client.events(EventQuery(stack: stack, limit: 500)).map(\.kind))
        // Those that never let go are cut in the end, and people are told.
        #expect(kinds.isSuperset(of: ["ports.relayed", "ports.home", "connections.cut"]))
        try await cleanUp(daemon)
    }

    @Test func `homied killed at any moment of such an update leaves nobody without an answer, and no rule behind`()
        async throws
    {
        try EngineUnderTest.clean("ported")
        let rounds = EngineUnderTest.rounds("HOMIE_TEST_ROLLOUT_KILLS", default: 4)
        let seed = UInt64(EngineUnderTest.rounds("HOMIE_TEST_SEED", default: Int(UInt32.random(in: 0...UInt32.max))))
        var random = KillIntegrationTests.Seeded(state: seed)
        let daemon = try DaemonProcess()
        try await daemon.start(["--gateway", "off"])
        // Requests take some time, so that some are always on their way.
        #expect(try await apply(project(1, environment: ["DELAY_MS": "40"]), daemon).state == .succeeded)
        try await isAnswered()
        let clients = try clients(lettingGo: true)
        try await each(clients) { try await $0.more(5) }
        for round in 0..<rounds {
            let begun = try await daemon.client.apply(
                project(round + 2, environment: ["DELAY_MS": "40"]).document,
                as: try StackName(parsing: "ported")
            )
            let wait = Int.random(in: 0..<8000, using: &random)
            try await Task.sleep(for: .milliseconds(wait))
            try daemon.killHard()
            // Nobody leads anything on meanwhile, and nobody notices.
            try await each(clients) { try await $0.more(3) }
            try await daemon.start(["--gateway", "off"])
            let done = try await end(of: begun.id, daemon)
            #expect(
                done.state == .succeeded,
                "seed \(seed), round \(round), \(wait) ms: \(done.cause ?? "")\n\(daemon.log.suffix(4000))"
            )
            try await daemon.converged("ported")
            try await expectHome(daemon)
        }
        try await each(clients) { try $0.mark("end") }
        try await each(clients) { try await $0.more(5) }
        try expectNothingFailed(clients, last: "version \(rounds + 1)", daemon)
        try await cleanUp(daemon)
    }

    private func cleanUp(_ daemon: DaemonProcess) async throws {
        let down = try await daemon.client.remove(try StackName(parsing: "ported"), removesVolumes: true)
        #expect(try await end(of: down.id, daemon).state == .succeeded)
        #expect(try daemon.stop() == 0)
        #expect(try !rules().contains { $0.contains("homie ported/") })
    }
}
