import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite("Jobs")
struct JobTests {
    private static let dump = JobName(Samples.name("shop"), Samples.service("dump"))

    private static func run(_ id: Int64, _ state: JobRunRecord.State, reason: String? = nil) -> JobRunRecord {
        JobRunRecord(
            id: id,
            job: dump,
            state: state,
            cause: "clock",
            due: CommandRun.now,
            startedAt: CommandRun.now,
            endedAt: state.isFinal ? CommandRun.now + .seconds(65) : nil,
            attempts: 1,
            exitCode: state == .failed ? 2 : nil,
            reason: reason
        )
    }

    private func answer(ends state: JobRunRecord.State) -> FakeDaemon.Answer {
        let job = JobStatus(
            name: Self.dump,
            service: Self.dump.job,
            action: .exec,
            command: ["pg_dump"],
            triggers: ["cron @daily (Europe/Berlin)"],
            origin: .api,
            next: CommandRun.now + .seconds(7200),
            last: Self.run(7, .failed, reason: "exit code 2")
        )
        let log = #"{"channel":"stdout","text":"saved"}"# + "\n"
        return { request in
            switch request.line {
            case "GET /jobs", "GET /jobs?stack=shop", "DELETE /jobs/shop/dump": .json(200, JobsAnswer(jobs: [job]))
            case "GET /jobs/shop/dump", "PUT /jobs/shop/dump": .json(200, job)
            case "POST /jobs/shop/dump/runs": .json(202, Self.run(8, .waiting))
            case "GET /job-runs/8": .json(200, Self.run(8, state, reason: state == .failed ? "exit code 2" : nil))
            case "GET /job-runs/8/logs?follow=true", "GET /job-runs/7/logs": .text(200, log)
            case "GET /job-runs?limit=1&stack=shop&job=dump", "GET /job-runs?limit=50":
                .json(200, JobRunsAnswer(runs: [Self.run(7, .failed, reason: "exit code 2")]))
            case "POST /job-runs/7/cancel": .json(202, Self.run(7, .failed, reason: "exit code 2"))
            case "GET /jobs/shop/dump/next?count=2":
                .json(200, JobTimesAnswer(job: Self.dump, times: [CommandRun.now, CommandRun.now + .seconds(3600)]))
            default: Samples.problem(.notFound, "there is nothing at \(request.line)")
            }
        }
    }

    @Test("jobs, their runs and their times are listed")
    func lists() async throws {
        try await FakeDaemon.serving(answer(ends: .succeeded)) { daemon in
            let jobs = await CommandRun("job", "ls", daemon: daemon)
            #expect(jobs.output.contains("shop/dump  exec dump  cron @daily (Europe/Berlin)"))
            #expect(await CommandRun("job", "ls", "shop", "-q", daemon: daemon).output == "shop/dump\n")
            #expect(await CommandRun("job", "--json", daemon: daemon).output.hasPrefix("{\n  \"jobs\": [\n"))
            let history = await CommandRun("job", "history", daemon: daemon)
            #expect(history.output.contains("failed"))
            #expect(history.output.contains("1 min 5 s"))
            let next = await CommandRun("job", "next", "shop/dump", "--count", "2", daemon: daemon)
            #expect(next.output.split(separator: "\n").count == 3)
        }
    }

    @Test("run --wait shows the log, and its exit code says how it ended")
    func wait() async throws {
        try await FakeDaemon.serving(answer(ends: .succeeded)) { daemon in
            let run = await CommandRun("job", "run", "shop/dump", "--wait", daemon: daemon)
            #expect(run.output == "saved\n")
            #expect(run.code == 0)
            let begun = await CommandRun("job", "run", "shop/dump", daemon: daemon)
            #expect(begun.output == "run 8 of 'shop/dump' waits\n")
        }
        try await FakeDaemon.serving(answer(ends: .failed)) { daemon in
            let run = await CommandRun("job", "run", "shop/dump", "--wait", daemon: daemon)
            #expect(run.code == ErrorKind.unhealthy.exitCode)
            #expect(run.errors.contains("run 8 of 'shop/dump' failed: exit code 2"))
            #expect(run.errors.contains("homie job logs 8"))
        }
    }

    @Test("a job stands for its newest run")
    func newest() async throws {
        try await FakeDaemon.serving(answer(ends: .failed)) { daemon in
            #expect(await CommandRun("job", "logs", "shop/dump", daemon: daemon).output == "saved\n")
            let cancel = await CommandRun("job", "cancel", "shop/dump", daemon: daemon)
            #expect(cancel.output == "run 7 of 'shop/dump' failed: exit code 2\n")
        }
    }

    @Test("jobs are made and removed; nothing is removed unasked")
    func change() async throws {
        try await FakeDaemon.serving(answer(ends: .succeeded)) { daemon in
            let added = await CommandRun(
                ["job", "add", "shop/dump", "--service", "db", "--cron", "@daily", "--exec", "--", "pg_dump", "-v"],
                daemon: daemon
            )
            #expect(added.code == 0)
            let sent = try JSONValue(parsing: Array((daemon.requests.last?.body ?? "").utf8))
            #expect(sent == ["service": "db", "cron": ["@daily"], "exec": ["pg_dump", "-v"]])
            let none = await CommandRun("job", "add", "shop/dump", "--service", "db", daemon: daemon)
            #expect(none.code == 2)
            #expect(await CommandRun("job", "rm", "shop/dump", daemon: daemon).code == ErrorKind.refused.exitCode)
            let dry = await CommandRun("job", "rm", "shop/dump", "--dry-run", daemon: daemon)
            #expect(dry.output == "'shop/dump' would be removed\n")
            #expect(await CommandRun("job", "rm", "shop/dump", "--yes", daemon: daemon).code == 0)
            #expect(daemon.requests.count { $0.method == "DELETE" } == 1)
        }
    }
}
