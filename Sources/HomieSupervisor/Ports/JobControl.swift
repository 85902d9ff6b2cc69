public import HomieModel

/// Starts jobs because of something outside of the device.
public protocol JobTrigger: Sendable {
    /// Asks for a run; it begins when nothing stands against it. Returns its number once it is durable.
    ///
    /// - Parameter cause: a clause for people, `webhook deploy`.
    /// - Throws: ``JobError/noJob(_:)``
    func trigger(_ job: JobName, because cause: String) async throws -> Int64
}

/// What the API asks of the keeper of jobs.
public protocol JobControl: JobTrigger {
    /// Makes or replaces a job beside those of the Compose files.
    func put(_ name: JobName, _ block: JSONValue) async throws -> JobStatus
    /// Removes a job that was made through the API; what runs of it is stopped.
    func remove(_ name: JobName) async throws
    /// Starts a run because a person asked.
    func run(_ name: JobName) async throws -> JobRunRecord
    /// Ends a run; one that is over stays as it is.
    func cancel(_ run: Int64) async throws -> JobRunRecord
    func inspectJobs() -> any JobInspection
}

/// What the API asks about jobs.
public protocol JobInspection: Sendable {
    /// By name.
    func jobs() async throws -> [JobStatus]
    /// - Throws: ``JobError/noJob(_:)``
    func job(_ name: JobName) async throws -> JobStatus
    /// Newest first, those that are open among them.
    func runs(_ query: JobRunQuery) async throws -> [JobRunRecord]
    /// - Throws: ``JobError/noRun(_:)``
    func run(_ id: Int64) async throws -> JobRunRecord
    /// The next runs of the clock.
    func nextRuns(of name: JobName, count: Int) async throws -> [Timestamp]
    /// What a run wrote; with `follows` until it is over.
    func log(of run: Int64, follows: Bool) async throws -> AsyncStream<LogLine>
}
