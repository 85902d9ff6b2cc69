import FoundationEssentials
import GRDB
import HomieModel
import HomiePlanning
import HomieStore
import HomieSupervisor
import Testing

@Suite("Jobs on disk")
struct JobStoreTests {
    /// Texts have milliseconds.
    private let start = Timestamp(nanoseconds: 1_795_000_000_123_000_000)

    private func job(_ text: String) throws -> JobName { try JobName(parsing: text) }

    private func record(_ id: Int64, _ job: String, _ state: JobRunRecord.State = .succeeded) throws -> JobRunRecord {
        JobRunRecord(
            id: id,
            job: try self.job(job),
            state: state,
            cause: "clock",
            due: Samples.time(id),
            startedAt: Samples.time(id),
            endedAt: Samples.time(id + 1),
            attempts: 1,
            exitCode: 0,
            reason: nil,
            trace: "abc"
        )
    }

    @Test("ledger, definitions, history and logs come back as they were written")
    func roundTrip() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        #expect(try await store.loadJobs().ledger == nil)
        var ledger = JobLedger(identity: "abc")
        ledger.board.note(
            .asked(try job("shop/a")),
            now: JobMoment(wall: start, uptime: .seconds(1))
        )
        ledger.details[1] = JobRunDetails()
        ledger.details[1]?.handle = .init(attempt: 1, kind: .container, id: "c1")
        ledger.board.settled[try job("shop/b")] = start
        let lines = [LogLine(at: start, channel: .stderr, text: "ü\u{1B}[1m")]
        let definition = StoredJobDefinition(
            name: try job("shop/z"),
            block: ["service": "db", "cron": "@daily"],
            createdAt: start
        )
        try await store.commit(
            JobChange(
                ledger: ledger,
                logs: [JobAttemptLog(run: 7, attempt: 2, lines: lines)],
                ended: [try record(7, "shop/a"), try record(8, "shop/b", .failed)],
                put: [definition]
            )
        )
        try store.close()
        let again = try SQLiteStateStore(directory)
        let found = try await again.loadJobs()
        #expect(found.ledger == ledger)
        #expect(found.definitions == [definition])
        #expect(found.lastRun == 8)
        #expect(found.last[try job("shop/b")]?.state == .failed)
        #expect(found.totals[try job("shop/a")]?["succeeded"]?.count == 1)
        #expect(try await again.jobRuns(JobRunQuery()).map(\.id) == [8, 7])
        #expect(try await again.jobRuns(JobRunQuery(job: try ServiceName(parsing: "a"))) == [try record(7, "shop/a")])
        #expect(try await again.jobRun(7) == (try record(7, "shop/a")))
        #expect(try await again.jobLog(of: 7) == [JobAttemptLog(run: 7, attempt: 2, lines: lines)])
        try await again.commit(JobChange(ledger: ledger, removed: [definition.name]))
        #expect(try await again.loadJobs().definitions.isEmpty)
    }

    @Test("the history of each job and the logs of all are bounded; counts go on")
    func retention() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let ledger = JobLedger(identity: "abc")
        let text = String(repeating: "x", count: 128 * 1024)
        for id in 1...320 as ClosedRange<Int64> {
            let log = JobAttemptLog(run: id, attempt: 1, lines: [LogLine(at: nil, channel: .stdout, text: text)])
            let job = id % 4 == 0 ? "shop/rare" : "shop/often"
            try await store.commit(JobChange(ledger: ledger, logs: [log], ended: [try record(id, job)]))
        }
        let often = try await store.jobRuns(JobRunQuery(job: try ServiceName(parsing: "often"), limit: 1000))
        #expect(often.count == 200)
        #expect(try await store.jobRuns(JobRunQuery(job: try ServiceName(parsing: "rare"), limit: 1000)).count == 80)
        #expect(try await store.loadJobs().totals[try job("shop/often")]?["succeeded"]?.count == 240)
        #expect(try await store.jobLog(of: 320).count == 1)
        #expect(try await store.jobLog(of: 1).isEmpty)
        var kept = 0
        for id in 1...320 as ClosedRange<Int64> { kept += try await store.jobLog(of: id).count }
        #expect(kept * text.utf8.count <= 32 << 20)
        #expect(kept > 200)
    }

    @Test("a ledger that cannot be read is put aside, told, and numbers go on")
    func damage() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let ledger = JobLedger(identity: "abc")
        try await store.commit(JobChange(ledger: ledger, ended: [try record(41, "shop/a")]))
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { try $0.execute(sql: "UPDATE job_ledger SET content = '{\"shape\":2}'") }
        try queue.close()
        let again = try SQLiteStateStore(directory)
        let found = try await again.loadJobs()
        #expect(found.ledger == nil && found.damage != nil && found.lastRun == 41)
        try await again.commit(JobChange(ledger: ledger))
        #expect(try await again.loadJobs().ledger == ledger)
        try again.close()
        let after = try DatabaseQueue(path: directory.database)
        let kept = try await after.read { try String.fetchAll($0, sql: "SELECT content FROM job_ledger ORDER BY id") }
        #expect(kept.count == 2 && kept[1] == "{\"shape\":2}")
    }

    @Test("a job that cannot be read is named, and the others are read")
    func unreadable() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let jobs = ["a", "b"].map { name in
            StoredJobDefinition(
                name: JobName(Samples.shop, Samples.service(name)),
                block: ["cron": "@daily"],
                createdAt: Samples.start
            )
        }
        try await store.commit(JobChange(ledger: JobLedger(identity: "abc"), put: jobs))
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write {
            try $0.execute(sql: "UPDATE job_definitions SET block = '{\"sealed\":\"AAAA\"}' WHERE name = 'shop/a'")
        }
        try queue.close()
        let found = try await SQLiteStateStore(directory).loadJobs()
        #expect(found.definitions == [jobs[1]])
        #expect(found.unreadable.mapValues { $0.contains("job 'shop/a'") } == [jobs[0].name: true])
    }
}
