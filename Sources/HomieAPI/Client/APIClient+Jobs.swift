public import HomieModel

extension APIClient {
    public func jobs(of stack: StackName? = nil) async throws -> [JobStatus] {
        let query = stack.map { [("stack", $0.text)] } ?? []
        let answer: JobsAnswer = try await call(.listJobs, query: query)
        return answer.jobs
    }

    public func job(_ name: JobName) async throws -> JobStatus { try await call(.getJob, path: Self.path(name)) }

    /// Makes or replaces a job.
    /// - Parameter block: `service`, and the keys of `x-homie.schedule`.
    public func put(_ block: JSONValue, as name: JobName) async throws -> JobStatus {
        try await call(.putJob, path: Self.path(name), body: block)
    }

    /// Removes a job that was made through the API; returns those that are left.
    public func removeJob(_ name: JobName) async throws -> [JobStatus] {
        let answer: JobsAnswer = try await call(.removeJob, path: Self.path(name))
        return answer.jobs
    }

    public func run(_ name: JobName) async throws -> JobRunRecord { try await call(.runJob, path: Self.path(name)) }

    public func nextRuns(of name: JobName, count: Int) async throws -> JobTimesAnswer {
        try await call(.listJobTimes, path: Self.path(name), query: [("count", "\(count)")])
    }

    public func jobRuns(_ query: JobRunQuery) async throws -> [JobRunRecord] {
        var parameters = [("limit", "\(query.limit)")]
        if let stack = query.stack { parameters.append(("stack", stack.text)) }
        if let job = query.job { parameters.append(("job", job.text)) }
        if let before = query.before { parameters.append(("before", "\(before)")) }
        let answer: JobRunsAnswer = try await call(.listJobRuns, query: parameters)
        return answer.runs
    }

    public func jobRun(_ id: Int64) async throws -> JobRunRecord { try await call(.getJobRun, path: ["run": "\(id)"]) }

    public func cancelJobRun(_ id: Int64) async throws -> JobRunRecord {
        try await call(.cancelJobRun, path: ["run": "\(id)"])
    }

    /// What a run wrote; with `follows` until it is over.
    public func jobLog(of run: Int64, follows: Bool) async throws -> AsyncThrowingStream<LogEntry, any Error> {
        try await lines(.readJobLog, path: ["run": "\(run)"], query: follows ? [("follow", "true")] : [])
    }

    private static func path(_ name: JobName) -> [String: String] {
        ["stack": name.stack.text, "job": name.job.text]
    }
}
