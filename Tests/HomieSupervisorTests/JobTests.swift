import HomieModel
import HomiePlanning
import HomieSupervisor
import HomieTestSupport
import Logging
import Testing

/// The keeper of jobs on a simulated engine.
@Suite struct JobTests {
    /// A keeper beside the supervisor of a bench.
    private final class Keeping: Sendable {
        let keeper: JobKeeper
        private let task: Task<Void, Never>

        init(_ bench: Bench, _ store: MemoryJobStore, bootID: String = "boot-1") async throws {
            var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            logger.logLevel = .critical
            let keeper = JobKeeper(
                supervisor: bench.supervisor,
                engine: bench.engine,
                store: store,
                zoneFile: { _ in nil },
                clocks: .system(),
                bootID: bootID,
                logger: logger
            )
            self.keeper = keeper
            try await keeper.load()
            task = Task { await keeper.run() }
        }

        deinit { task.cancel() }

        func kill() async {
            task.cancel()
            await task.value
        }

        func end(of run: Int64) async throws -> JobRunRecord {
            try await eventually("run \(run) is over") {
                let now = try await self.keeper.run(run)
                return now.state.isFinal ? now : nil
            }
        }
    }

    private func definition(_ schedule: JSONValue) throws -> StackDefinition {
        try stack(
            "shop",
            [
                "web": service("web:1") { $0.restart = .always },
                "dump": service("dump:1") {
                    $0.replicas = 0
                    $0.ports = []
                    $0.homie = ["schedule": schedule]
                },
            ]
        )
    }

    private func bench(ends after: Duration = .milliseconds(20), exitCode: Int = 0) async throws -> Bench {
        let bench = try await Bench()
        await bench.engine.addImage("web:1")
        await bench.engine.addImage("dump:1", .init(ends: (after, exitCode)))
        return bench
    }

    private let dump: JobName = JobName(stackName("shop"), name("dump"))

    @Test func `a run has a container of its own that is gone afterwards; its log and its outcome stay`() async throws {
        let bench = try await bench()
        let store = MemoryJobStore()
        _ = try await bench.up(try definition(["name": "dump"]))
        let keeping = try await Keeping(bench, store)
        let begun = try await keeping.keeper.run(dump)
        let end = try await keeping.end(of: begun.id)
        #expect(end.state == .succeeded && end.exitCode == 0 && end.attempts == 1 && end.cause == "asked")
        var lines: [String] = []
        for await line in try await keeping.keeper.log(of: begun.id, follows: false) { lines.append(line.text) }
        #expect(lines == ["hello"])
        try await eventually("the container is gone") {
            await bench.engine.all().allSatisfy { !$0.isOneOff } ? true : nil
        }
        // The supervisor neither takes it for its own nor tells of it.
        let kinds = try await bench.kinds(stackName("shop"))
        #expect(!kinds.contains("container.died") && !kinds.contains("container.vanished"))
        #expect(kinds.contains("job.started") && kinds.contains("job.succeeded"))
        #expect(await bench.engine.find("shop-web-1")?.state == .running)
    }

    @Test func `a failing run is tried again and told with the end of its log`() async throws {
        let bench = try await bench(exitCode: 3)
        let store = MemoryJobStore()
        _ = try await bench.up(try definition(["name": "dump", "retries": 2, "retry_wait": 0]))
        let keeping = try await Keeping(bench, store)
        let end = try await keeping.end(of: try await keeping.keeper.run(dump).id)
        #expect(end.state == .failed && end.exitCode == 3 && end.attempts == 3)
        let event = try await eventually("the failure is told") {
            try await bench.supervisor.events(EventQuery(stack: stackName("shop"))).first { $0.kind == "job.failed" }
        }
        #expect(event.detail == "hello" && event.severity == .error)
        #expect(await bench.engine.startCounts().filter { $0.key.contains("-run-") }.count == 3)
        let issue = try await eventually("the failure is an issue that is told") {
            await bench.supervisor.toldIssues()?.first { $0.id == "job:shop:dump" }
        }
        #expect(issue.summary == "the job 'shop/dump' failed when it ran last: exit code 3")
        #expect(issue.remedy?.command == "homie job logs \(end.id)")
        #expect(await bench.supervisor.doctor().contains { $0.check == "job" && $0.level == .error })
        // It is over with the next success.
        await bench.engine.addImage("dump:1", .init(ends: (.milliseconds(20), 0)))
        _ = try await keeping.end(of: try await keeping.keeper.run(dump).id)
        try await eventually("the issue is closed") {
            await bench.supervisor.toldIssues()?.isEmpty == true ? true : nil
        }
        let told = try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
            .filter { $0.message.hasSuffix(issue.summary) }
        #expect(told.map(\.kind) == ["issue.opened", "issue.closed"])
        #expect(told.allSatisfy { $0.service == name("dump") })
    }

