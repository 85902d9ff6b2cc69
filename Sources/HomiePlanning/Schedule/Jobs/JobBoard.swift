public import HomieModel

/// The time on the wall and the daemon's uptime: the first decides when a run is due, the second how long things take.
public struct JobMoment: Sendable, Hashable, Codable {
    public var wall: Timestamp
    public var uptime: TimeSpan

    public init(wall: Timestamp, uptime: TimeSpan) {
        self.wall = wall
        self.uptime = uptime
    }
}

/// What is remembered of all jobs: their open runs and how far their past is settled. It is stored before steps are taken.
public struct JobBoard: Sendable, Hashable, Codable {
    /// Everything the clock asked for up to here was started, skipped or missed, by job.
    public var settled: [JobName: Timestamp] = [:]
    public var runs: [JobRun] = []
    /// Jobs that succeeded since the dependent job began last, by dependent.
    public var succeeded: [JobName: Set<JobName>] = [:]
    public var lastID: Int64 = 0

    public init() {}

    /// What happened since the last look.
    public enum Happening: Sendable, Hashable {
        /// The event's name, and the jobs whose filters (``JobDefinition/Trigger/event(_:)``) it passed.
        case event(String, jobs: Set<JobName>)
        /// A person asked for a run.
        case asked(JobName)
        case cancelled(run: Int64)
        /// An attempt ended by itself or was stopped; the exit code, nil when it could not be run at all.
        case ended(run: Int64, attempt: Int, exitCode: Int?)
    }

    public mutating func note(_ happening: Happening, now: JobMoment) {
        switch happening {
        case .event(let name, let jobs):
            for job in jobs.sorted() { add(job, due: now.wall, cause: .event(name), now: now) }
        case .asked(let job): add(job, due: now.wall, cause: .asked, now: now)
        case .cancelled(let id): change(id) { $0.stopReason = $0.stopReason ?? .cancelled }
        case .ended(let id, let attempt, let exitCode):
            change(id) { run in
                guard case .running(attempt, _) = run.state else { return }
                run.state = .ended(attempt: attempt, exitCode: exitCode, at: now.uptime)
            }
        }
    }

    /// The daemon began anew, and with it its uptime: whatever is measured in it starts over. What ran meanwhile is told
    /// by ``Happening/ended(run:attempt:exitCode:)``.
    public mutating func noteRestart(now: JobMoment) {
        for index in runs.indices {
            switch runs[index].state {
            case .waiting: runs[index].state = .waiting(since: now.uptime)
            case .running(let attempt, _): runs[index].state = .running(attempt: attempt, since: now.uptime)
            case .ended(let attempt, let code, _):
                runs[index].state = .ended(attempt: attempt, exitCode: code, at: now.uptime)
            case .resting(let attempt, _): runs[index].state = .resting(attempt: attempt, until: now.uptime)
            }
        }
    }

    private mutating func change(_ id: Int64, _ body: (inout JobRun) -> Void) {
        guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
        body(&runs[index])
    }

    mutating func add(_ job: JobName, due: Timestamp, cause: JobRun.Cause, now: JobMoment) {
        lastID += 1
        runs.append(JobRun(id: lastID, job: job, due: due, cause: cause, state: .waiting(since: now.uptime)))
    }
}

/// A run that is not over yet.
public struct JobRun: Sendable, Hashable, Codable, Identifiable {
    public enum Cause: Sendable, Hashable, Codable {
        case clock
        /// It was due while nobody could start it.
        case missed
        case event(String)
        case after(JobName)
        /// A person asked.
        case asked
    }

    public enum State: Sendable, Hashable, Codable {
        case waiting(since: TimeSpan)
        case running(attempt: Int, since: TimeSpan)
        /// The planner has not seen it yet.
        case ended(attempt: Int, exitCode: Int?, at: TimeSpan)
        /// The attempt failed; the next one begins then.
        case resting(attempt: Int, until: TimeSpan)
    }

    public enum StopReason: Sendable, Hashable, Codable {
        case timeout, replaced, cancelled
    }

    public var id: Int64
    public var job: JobName
    public var due: Timestamp
    public var cause: Cause
    public var state: State
    /// It is to end, or is being ended.
    public var stopReason: StopReason?

    public init(id: Int64, job: JobName, due: Timestamp, cause: Cause, state: State) {
        self.id = id
        self.job = job
        self.due = due
        self.cause = cause
        self.state = state
    }

    /// It has begun, and holds its job's and groups' place.
    var isOpen: Bool {
        if case .waiting = state { return false }
        return true
    }
}
