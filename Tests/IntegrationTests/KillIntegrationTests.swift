import Foundation
import HomieAPI
import HomieModel
import Testing

/// `homied` is killed at random points while stacks change. HOMIE_TEST_KILL_ROUNDS sets how often.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct KillIntegrationTests {
    /// SplitMix64.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private func project(_ random: inout Seeded) -> Project {
        var project = Project(name: "kill", volumes: ["data"])
        project.add("db") { body in
            body["environment"] = Project.environment(["STEP": String(Int.random(in: 0..<3, using: &random))])
            body["volumes"] = Project.volume("data", at: "/data")
        }
        for name in ["api", "web", "job"] where Int.random(in: 0..<4, using: &random) > 0 {
            let step = String(Int.random(in: 0..<3, using: &random))
            let replicas = Int.random(in: 1...2, using: &random)
            project.add(name) { body in
                body["environment"] = Project.environment(["STEP": step])
                body["deploy"] = .object(["replicas": .integer(Int64(replicas))])
                body["restart"] = .string("always")
                if name != "job" { body["depends_on"] = Project.dependsOn(["db": "service_started"]) }
            }
        }
        return project
    }

    /// What must run: name and environment of each container.
    private func expected(_ project: Project) -> Set<String> {
        var result: Set<String> = []
        for (name, body) in project.services {
            let replicas = body["deploy"]?["replicas"]?.integerValue ?? 1
            for index in 1...replicas {
                result.insert("kill-\(name)-\(index) STEP=\(body["environment"]?["STEP"]?.stringValue ?? "")")
            }
        }
        return result
    }

    private func running() throws -> (running: Set<String>, count: Int) {
        let filter = "label=\(ContainerLabels.project)=kill"
        let ids = try EngineUnderTest.docker("ps", "--all", "--quiet", "--no-trunc", "--filter", filter)
            .split(separator: "\n").map(String.init)
        var result: Set<String> = []
        for id in ids {
            let line = try EngineUnderTest.docker(
                "inspect",
                "--format",
                "{{.State.Status}} {{.Name}} {{range .Config.Env}}{{.}} {{end}}",
                id
            )
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
            guard words.count > 2, words[0] == "running" else { continue }
            result.insert("\(words[1].dropFirst()) \(words.first { $0.hasPrefix("STEP=") } ?? "")")
        }
        return (result, ids.count)
    }

    @Test func `killed at any moment, it converges to what is wanted, with nothing double and nothing lost`()
        async throws
    {
        try EngineUnderTest.clean("kill")
        let rounds = EngineUnderTest.rounds("HOMIE_TEST_KILL_ROUNDS", default: 12)
        let seed = UInt64(EngineUnderTest.rounds("HOMIE_TEST_SEED", default: Int(UInt32.random(in: 0...UInt32.max))))
        var random = Seeded(state: seed)
        let daemon = try DaemonProcess()
        try await daemon.start()
        var first = Project(name: "kill", volumes: ["data"])
        first.add("db") { $0["volumes"] = Project.volume("data", at: "/data") }
        _ = try await daemon.up(first)
        try EngineUnderTest.docker("exec", "--user", "0", "kill-db-1", "/bin/sh", "-c", "echo kept > /data/proof")
        var previous = first
        for round in 0..<rounds {
            let project = project(&random)
            let wait = Int.random(in: 0..<1200, using: &random)
            let client = daemon.client
            let answer = Task { try await client.apply(project.document, as: try StackName(parsing: "kill")) }
            try await Task.sleep(for: .milliseconds(wait))
            try daemon.killHard()
            let isAccepted = (try? await answer.value) != nil
            try await daemon.start()
            try await daemon.converged("kill")
            let now = try running()
            let note = Comment(
                rawValue: "seed \(seed), round \(round), killed after \(wait) ms, accepted: \(isAccepted)"
            )
            // What was accepted must be; what was not answered may be or not, but never by halves.
            let allowed = isAccepted ? [expected(project)] : [expected(project), expected(previous)]
            #expect(allowed.contains(now.running), note)
            #expect(now.count == now.running.count, note)
            if now.running == expected(project) { previous = project }
        }
        let proof = try EngineUnderTest.docker("exec", "kill-db-1", "/bin/cat", "/data/proof")
        #expect(proof == "kept\n")
        let down = try await daemon.client.remove(try StackName(parsing: "kill"), removesVolumes: true)
        let client = daemon.client
        try await eventually("the stack is gone") {
            try await client.deployment(down.id).state == .succeeded ? true : nil
        }
        #expect(try running().count == 0)
        #expect(try daemon.stop() == 0)
    }
}
