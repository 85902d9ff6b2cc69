import Foundation
import HomieAPI
import HomieModel
import Testing

/// Jobs against the real engine.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct JobIntegrationTests {
    private let stack = "jobs"

    private func job(_ name: String) throws -> JobName { try JobName(parsing: "\(stack)/\(name)") }

    private func project(_ schedule: JSONValue, command: [String]? = nil) -> Project {
        var project = Project(name: stack)
        project.add("web") { body in
            body["restart"] = .string("always")
            body["x-homie"] = ["schedule": schedule]
        }
        project.add("worker") { body in
            body["deploy"] = ["replicas": 0]
            body["command"] = .array((command ?? ["/bin/sh", "-c", "echo worked; sleep 1"]).map(JSONValue.string))
            body["x-homie"] = ["schedule": ["name": "work", "conflict": "queue"]]
        }
        return project
    }

    private func end(_ run: Int64, _ daemon: DaemonProcess) async throws -> JobRunRecord {
        let client = daemon.client
        return try await eventually("run \(run) is over", within: .seconds(90)) {
            guard let now = try? await client.jobRun(run), now.state.isFinal else { return nil }
            return now
        }
    }

    private func log(_ run: Int64, _ daemon: DaemonProcess) async throws -> [String] {
        var lines: [String] = []
        for try await entry in try await daemon.client.jobLog(of: run, follows: false) { lines.append(entry.text) }
        return lines
    }

    private func jobContainers() throws -> [String] {
        try EngineUnderTest.docker(
            "ps",
            "--all",
            "--format",
            "{{.Names}}",
            "--filter",
            "label=\(ContainerLabels.job)",
            "--filter",
            "label=\(ContainerLabels.project)=\(stack)"
        ).split(separator: "\n").map(String.init)
    }

    @Test func `containers and commands run, write, fail, take too long and are cancelled`() async throws {
        try EngineUnderTest.clean(stack)
        let daemon = try DaemonProcess()
        try await daemon.start()
        let schedule: JSONValue = [
            ["name": "tell", "exec": "echo said; echo complained >&2; exit 4", "retries": 1, "retry_wait": 0],
            ["name": "hang", "exec": ["/bin/sh", "-c", "sleep 600 & sleep 600"], "timeout": "2s"],
            ["name": "follow", "run": ["/bin/sh", "-c", "echo after; hostname -i"], "after": "work"],
            ["name": "watch", "run": ["/bin/true"], "on": ["event": "container.died", "service": "web"]],
        ]
        #expect(try await daemon.up(project(schedule)).state == .succeeded)
        let client = daemon.client

        // A container of its own, and the job that comes after it.
        let work = try await client.run(try job("work"))
        #expect(try await end(work.id, daemon).state == .succeeded)
        #expect(try await log(work.id, daemon) == ["worked"])
        let follow = try await eventually("the job after it is over") {
            try await client.jobRuns(JobRunQuery(job: try job("follow").job)).first { $0.state.isFinal }
        }
        #expect(follow.state == .succeeded && follow.cause == "after jobs/work")

        // A command in the running container, tried twice.
        let tell = try await end(try await client.run(try job("tell")).id, daemon)
        #expect(tell.state == .failed && tell.exitCode == 4 && tell.attempts == 2)
        #expect(Set(try await log(tell.id, daemon)) == ["said", "complained"])

        // What takes too long ends with all its processes.
        let hang = try await end(try await client.run(try job("hang")).id, daemon)
        #expect(hang.state == .timedOut)
        let processes = try EngineUnderTest.docker("top", "jobs-web-1")
        #expect(!processes.contains("sleep 600"), "\(processes)")

        // Cancelled while its container runs.
        _ = try await daemon.up(project(schedule, command: ["/bin/sleep", "600"]))
        let long = try await client.run(try job("work"))
        try await eventually("its container runs") { try jobContainers().isEmpty ? nil : true }
        _ = try await client.cancelJobRun(long.id)
        #expect(try await end(long.id, daemon).state == .cancelled)

        // An event starts a job; the service is healed as ever.
        try EngineUnderTest.docker("kill", "jobs-web-1")
        let watch = try await eventually("the event's job is over") {
            try await client.jobRuns(JobRunQuery(job: try job("watch").job)).first { $0.state.isFinal }
        }
        #expect(watch.state == .succeeded && watch.cause == "event container.died of web")
        try await eventually("their containers are gone") { try jobContainers().isEmpty ? true : nil }
        try await daemon.converged(stack)
        let doctor = try await client.doctor()
        #expect(!doctor.contains { $0.check == "orphan" })
        let events = try await client.events(EventQuery(stack: try StackName(parsing: stack), limit: 1000))
        #expect(!events.contains { $0.kind == "container.vanished" })
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean(stack)
    }

    @Test func `homied killed at any moment runs nothing twice and forgets nothing`() async throws {
        try EngineUnderTest.clean(stack)
        let rounds = EngineUnderTest.rounds("HOMIE_TEST_JOB_KILL_ROUNDS", default: 8)
        let seed = UInt64(EngineUnderTest.rounds("HOMIE_TEST_SEED", default: Int(UInt32.random(in: 0...UInt32.max))))
        var random = KillIntegrationTests.Seeded(state: seed)
        let daemon = try DaemonProcess()
        try await daemon.start()
        var project = Project(name: stack, volumes: ["proof"])
        project.add("web") { body in
            body["volumes"] = Project.volume("proof", at: "/proof")
            body["user"] = "0"
            // Every execution leaves its mark in the volume.
            let write = "echo \"$HOMIE_JOB_RUN\" >> /proof/marks; sleep 0.3"
            body["x-homie"] = [
                "schedule": [
                    ["name": "inside", "exec": .string(write), "conflict": "queue"],
                    [
                        "name": "beside", "run": ["/bin/sh", "-c", .string(write)],
                        "conflict": "queue",
                    ],
                ]
            ]
        }
        #expect(try await daemon.up(project).state == .succeeded)
        var asked: Set<Int64> = []
        for _ in 0..<rounds {
            let client = daemon.client
            for name in ["inside", "beside"] {
                if let run = try? await client.run(try job(name)) { asked.insert(run.id) }
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<1200, using: &random)))
            try daemon.killHard()
            try await daemon.start()
        }
        let client = daemon.client
        let note = Comment(rawValue: "seed \(seed)")
        try await daemon.explaining {
            _ = try await eventually("all runs are over", within: .seconds(120)) {
                let runs = try await client.jobRuns(JobRunQuery(limit: 1000))
                return runs.count == asked.count && runs.allSatisfy { $0.state.isFinal } ? true : nil
            }
        }
        let runs = try await client.jobRuns(JobRunQuery(limit: 1000))
        #expect(Set(runs.map(\.id)) == asked, note)
        #expect(runs.allSatisfy { $0.state == .succeeded && $0.attempts == 1 }, "\(runs) seed \(seed)")
        let marks = try EngineUnderTest.docker("exec", "--user", "0", "jobs-web-1", "/bin/cat", "/proof/marks")
            .split(separator: "\n").compactMap { $0.split(separator: "/").dropFirst().first.flatMap { Int64($0) } }
        #expect(marks.sorted() == asked.sorted(), note)
        try await eventually("their containers are gone") { try jobContainers().isEmpty ? true : nil }
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean(stack)
    }

    @Test func `a job runs by the clock, and what was missed while homied was away is made up for once`() async throws {
        try EngineUnderTest.clean(stack)
        let daemon = try DaemonProcess()
        try await daemon.start()
        let schedule: JSONValue = ["name": "tick", "cron": "* * * * *", "run": ["/bin/true"]]
        #expect(try await daemon.up(project(schedule)).state == .succeeded)
        let client = daemon.client
        let next = try await client.nextRuns(of: try job("tick"), count: 2).times
        #expect(next.count == 2 && (next[1] - next[0]).seconds == 60)
        let first = try await eventually("the clock starts it", within: .seconds(100)) {
            try await client.jobRuns(JobRunQuery(job: try job("tick").job)).first { $0.state.isFinal }
        }
        #expect(first.state == .succeeded && first.cause == "clock" && first.due == next[0])
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean(stack)
    }
}
