import HomieModel
import HomiePlanning
import Testing

/// Jobs that fail are issues until they succeed.
@Suite struct JobIssueTests {
    private let now = Timestamp(nanoseconds: 1_790_000_000_000_000_000)
    private let name: JobName

    init() throws { name = try JobName(parsing: "shop/nightly") }

    private func job(_ totals: [JobRunRecord.State: Double], last: JobRunRecord.State) throws -> JobStatus {
        var job = JobStatus(
            name: name,
            service: try ServiceName(parsing: "db"),
            action: .exec,
            command: nil,
            triggers: [],
            origin: .compose
        )
        for (state, age) in totals { job.totals[state.rawValue] = .init(count: 1, lastAt: now + .seconds(-age)) }
        job.last = JobRunRecord(id: 7, job: name, state: last, cause: "clock", due: now, reason: "exit code 3")
        return job
    }

    private func issues(_ job: JobStatus) -> [DeviceIssue] {
        IssuePlanner.issues(Checkup(now: now, engine: EngineFacts(), jobs: [job])).filter { $0.check == "job" }
    }

    @Test func `a job that failed last is an issue of its service, with the log of that run as what helps`() throws {
        let issue = try #require(issues(try job([.failed: 60, .succeeded: 86_400], last: .failed)).first)
        #expect(issue.id == "job:shop:nightly" && issue.severity == .error)
        #expect(issue.service?.text == "db")
        #expect(issue.since == now + .seconds(-60))
        #expect(issue.summary == "the job 'shop/nightly' failed when it ran last: exit code 3")
        #expect(issue.remedy?.command == "homie job logs 7")
    }

    @Test(arguments: [JobRunRecord.State.skipped, .cancelled, .replaced])
    func `a run that says nothing hides no failure`(last: JobRunRecord.State) throws {
        let found = issues(try job([.timedOut: 60, .succeeded: 86_400, last: 1], last: last))
        #expect(found.map(\.remedy?.command) == ["homie job history shop/nightly"])
    }

    @Test func `a success since then, a suspension or no run at all is no issue`() throws {
        #expect(issues(try job([.failed: 60, .succeeded: 30], last: .succeeded)).isEmpty)
        #expect(issues(try job([.skipped: 30], last: .skipped)).isEmpty)
        var suspended = try job([.failed: 60], last: .failed)
        suspended.isSuspended = true
        #expect(issues(suspended).isEmpty)
    }
}