    @Test func `a command runs in the service's running container`() async throws {
        let bench = try await bench()
        _ = try await bench.up(try definition(["name": "dump"]))
        let keeping = try await Keeping(bench, MemoryJobStore())
        let job = JobName(stackName("shop"), name("tidy"))
        _ = try await keeping.keeper.put(job, ["service": "web", "exec": ["tidy", "up"]])
        let end = try await keeping.end(of: try await keeping.keeper.run(job).id)
        #expect(end.state == .succeeded)
        try await keeping.keeper.remove(job)
        await #expect(throws: JobError.self) { try await keeping.keeper.job(job) }
        await #expect(throws: JobError.self) { try await keeping.keeper.remove(dump) }
    }

    @Test func `a cancelled run ends and is not tried again`() async throws {
        let bench = try await bench(ends: .seconds(3600))
        _ = try await bench.up(try definition(["name": "dump", "retries": 5]))
        let keeping = try await Keeping(bench, MemoryJobStore())
        let run = try await keeping.keeper.run(dump).id
        try await eventually("its container runs") {
            await bench.engine.find("shop-dump-run-\(run)-1")?.state == .running ? true : nil
        }
        _ = try await keeping.keeper.cancel(run)
        #expect(try await keeping.end(of: run).state == .cancelled)
    }

    @Test(arguments: [true, false])
    func `a run whose image is still being fetched ends when it is cancelled or takes too long`(isCancelled: Bool)
        async throws
    {
        let bench = try await bench()
        _ = try await bench.up(try definition(["name": "dump", "timeout": isCancelled ? 3600 : 1]))
        await bench.engine.loseImage("dump:1")
        await bench.engine.holdPulls(true)
        let keeping = try await Keeping(bench, MemoryJobStore())
        let run = try await keeping.keeper.run(dump).id
        try await eventually("its image is fetched") {
            await bench.engine.calls.contains("pull dump:1") ? true : nil
        }
        if isCancelled { _ = try await keeping.keeper.cancel(run) }
        #expect(try await keeping.end(of: run).state == (isCancelled ? .cancelled : .timedOut))
        // What was on its way for it starts nothing, and the next run has what it needs.
        await bench.engine.holdPulls(false)
        if isCancelled {
            #expect(try await keeping.end(of: try await keeping.keeper.run(dump).id).state == .succeeded)
        }
        #expect(await bench.engine.startCounts().filter { $0.key.contains("-run-\(run)-") }.isEmpty)
    }

    @Test func `events start jobs, those of a keeper's absence too, and each one once`() async throws {
        let bench = try await bench()
        let store = MemoryJobStore()
        _ = try await bench.up(try definition(["on": "container.died", "conflict": "queue"]))
        var keeping = try await Keeping(bench, store)
        await bench.engine.crash("shop-web-1")
        try await eventually("the job has run") { await store.runs.count == 1 ? true : nil }
        await keeping.kill()
        try await bench.running("shop-web-1")
        await bench.engine.crash("shop-web-1")
        try await eventually("the supervisor knows") {
            try await bench.kinds(stackName("shop")).count { $0 == "container.died" } == 2 ? true : nil
        }
        keeping = try await Keeping(bench, store)
        try await eventually("the job has run again") { await store.runs.count == 2 ? true : nil }
        #expect(await store.runs.allSatisfy { $0.cause == "event container.died of web" })
        await keeping.kill()
        keeping = try await Keeping(bench, store)
        try await Task.sleep(for: .milliseconds(100))
        #expect(await store.runs.count == 2)
        await keeping.kill()
    }

    @Test func `the start of the device is told once, a restart of the daemon is none`() async throws {
        let bench = try await bench()
        let store = MemoryJobStore()
        _ = try await bench.up(try definition(["on": "startup"]))
        for (boot, expected) in [("boot-1", 0), ("boot-1", 0), ("boot-2", 1), ("boot-2", 1)] {
            let keeping = try await Keeping(bench, store, bootID: boot)
            if await store.runs.count < expected {
                try await eventually("the job has run") { await store.runs.count == expected ? true : nil }
            }
            try await Task.sleep(for: .milliseconds(50))
            #expect(await store.runs.count == expected)
            await keeping.kill()
        }
    }

