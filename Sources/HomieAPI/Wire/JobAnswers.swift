public import HomieModel

/// By name.
public struct JobsAnswer: Sendable, Hashable, Codable {
    public var jobs: [JobStatus]
    public init(jobs: [JobStatus]) { self.jobs = jobs }
}

/// Newest first.
public struct JobRunsAnswer: Sendable, Hashable, Codable {
    public var runs: [JobRunRecord]
    public init(runs: [JobRunRecord]) { self.runs = runs }
}

/// The next runs of a job by the clock.
public struct JobTimesAnswer: Sendable, Hashable, Codable {
    public var job: JobName
    public var times: [Timestamp]

    public init(job: JobName, times: [Timestamp]) {
        self.job = job
        self.times = times
    }
}
