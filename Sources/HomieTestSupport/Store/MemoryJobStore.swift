public import HomieModel
public import HomieSupervisor

/// A ``JobStore`` in memory. It outlives the keeper under test: give it to a second one to play a restart.
public actor MemoryJobStore: JobStore {
    private var ledger: JobLedger?
    private var definitions: [JobName: StoredJobDefinition] = [:]
    public private(set) var runs: [JobRunRecord] = []
    private var logs: [Int64: [JobAttemptLog]] = [:]
    private var isFrozen = false

    public init() {}

    /// What comes from now on is lost, as after a kill.
    public func freeze() { isFrozen = true }
    public func thaw() { isFrozen = false }

    struct Frozen: Error {}

    public func loadJobs() async throws -> StoredJobs {
        var last: [JobName: JobRunRecord] = [:]
        for run in runs { last[run.job] = run }
        return StoredJobs(
            ledger: ledger,
            definitions: definitions.values.sorted { $0.name < $1.name },
            last: last,
            lastRun: runs.map(\.id).max() ?? 0
        )
    }

    public func commit(_ change: JobChange) async throws {
        guard !isFrozen else { throw Frozen() }
        ledger = change.ledger
        for definition in change.put { definitions[definition.name] = definition }
        for name in change.removed { definitions[name] = nil }
        for log in change.logs { logs[log.run, default: []].append(log) }
        for run in change.ended {
            guard !runs.contains(where: { $0.id == run.id }) else { throw StateStoreViolation.eventExists(run.id) }
            runs.append(run)
        }
    }

    public func jobRuns(_ query: JobRunQuery) async throws -> [JobRunRecord] {
        Array(runs.filter(query.accepts).sorted { $0.id > $1.id }.prefix(query.limit))
    }

    public func jobRun(_ id: Int64) async throws -> JobRunRecord? { runs.first { $0.id == id } }
    public func jobLog(of run: Int64) async throws -> [JobAttemptLog] { logs[run] ?? [] }
}