    @Test func `jobs that would follow one another for ever are refused, wherever they were made`() async throws {
        let bench = try await bench()
        let store = MemoryJobStore()
        _ = try await bench.up(try definition(["name": "dump", "after": "blog/copy"]))
        let keeping = try await Keeping(bench, store)
        func job(_ text: String) throws -> JobName { try JobName(parsing: text) }
        // No job of this device is called so yet, and when there is one it must not close the circle.
        _ = try await keeping.keeper.put(try job("shop/check"), ["service": "web", "exec": "x", "after": "dump"])
        await #expect(throws: ScheduleError.self) {
            try await keeping.keeper.put(try job("shop/own"), ["service": "web", "exec": "x", "after": "own"])
        }
        await #expect(throws: ScheduleError.self) {
            _ = try await keeping.keeper.put(try job("shop/one"), ["service": "web", "exec": "x", "after": "two"])
            _ = try await keeping.keeper.put(try job("shop/two"), ["service": "web", "exec": "x", "after": "one"])
        }
        #expect(try await keeping.keeper.jobs().map(\.name.description) == ["shop/check", "shop/dump", "shop/one"])
        // A file of another stack closes it.
        let blog = try stack(
            "blog",
            ["copy": service("dump:1") { $0.homie = ["schedule": ["name": "copy", "after": "shop/check"]] }]
        )
        await #expect(throws: ScheduleError.self) { try await bench.supervisor.apply(blog, options: ApplyOptions()) }
    }

    @Test func `a circle that an earlier release has stored does not run`() async throws {
        let bench = try await bench()
        let store = MemoryJobStore()
        _ = try await bench.up(try definition(["name": "dump"]))
        let at = Timestamp(nanoseconds: 1)
        func stored(_ name: String, after: String) throws -> StoredJobDefinition {
            StoredJobDefinition(
                name: try JobName(parsing: "shop/\(name)"),
                block: ["service": "dump", "after": .string(after)],
                createdAt: at
            )
        }
        try await store.commit(
            JobChange(
                ledger: JobLedger(identity: "abc"),
                put: [try stored("one", after: "two"), try stored("two", after: "one")]
            )
        )
        let keeping = try await Keeping(bench, store)
        let jobs = try await keeping.keeper.jobs()
        #expect(jobs.filter { $0.problem != nil }.map(\.name.job.text) == ["one", "two"])
        await #expect(throws: JobError.self) { try await keeping.keeper.run(try JobName(parsing: "shop/one")) }
    }

    @Test func `a file whose jobs cannot be is refused`() async throws {
        let bench = try await bench()
        let keeping = try await Keeping(bench, MemoryJobStore())
        await #expect(throws: ScheduleError.self) {
            _ = try await bench.supervisor.apply(try definition("99 * * * *"), options: ApplyOptions())
        }
        await #expect(throws: JobError.self) {
            let block: JSONValue = ["cron": "@daily", "zone": "Europe/Nowhere"]
            _ = try await bench.supervisor.apply(try definition(block), options: ApplyOptions())
        }
        await keeping.kill()
    }

    /// A kill lets nothing more reach the disk; what the engine was told before stays done.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `killed at any moment, every run is started exactly once and told exactly once`(seed: UInt64) async throws {
        let bench = try await bench(ends: .milliseconds(15))
        let store = MemoryJobStore()
        _ = try await bench.up(try definition(["conflict": "queue"]))
        var mixed = seed &* 0x9E37_79B9_7F4A_7C15
        var asked: Set<Int64> = []
        for _ in 0..<6 {
            await store.thaw()
            let keeping = try await Keeping(bench, store)
            for _ in 0..<2 { if let run = try? await keeping.keeper.run(dump) { asked.insert(run.id) } }
            mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
            try await Task.sleep(for: .milliseconds(Int64(mixed % 70)))
            await store.freeze()
            await keeping.kill()
        }
        await store.thaw()
        let keeping = try await Keeping(bench, store)
        try await eventually("all runs are over") { await store.runs.count == asked.count ? true : nil }
        #expect(Set(await store.runs.map(\.id)) == asked)
        #expect(await store.runs.allSatisfy { $0.state == .succeeded })
        let starts = await bench.engine.startCounts().filter { $0.key.contains("-run-") }
        #expect(starts.count == asked.count && starts.values.allSatisfy { $0 == 1 }, "\(starts)")
        await keeping.kill()
    }
}
