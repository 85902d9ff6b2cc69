import GRDB
public import HomieModel
public import HomieSupervisor

/// The durable state in one SQLite file, `homie.db` in the state directory (write-ahead log, every commit synced).
///
/// A damaged database is put aside as `homie.db.damaged-<time>` and a fresh one takes its place; ``load()`` reports that
/// until the first commit after it. A database of a newer release is used as it is, as long as that release only added to
/// it. One process at a time: a lock file keeps others out.
public final class SQLiteStateStore: StateStore {
    /// The database's path.
    public let path: String
    private let pool: DatabasePool
    private let queue: CommitQueue
    private let limits: RetentionLimits
    private let lock: StoreLock
    let box: SecretBox

    /// Opens the database in `directory`, checks it, brings its schema up to date; blocks meanwhile.
    ///
    /// - Parameter maximumSize: the database never grows beyond this; commits then fail with
    ///   ``StoreError/diskFull(path:underlying:)`` until ``prune(now:)`` made room.
    /// - Throws: ``StoreError``
    public convenience init(
        directory: String,
        now: Timestamp,
        limits: RetentionLimits = RetentionLimits(),
        maximumSize: ByteCount = ByteCount(bytes: 512 << 20)
    ) throws(StoreError) {
        let files = StoreFiles(directory: directory)
        try self.init(StoreOpening(files: files, now: now, maximumSize: maximumSize), limits: limits)
    }

    init(_ opening: StoreOpening, limits: RetentionLimits = RetentionLimits()) throws(StoreError) {
        try opening.files.makeDirectory()
        path = opening.files.database
        lock = try StoreLock(opening.files)
        let pool = try opening.open()
        let box = try Self.box(opening.files, for: pool)
        self.box = box
        self.pool = pool
        queue = CommitQueue(pool: pool, path: path, box: box)
        self.limits = limits
    }

    /// A lost key keeps nothing but what it sealed from being read; another one in its place would hide that it is lost.
    private static func box(_ files: StoreFiles, for pool: DatabasePool) throws(StoreError) -> SecretBox {
        let keyFile = SecretKeyFile(files: files)
        do {
            // By the writer: a reader that is closed last leaves the log behind.
            if keyFile.isMissing(), try pool.writeWithoutTransaction(SealedRows.areThere) {
                return SecretBox(missing: StoreError.keyMissing(path: files.key))
            }
        } catch {
            throw StoreError(error, path: files.database)
        }
        return try keyFile.box()
    }

    /// Writes the log back into the database and closes it; every call after this fails.
    public func close() throws(StoreError) {
        do {
            try pool.close()
            lock.release()
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// How many transactions were written so far: fewer than commits when many came at once.
    public var transactionCount: Int { queue.transactions }

    public func load() async throws -> StoredState {
        let state = try await read { try StoredState(reading: $0, opening: self.box) }
        if state.damage != nil { queue.damageWasReported() }
        return state
    }

    public func commit(_ changes: [StateChange]) async throws {
        guard !changes.isEmpty else { return }
        try await queue.commit(changes)
    }

    public func probe() async throws {
        try await writeMeasurements { database in
            // The number of the schema is in the first page, which is written even where the number is the same.
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    public func revisions(of stack: StackName) async throws -> [RevisionRecord] {
        try await read { database in
            let sql = "SELECT * FROM revisions WHERE stack = ? ORDER BY number"
            let rows = try Row.fetchCursor(database, sql: sql, arguments: [stack.text])
            return try ReadRows(rows) { try RevisionRecord(row: $0, opening: self.box) }.records
        }
    }

    public func newestRevision(of stack: StackName) async throws -> Int? {
        try await read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT max(number) FROM revisions WHERE stack = ?",
                arguments: [stack.text]
            )
        }
    }

    public func deployments(of stack: StackName?, limit: Int) async throws -> [DeploymentRecord] {
        try await read { database in
            let sql =
                stack == nil
                ? "SELECT * FROM deployments ORDER BY id DESC LIMIT ?1"
                : "SELECT * FROM deployments WHERE stack = ?2 ORDER BY id DESC LIMIT ?1"
            var arguments: StatementArguments = [max(0, limit)]
            if let stack { arguments += [stack.text] }
            let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
            return try ReadRows(rows, DeploymentRecord.init(row:)).records
        }
    }

    public func events(_ query: EventQuery) async throws -> [EventRecord] {
        try await read { database in
            var conditions: [String] = []
            var arguments: StatementArguments = []
            func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
                guard let value else { return }
                conditions.append(condition)
                arguments += [value]
            }
            require("stack = ?", query.stack?.text)
            require("service = ?", query.service?.text)
            require("deployment = ?", query.deployment)
            require("id > ?", query.after)
            if let ids = query.ids {
                require("id IN (SELECT value FROM json_each(?))", "[\(ids.map(String.init).joined(separator: ","))]")
            }
            let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
            let sql = "SELECT * FROM events\(filter) ORDER BY id DESC LIMIT ?"
            arguments += [max(0, query.limit)]
            let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
            return try ReadRows(rows, EventRecord.init(row:)).records.reversed()
        }
    }

    /// The newest changes of a service's health, oldest first.
    public func health(of service: ServiceName, in stack: StackName, limit: Int) async throws -> [HealthRecord] {
        try await read { database in
            let sql = "SELECT * FROM health WHERE stack = ? AND service = ? ORDER BY id DESC LIMIT ?"
            let arguments: StatementArguments = [stack.text, service.text, max(0, limit)]
            let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
            return try ReadRows(rows, HealthRecord.init(row:)).records.reversed()
        }
    }

    public func prune(now: Timestamp?) async throws -> Int {
        var total = 0
        do {
            for (sql, arguments) in Pruning(limits: limits, now: now).statements {
                var deleted = 0
                repeat {
                    deleted = try await pool.write { database in
                        try database.execute(sql: sql, arguments: arguments)
                        return database.changesCount
                    }
                    total += sql.contains("FROM damages") ? 0 : deleted
                } while deleted >= Pruning.step
            }
            try await pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA incremental_vacuum(1000)")
                try database.checkpoint(.passive)
            }
        } catch {
            throw StoreError(error, path: path)
        }
        return total
    }

    func writeMeasurements(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        do {
            try await pool.write(body)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw StoreError(error, path: path)
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw StoreError(error, path: path)
        }
    }
}
