public import HomieModel

/// One thing to do for a job: a closed set. Taking a step twice is harmless: run and attempt name it.
public enum JobStep: Sendable, Hashable {
    /// Attempts are counted from 1.
    case start(run: Int64, job: JobName, attempt: Int)
    case stop(run: Int64, job: JobName, attempt: Int, reason: JobRun.StopReason)
    /// The run is over; this goes into the history.
    case finish(JobOutcome)
}

/// How a run ended.
public struct JobOutcome: Sendable, Hashable, Codable {
    public enum Result: Sendable, Hashable, Codable {
        case succeeded
        /// Exit code of the last attempt; nil when it could not be run.
        case failed(exitCode: Int?)
        case timedOut
        case cancelled
        case replaced
        /// It never began; one clause says why.
        case skipped(String)
    }

    /// Nil for runs that were missed or skipped before they had one.
    public var run: Int64?
    public var job: JobName
    public var due: Timestamp
    public var cause: JobRun.Cause
    public var attempts: Int
    public var result: Result
    /// How many runs of the clock this stands for.
    public var count: Int
}

/// What is to be done for all jobs now.
public struct JobPlan: Sendable, Hashable {
    /// The board after these steps; it is stored first.
    public var board: JobBoard
    public var steps: [JobStep] = []
    /// Why runs wait, by run.
    public var waiting: [Int64: String] = [:]
    /// The next run of the clock, by job.
    public var nextRuns: [JobName: Timestamp] = [:]
    /// The wall time at which to look again, even if nothing happens.
    public var nextWall: Timestamp?
    /// The uptime at which to look again, even if nothing happens.
    public var nextUptime: TimeSpan?

    init(board: JobBoard) { self.board = board }

    mutating func wake(wall: Timestamp) { nextWall = nextWall.map { min($0, wall) } ?? wall }
    mutating func wake(uptime: TimeSpan) { nextUptime = nextUptime.map { min($0, uptime) } ?? uptime }
}

/// What the planner must know of the device.
public struct JobFacts: Sendable, Hashable {
    /// Free CPUs and memory; nil when they could not be read, and then nothing waits for them.
    public var free: JobDefinition.Headroom?
    /// Services that run and are healthy, or run and have no check, by stack.
    public var healthy: [StackName: Set<ServiceName>]
    /// Without the engine nothing can begin.
    public var hasEngine: Bool

    public init(
        free: JobDefinition.Headroom? = nil,
        healthy: [StackName: Set<ServiceName>] = [:],
        hasEngine: Bool = true
    ) {
        self.free = free
        self.healthy = healthy
        self.hasEngine = hasEngine
    }
}
