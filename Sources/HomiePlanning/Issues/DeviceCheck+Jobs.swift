import HomieModel

extension DeviceCheck {
    /// What is to be done at night must not fail unseen.
    static let jobs: [DeviceCheck] = [
        DeviceCheck("job") { checkup in
            // Who suspended a job knows of it.
            let issues = checkup.jobs.filter { !$0.isSuspended }.compactMap(failing)
            return .of(issues, orFine: "no job failed when it ran last")
        }
    ]

    private static func failing(_ job: JobStatus) -> DeviceIssue? {
        guard let outcome = job.outcome, !outcome.isSuccess else { return nil }
        // A run that was skipped since has taken its place in what is kept of the last one.
        let run = job.last.flatMap { $0.state == .failed || $0.state == .timedOut ? $0 : nil }
        let success = job.totals[JobRunRecord.State.succeeded.rawValue]?.lastAt
        return DeviceIssue(
            id: "job:\(job.name.stack):\(job.name.job)",
            check: "job",
            severity: .error,
            summary: "the job '\(job.name)' failed when it ran last" + (run?.reason.map { ": \($0)" } ?? ""),
            stack: job.name.stack,
            service: job.service,
            since: outcome.at,
            evidence: [success.map { "it succeeded last at \($0.rfc3339.prefix(19))Z" } ?? "it has never succeeded"],
            remedy: run.map { byHand("read what it said", "homie job logs \($0.id)") }
                ?? byHand("see how its runs went", "homie job history \(job.name)")
        )
    }
}
