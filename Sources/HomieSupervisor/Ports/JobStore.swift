public import HomieModel
public import HomiePlanning

/// Durable state of jobs, as their keeper needs it.
public protocol JobStore: Sendable {
    /// Everything the keeper needs in memory: called once, at start. A ledger that cannot be read is put aside.
    func loadJobs() async throws -> StoredJobs
    /// Makes all changes in one transaction; when it returns, they survive a power cut.
    func commit(_ change: JobChange) async throws
    /// Runs that are over, newest first.
    func jobRuns(_ query: JobRunQuery) async throws -> [JobRunRecord]
    func jobRun(_ id: Int64) async throws -> JobRunRecord?
    /// What the attempts of a run wrote, in their order; empty when nothing is kept.
    func jobLog(of run: Int64) async throws -> [JobAttemptLog]
}

/// What is remembered of open runs: written before anything is done for them.
public struct JobLedger: Sendable, Hashable, Codable {
    /// Hexadecimal digits that tell this device's runs from others'.
    public var identity: String
    public var board = JobBoard()
    /// By open run.
    public var details: [Int64: JobRunDetails] = [:]
    /// Events up to this one have started what they were to start.
    public var lastEvent: Int64 = 0
    /// The start of the device that `startup` was told of.
    public var bootID: String?

    public init(identity: String) { self.identity = identity }

    public var oldestOpenRun: Int64? { board.runs.map(\.id).min() }
}

/// What is known of an open run besides its place on the board.
public struct JobRunDetails: Sendable, Hashable, Codable {
    /// What an attempt runs in; noted before it is started.
    public struct Handle: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Hashable, Codable {
            case container, execution
        }

        public var attempt: Int
        public var kind: Kind
        /// The engine's.
        public var id: String
        /// The container that a command is executed in.
        public var container: String?

        public init(attempt: Int, kind: Kind, id: String, container: String? = nil) {
            self.attempt = attempt
            self.kind = kind
            self.id = id
            self.container = container
        }
    }

    /// When the first attempt began.
    public var startedAt: Timestamp?
    /// When the present attempt began.
    public var attemptStartedAt: Timestamp?
    public var handle: Handle?
    /// Why the last attempt could not be run.
    public var failure: String?
    /// Its place in a trace, as `traceparent` has it.
    public var traceParent: String?

    public init() {}

    var trace: TraceID? { traceParent.flatMap { TraceParent(header: $0) }?.trace }
}

/// Changes of the durable state of jobs.
public struct JobChange: Sendable {
    public var ledger: JobLedger
    public var logs: [JobAttemptLog]
    /// Runs that are over now.
    public var ended: [JobRunRecord]
    public var put: [StoredJobDefinition]
    public var removed: [JobName]

    public init(
        ledger: JobLedger,
        logs: [JobAttemptLog] = [],
        ended: [JobRunRecord] = [],
        put: [StoredJobDefinition] = [],
        removed: [JobName] = []
    ) {
        self.ledger = ledger
        self.logs = logs
        self.ended = ended
        self.put = put
        self.removed = removed
    }
}

/// What one attempt of a run wrote, cut to ``RunLog/limit``.
public struct JobAttemptLog: Sendable, Hashable {
    public var run: Int64
    public var attempt: Int
    public var lines: [LogLine]

    public init(run: Int64, attempt: Int, lines: [LogLine]) {
        self.run = run
        self.attempt = attempt
        self.lines = lines
    }
}

/// A job that was made through the API.
public struct StoredJobDefinition: Sendable, Hashable {
    public var name: JobName
    /// As it was given.
    public var block: JSONValue
    public var createdAt: Timestamp

    public init(name: JobName, block: JSONValue, createdAt: Timestamp) {
        self.name = name
        self.block = block
        self.createdAt = createdAt
    }
}

/// What the store holds of jobs at start.
public struct StoredJobs: Sendable {
    public var ledger: JobLedger?
    public var definitions: [StoredJobDefinition]
    public var totals: [JobName: [String: JobStatus.Total]]
    /// The newest run of each job that is over.
    public var last: [JobName: JobRunRecord]
    /// Why the ledger could not be read.
    public var damage: String?
    /// Jobs that cannot be read, each with the reason: they are left out, and their rows stay as they are.
    public var unreadable: [JobName: String] = [:]

    /// The largest number that a run ever had.
    public var lastRun: Int64

    public init(
        ledger: JobLedger? = nil,
        definitions: [StoredJobDefinition] = [],
        totals: [JobName: [String: JobStatus.Total]] = [:],
        last: [JobName: JobRunRecord] = [:],
        lastRun: Int64 = 0,
        damage: String? = nil
    ) {
        self.lastRun = lastRun
        self.ledger = ledger
        self.definitions = definitions
        self.totals = totals
        self.last = last
        self.damage = damage
    }
}
