import Foundation
import HomieAPI
import HomieModel
import Testing

/// Updates under load, with a real HAProxy and a real Docker Engine. HOMIE_TEST_ROLLOUT_SWITCHES sets how many switches there
/// are, HOMIE_TEST_ROLLOUT_REQUESTS how many requests at least.
@Suite(.serialized, .enabled(if: GatewayDaemon.isExpected))
struct RolloutIntegrationTests {
    private static let canary: [String: JSONValue] = [
        "strategy": .string("canary"), "monitor": .string("300ms"),
        "canary": .object([
            "steps": .array([.integer(25), .integer(60)]), "hold": .string("1500ms"), "min_requests": .integer(40),
            // The clients leave this machine little to spare: one of two replicas may well be twice as slow.
            "max_slowdown": .integer(3),
        ]),
    ]

    private static func update(_ number: Int) -> [String: JSONValue] {
        switch number % 3 {
        case 0: ["strategy": .string("rolling"), "monitor": .string("300ms")]
        case 1: ["strategy": .string("blue-green"), "monitor": .string("300ms")]
        default: canary
        }
    }

    private func project(
        version: Int,
        environment: [String: String] = [:],
        update: [String: JSONValue]
    ) -> Project {
        var project = Project(name: "roll")
        project.addActor("web", replicas: 2, version: "\(version)", environment: environment, update: update)
        project.addActor("talk", replicas: 1, version: "1")
        return project
    }

    @Test func `no request fails and no WebSocket of others is cut over rolling, blue-green and canary updates`()
        async throws
    {
        try EngineUnderTest.clean("roll")
        let switches = EngineUnderTest.rounds("HOMIE_TEST_ROLLOUT_SWITCHES", default: 6)
        let requests = EngineUnderTest.rounds("HOMIE_TEST_ROLLOUT_REQUESTS", default: 3000)
        let gateway = try GatewayDaemon()
        try await gateway.start()
        #expect(try await gateway.up(project(version: 1, update: Self.update(0))).state == .succeeded)
        try await gateway.serves("web.homie.local")
        try await gateway.serves("talk.homie.local")
        let load = try LoadProcess(port: gateway.port, host: "web.homie.local", clients: 50, rate: 600)
        let talk = try LoadProcess(port: gateway.port, host: "talk.homie.local", clients: 1, rate: 20, webSockets: 5)
        try await load.more(200)
        var previous = 1
        for number in 0..<switches {
            let version = number + 2
            let end = try await gateway.up(project(version: version, update: Self.update(number)))
            #expect(end.state == .succeeded, "switch \(number): \(end.cause ?? "")\n\(gateway.daemon.log.suffix(3000))")
            try load.mark("after \(number)")
            try await load.more(max(200, requests / (switches + 2)))
            previous = version
        }
        // A canary that is too slow goes back by itself, and nobody's request fails for it.
        let slow = try await gateway.up(
            project(version: previous + 1, environment: ["DELAY_MS": "120"], update: Self.canary)
        )
        #expect(slow.state == .failed)
        #expect(slow.cause?.contains("95th percentile") == true, "\(slow.cause ?? "")")
        try await gateway.daemon.converged("roll", within: .seconds(120))
        try load.mark("back")
        try await load.more(200)
        // One that a person ends in its middle goes back as well.
        try load.mark("aborting")
        let stack = try StackName(parsing: "roll")
        let begun = try await gateway.daemon.client.apply(
            project(version: previous + 2, update: Self.canary).document,
            as: stack
        )
        try await eventually("the canary gets its share") {
            let open = try await gateway.daemon.client.rollouts(of: stack).first { $0.state == .progressing }
            return open?.share == 25 ? true : nil
        }
        _ = try await gateway.daemon.client.steer(try ServiceName(parsing: "web"), in: stack, .abort)
        #expect(try await gateway.end(of: begun.id).state == .failed)
        try await gateway.daemon.converged("roll", within: .seconds(120))
        try load.mark("aborted")
        try await load.more(200)
        // And a person goes back, too.
        try load.mark("going back")
        let back = try await gateway.daemon.client.rollback(try StackName(parsing: "roll"), to: 1)
        #expect(try await gateway.end(of: back.id).state == .succeeded)
        try load.mark("first again")
        try await load.more(200)
        let report = try load.stop()
        let others = try talk.stop()
        #expect(report.failed == 0, "\(report.failures)\n\(gateway.daemon.log.suffix(4000))")
        #expect(report.requests >= requests)
        #expect(report.phases.last?.answers.keys.sorted() == ["version 1"])
        #expect(report.phases.first { $0.name == "back" }?.answers.keys.sorted() == ["version \(previous)"])
        #expect(report.phases.first { $0.name == "aborted" }?.answers.keys.sorted() == ["version \(previous)"])
        #expect(others.failed == 0, "\(others.failures)")
        #expect(others.websockets == 5 && others.cut == [], "\(others.cut)")
        try await cleanUp(gateway)
    }

