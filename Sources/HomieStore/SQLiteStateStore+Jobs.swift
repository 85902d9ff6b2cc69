import FoundationEssentials
import GRDB
public import HomieModel
public import HomieSupervisor

/// How much of jobs is kept.
enum JobRetention {
    /// The newest runs of each job.
    static let runsPerJob = 200
    /// Bytes of all logs together; the oldest go first.
    static let logBytes = 32 << 20
}

extension SQLiteStateStore: JobStore {
    public func loadJobs() async throws -> StoredJobs {
        var found = try await read { try StoredJobs(reading: $0, opening: self.box) }
        do {
            found.ledger = try await ledger()
        } catch let error as StoreError {
            guard case .unreadableRecord = error else { throw error }
            found.damage = error.summary
            try await putLedgerAside()
        }
        return found
    }

    private func ledger() async throws -> JobLedger? {
        let text = try await read {
            try String.fetchOne($0, sql: "SELECT content FROM job_ledger WHERE id = 1")
        }
        return try text.map { try RecordJSON.value($0, of: "the ledger of jobs") }
    }

    /// What cannot be read keeps its content under another number.
    private func putLedgerAside() async throws {
        try await writeMeasurements { database in
            try database.execute(
                sql: "UPDATE job_ledger SET id = (SELECT max(id) + 1 FROM job_ledger) WHERE id = 1"
            )
        }
    }

    public func commit(_ change: JobChange) async throws {
        let ledger = try RecordJSON.text(change.ledger, of: "the ledger of jobs")
        let logs = try change.logs.map { log in
            (log, Data(try RecordJSON.text(log.lines, of: "the log of run \(log.run)").utf8))
        }
        try await writeMeasurements { database in
            try database.execute(
                sql: """
                    INSERT INTO job_ledger (id, content) VALUES (1, ?)
                    ON CONFLICT (id) DO UPDATE SET content = excluded.content
                    """,
                arguments: [ledger]
            )
            for definition in change.put { try definition.write(to: database, sealing: self.box) }
            for name in change.removed {
                try database.execute(
                    sql: "DELETE FROM job_definitions WHERE name = ?",
                    arguments: [name.description]
                )
            }
            for (log, lines) in logs {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO job_logs (run, attempt, size, lines) VALUES (?, ?, ?, ?)",
                    arguments: [log.run, log.attempt, lines.count, lines]
                )
            }
            for record in change.ended { try record.write(to: database) }
            if !logs.isEmpty { try Self.dropLogs(keeping: change.ledger, in: database) }
        }
    }

    /// Logs of runs that are no longer kept, and the oldest beyond the limit.
    private static func dropLogs(keeping ledger: JobLedger, in database: Database) throws {
        let oldestOpen = ledger.oldestOpenRun ?? .max
        try database.execute(
            sql: "DELETE FROM job_logs WHERE run < ? AND run NOT IN (SELECT id FROM job_runs)",
            arguments: [oldestOpen]
        )
        try database.execute(
            sql: """
                DELETE FROM job_logs WHERE run <= (
                    SELECT run FROM (SELECT run, sum(size) OVER (ORDER BY run DESC, attempt DESC) AS total FROM job_logs)
                    WHERE total > ? ORDER BY run DESC LIMIT 1)
                """,
            arguments: [JobRetention.logBytes]
        )
    }

    public func jobRuns(_ query: JobRunQuery) async throws -> [JobRunRecord] {
        try await read { database in
            var conditions: [String] = []
            var arguments: StatementArguments = []
            func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
                guard let value else { return }
                conditions.append(condition)
                arguments += [value]
            }
            require("stack = ?", query.stack?.text)
            require("job = ?", query.job?.text)
            require("id < ?", query.before)
            let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
            arguments += [max(0, query.limit)]
            let sql = "SELECT * FROM job_runs\(filter) ORDER BY id DESC LIMIT ?"
            let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
            return try ReadRows(rows, JobRunRecord.init(row:)).records
        }
    }

    public func jobRun(_ id: Int64) async throws -> JobRunRecord? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM job_runs WHERE id = ?", arguments: [id])
                .map(JobRunRecord.init(row:))
        }
    }

    public func jobLog(of run: Int64) async throws -> [JobAttemptLog] {
        try await read { database in
            let sql = "SELECT attempt, lines FROM job_logs WHERE run = ? ORDER BY attempt"
            return try Row.fetchAll(database, sql: sql, arguments: [run]).map { row in
                let bytes: Data = row["lines"]
                return JobAttemptLog(
                    run: run,
                    attempt: row["attempt"],
                    lines: try RecordJSON.value(String(decoding: bytes, as: UTF8.self), of: "the log of run \(run)")
                )
            }
        }
    }
}

