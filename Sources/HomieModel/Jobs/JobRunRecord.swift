/// One run of a job, open or over.
public struct JobRunRecord: Sendable, Hashable, Codable, Identifiable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// It has not begun: ``JobRunRecord/reason`` says what it waits for.
        case waiting
        case running
        /// An attempt failed; the next one comes.
        case resting
        case succeeded, failed, cancelled, replaced, skipped
        case timedOut = "timed_out"

        public var isFinal: Bool {
            switch self {
            case .waiting, .running, .resting: false
            case .succeeded, .failed, .cancelled, .replaced, .skipped, .timedOut: true
            }
        }
    }

    /// Rises with every run of this device.
    public var id: Int64
    public var job: JobName
    public var state: State
    /// What started it, as a clause: `the clock`, `event container.died`, `after shop/dump` …
    public var cause: String
    /// When it was to begin.
    public var due: Timestamp
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    public var attempts: Int
    /// Of the last attempt; nil when it did not end by itself.
    public var exitCode: Int?
    /// Why it waits, was skipped or failed, as a clause.
    public var reason: String?
    /// How many runs of the clock this stands for.
    public var count: Int
    /// The trace it belongs to: 32 hexadecimal digits.
    public var trace: String?

    public init(
        id: Int64,
        job: JobName,
        state: State,
        cause: String,
        due: Timestamp,
        startedAt: Timestamp? = nil,
        endedAt: Timestamp? = nil,
        attempts: Int = 0,
        exitCode: Int? = nil,
        reason: String? = nil,
        count: Int = 1,
        trace: String? = nil
    ) {
        self.id = id
        self.job = job
        self.state = state
        self.cause = cause
        self.due = due
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.attempts = attempts
        self.exitCode = exitCode
        self.reason = reason
        self.count = count
        self.trace = trace
    }
}

/// Which runs are asked for; every nil accepts all.
public struct JobRunQuery: Sendable, Hashable {
    public var stack: StackName?
    /// The job's name within its stack.
    public var job: ServiceName?
    /// Only runs with a smaller ID.
    public var before: Int64?
    /// The newest this many.
    public var limit: Int

    public init(stack: StackName? = nil, job: ServiceName? = nil, before: Int64? = nil, limit: Int = 50) {
        self.stack = stack
        self.job = job
        self.before = before
        self.limit = limit
    }

    public func accepts(_ run: JobRunRecord) -> Bool {
        (stack == nil || run.job.stack == stack) && (job == nil || run.job.job == job)
            && (before.map { run.id < $0 } ?? true)
    }
}
