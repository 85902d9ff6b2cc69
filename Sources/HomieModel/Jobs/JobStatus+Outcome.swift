extension JobStatus {
    /// How the last run ended that tells whether the job works, and when; nil when there was none. Runs that were skipped,
    /// cancelled or replaced say nothing of that.
    public var outcome: (isSuccess: Bool, at: Timestamp)? {
        func newest(_ states: JobRunRecord.State...) -> Timestamp? {
            states.compactMap { totals[$0.rawValue]?.lastAt }.max()
        }
        let success = newest(.succeeded).map { (isSuccess: true, at: $0) }
        let failure = newest(.failed, .timedOut).map { (isSuccess: false, at: $0) }
        guard let success, let failure else { return success ?? failure }
        return failure.at > success.at ? failure : success
    }
}
