/// Decides whether the watchdog is fed: only while the work got on within the limit.
///
/// Pure: the count and the time come in as arguments. Times are durations since any fixed point of a monotonic clock.
struct ProgressJudge: Sendable {
    enum Verdict: Sendable, Hashable {
        case feed
        /// No mark for this long.
        case starve(stalled: Duration)
    }

    private let limit: Duration
    private var lastCount: UInt64
    private var lastAdvance: Duration

    /// Start-up counts as progress: the first mark is due within the limit from now.
    init(limit: Duration, count: UInt64, now: Duration) {
        self.limit = limit
        lastCount = count
        lastAdvance = now
    }

    mutating func verdict(count: UInt64, now: Duration) -> Verdict {
        if count != lastCount {
            lastCount = count
            lastAdvance = now
        }
        let stalled = now - lastAdvance
        return stalled <= limit ? .feed : .starve(stalled: stalled)
    }
}