    @Test func `a canary that fails one request in twenty goes back within two windows, and a good one is promoted`()
        async throws
    {
        try EngineUnderTest.clean("roll")
        let hold = 4
        var update = Self.canary
        update["canary"] = .object([
            "steps": .array([.integer(30), .integer(60)]), "hold": .string("\(hold)s"), "min_requests": .integer(40),
            "max_slowdown": .integer(3),
        ])
        let gateway = try GatewayDaemon()
        try await gateway.start()
        #expect(try await gateway.up(project(version: 1, update: update)).state == .succeeded)
        try await gateway.serves("web.homie.local")
        let stack = try StackName(parsing: "roll")
        try await eventually("there is something to go back to") {
            try await gateway.daemon.client.stack(stack).lastGoodRevision == 1 ? true : nil
        }
        let load = try LoadProcess(port: gateway.port, host: "web.homie.local", clients: 20, rate: 500)
        try await load.more(200)
        let end = try await gateway.up(project(version: 2, environment: ["ERROR_SHARE": "0.05"], update: update))
        #expect(end.state == .failed)
        #expect(end.cause?.contains("answers are errors") == true, "\(end.cause ?? "")")
        try await gateway.daemon.converged("roll", within: .seconds(120))
        try load.mark("back")
        try await load.more(300)
        let failed = try #require(
            try await gateway.daemon.client.events(EventQuery(stack: StackName(parsing: "roll"), limit: 500))
                .last { $0.kind == "rollout.failed" },
            "\(gateway.daemon.log.suffix(3000))"
        )
        let good = try await gateway.up(project(version: 3, update: update))
        #expect(good.state == .succeeded, "\(good.cause ?? "")")
        try load.mark("promoted")
        try await load.more(200)
        let report = try load.stop()
        // From the first request that the canary got to the verdict.
        let begun = try #require(report.phases.first?.first["version 2"])
        let took = Double(failed.at.nanoseconds) / 1e9 - begun
        #expect(took <= Double(2 * hold), "\(took) s")
        #expect(report.phases.first { $0.name == "back" }?.answers.keys.sorted().first == "version 1")
        #expect(report.phases.last?.answers.keys.sorted() == ["version 3"])
        // Nothing failed but what the canary was asked.
        #expect(report.failures.allSatisfy { $0.contains("version 2") }, "\(report.failures)")
        try await cleanUp(gateway)
    }

    @Test func `a canary that is 30 % slower goes back, and one that is as fast is promoted`() async throws {
        try EngineUnderTest.clean("roll")
        let update: [String: JSONValue] = [
            "strategy": .string("canary"), "monitor": .string("300ms"),
            "canary": .object([
                "steps": .array([.integer(50)]), "hold": .string("5s"), "min_requests": .integer(100),
            ]),
        ]
        // Long enough that what else this machine does counts for little.
        func version(_ number: Int, delay: Int) -> Project {
            project(version: number, environment: ["DELAY_MS": "\(delay)"], update: update)
        }
        let gateway = try GatewayDaemon()
        try await gateway.start()
        #expect(try await gateway.up(version(1, delay: 600)).state == .succeeded)
        try await gateway.serves("web.homie.local")
        let stack = try StackName(parsing: "roll")
        try await eventually("there is something to go back to") {
            try await gateway.daemon.client.stack(stack).lastGoodRevision == 1 ? true : nil
        }
        let load = try LoadProcess(port: gateway.port, host: "web.homie.local", clients: 60, rate: 80)
        try await load.more(100)
        let slow = try await gateway.up(version(2, delay: 780))
        #expect(slow.state == .failed && slow.cause?.contains("95th percentile") == true, "\(slow.cause ?? "")")
        try await gateway.daemon.converged("roll", within: .seconds(120))
        try load.mark("back")
        try await load.more(50)
        try load.mark("updating")
        let good = try await gateway.up(version(3, delay: 600))
        #expect(good.state == .succeeded, "\(good.cause ?? "")")
        try load.mark("promoted")
        try await load.more(50)
        let report = try load.stop()
        #expect(report.failed == 0, "\(report.failures)")
        #expect(report.phases.first { $0.name == "back" }?.answers.keys.sorted() == ["version 1"])
        #expect(report.phases.last?.answers.keys.sorted() == ["version 3"])
        try await cleanUp(gateway)
    }

    @Test func `homied killed at any moment of an update goes on where it was, and no request fails`() async throws {
        try EngineUnderTest.clean("roll")
        let rounds = EngineUnderTest.rounds("HOMIE_TEST_ROLLOUT_KILLS", default: 4)
        let seed = UInt64(EngineUnderTest.rounds("HOMIE_TEST_SEED", default: Int(UInt32.random(in: 0...UInt32.max))))
        var random = KillIntegrationTests.Seeded(state: seed)
        let gateway = try GatewayDaemon()
        try await gateway.start()
        #expect(try await gateway.up(project(version: 1, update: Self.update(0))).state == .succeeded)
        try await gateway.serves("web.homie.local")
        let load = try LoadProcess(port: gateway.port, host: "web.homie.local", clients: 10, rate: 400)
        try await load.more(100)
        for round in 0..<rounds {
            let client = gateway.daemon.client
            let begun = try await client.apply(
                project(version: round + 2, update: Self.update(round)).document,
                as: try StackName(parsing: "roll")
            )
            let wait = Int.random(in: 0..<3000, using: &random)
            try await Task.sleep(for: .milliseconds(wait))
            try gateway.daemon.killHard()
            try await gateway.start()
            let end = try await gateway.end(of: begun.id)
            #expect(
                end.state == .succeeded,
                "seed \(seed), round \(round), killed after \(wait) ms: \(end.cause ?? "")"
            )
            try await gateway.daemon.converged("roll")
            try load.mark("after \(round)")
            try await load.more(100)
        }
        let report = try load.stop()
        #expect(report.failed == 0, "seed \(seed): \(report.failures)\n\(gateway.daemon.log.suffix(4000))")
        #expect(report.phases.last?.answers.keys.sorted() == ["version \(rounds + 1)"])
        try await cleanUp(gateway)
    }

    @Test func `HAProxy killed in the middle of an update comes back, and the update ends well`() async throws {
        try EngineUnderTest.clean("roll")
        let gateway = try GatewayDaemon()
        try await gateway.start()
        #expect(try await gateway.up(project(version: 1, update: Self.update(0))).state == .succeeded)
        try await gateway.serves("web.homie.local")
        let seed = UInt64(EngineUnderTest.rounds("HOMIE_TEST_SEED", default: Int(UInt32.random(in: 0...UInt32.max))))
        var random = KillIntegrationTests.Seeded(state: seed)
        for round in 0..<2 {
            let client = gateway.daemon.client
            let begun = try await client.apply(
                project(version: round + 2, update: Self.update(round + 1)).document,
                as: try StackName(parsing: "roll")
            )
            let wait = Int.random(in: 0..<3000, using: &random)
            try await Task.sleep(for: .milliseconds(wait))
            if let master = gateway.master { kill(master, SIGKILL) }
            for worker in gateway.workers() { kill(worker, SIGKILL) }
            let end = try await gateway.end(of: begun.id)
            #expect(end.state == .succeeded, "seed \(seed), \(wait) ms: \(end)\n\(gateway.daemon.log.suffix(4000))")
            try await gateway.serves("web.homie.local")
            let load = try LoadProcess(port: gateway.port, host: "web.homie.local", clients: 4)
            try await load.more(50)
            let report = try load.stop()
            #expect(report.failed == 0, "\(report.failures)")
            #expect(report.phases.last?.answers.keys.sorted() == ["version \(round + 2)"])
        }
        try await cleanUp(gateway)
    }

    private func cleanUp(_ gateway: GatewayDaemon) async throws {
        let down = try await gateway.daemon.client.remove(try StackName(parsing: "roll"), removesVolumes: true)
        #expect(try await gateway.end(of: down.id).state == .succeeded)
        #expect(try gateway.daemon.stop() == 0)
    }
}