extension StoredJobs {
    fileprivate init(reading database: Database, opening box: SecretBox) throws {
        self.init()
        for row in try Row.fetchAll(database, sql: "SELECT * FROM job_definitions ORDER BY name") {
            let text: String = row["name"]
            guard let name = try? JobName(parsing: text) else { continue }
            do {
                let block: JSONValue = try RecordJSON.opened(row["block"], of: "job '\(text)'", by: box)
                let createdAt = Timestamp(nanoseconds: row["created_at"])
                definitions.append(StoredJobDefinition(name: name, block: block, createdAt: createdAt))
            } catch let error as StoreError {
                unreadable[name] = error.sentence
            }
        }
        for row in try Row.fetchAll(database, sql: "SELECT * FROM job_totals") {
            guard let stack = try? StackName(parsing: row["stack"]), let job = try? ServiceName(parsing: row["job"])
            else { continue }
            totals[JobName(stack, job), default: [:]][row["state"]] = JobStatus.Total(
                count: row["count"],
                lastAt: Timestamp(nanoseconds: row["last_at"])
            )
        }
        let newest = "SELECT * FROM job_runs WHERE id IN (SELECT max(id) FROM job_runs GROUP BY stack, job)"
        for record in try ReadRows(try Row.fetchCursor(database, sql: newest), JobRunRecord.init(row:)).records {
            last[record.job] = record
        }
        let largest =
            "SELECT max(coalesce((SELECT max(id) FROM job_runs), 0), coalesce((SELECT max(run) FROM job_logs), 0))"
        lastRun = try Int64.fetchOne(database, sql: largest) ?? 0
    }
}

extension StoredJobDefinition {
    /// Commands may have passwords in them.
    fileprivate func write(to database: Database, sealing box: SecretBox) throws {
        try database.execute(
            sql: """
                INSERT INTO job_definitions (name, block, created_at) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET block = excluded.block, created_at = excluded.created_at
                """,
            arguments: [
                name.description, try RecordJSON.sealed(block, of: "job '\(name)'", by: box), createdAt.nanoseconds,
            ]
        )
    }
}

extension JobRunRecord {
    fileprivate func write(to database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO job_runs (id, stack, job, state, cause, due, started_at, ended_at, attempts, exit_code, reason,
                    count, trace)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, job.stack.text, job.job.text, state.rawValue, cause.storable, due.nanoseconds,
                startedAt?.nanoseconds, endedAt?.nanoseconds, attempts, exitCode, reason?.storable, count, trace,
            ]
        )
        try database.execute(
            sql: """
                INSERT INTO job_totals (stack, job, state, count, last_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (stack, job, state) DO UPDATE
                    SET count = count + excluded.count, last_at = excluded.last_at
                """,
            arguments: [job.stack.text, job.job.text, state.rawValue, count, (endedAt ?? due).nanoseconds]
        )
        try database.execute(
            sql: """
                DELETE FROM job_runs WHERE stack = ?1 AND job = ?2 AND id <= (
                    SELECT id FROM job_runs WHERE stack = ?1 AND job = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)
                """,
            arguments: [job.stack.text, job.job.text, JobRetention.runsPerJob]
        )
    }
}
