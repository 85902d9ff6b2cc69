public import HomieModel

/// How the checks of one run of a container went, and what that makes of it. Times are the daemon's uptime.
public struct CheckHistory: Sendable, Hashable {
    public private(set) var health = ObservedContainer.Health.starting
    /// Failures since the last success.
    public private(set) var failures = 0
    public private(set) var count = 0
    public private(set) var lastChange: TimeSpan
    /// When the container was started.
    public let start: TimeSpan

    public init(start: TimeSpan) {
        self.start = start
        lastChange = start
    }

    /// Takes in one result.
    ///
    /// During the start period failures do not count until the first success (as the engine has it, Dockerfile reference,
    /// "HEALTHCHECK").
    ///
    /// - Returns: whether the health changed.
    public mutating func note(isPassed: Bool, _ probe: ProbeDefinition, now: TimeSpan) -> Bool {
        count += 1
        let before = health
        if isPassed {
            failures = 0
            health = .healthy
        } else {
            let isStarting = health == .starting && now.nanoseconds - start.nanoseconds < probe.startPeriod.nanoseconds
            if !isStarting { failures += 1 }
            if failures >= probe.retries { health = .unhealthy }
        }
        if health != before { lastChange = now }
        return health != before
    }

    /// How long to wait before the next check: often while it starts, a little faster while it fails, so that the verdict
    /// comes soon, otherwise the interval with a tenth of jitter.
    ///
    /// - Parameter chance: from 0 to 1.
    public func pause(_ probe: ProbeDefinition, chance: Double) -> TimeSpan {
        let interval = Double(probe.interval.nanoseconds)
        if health == .starting && failures == 0 {
            let grown = 50_000_000 * Double(1 << min(count, 6))
            return TimeSpan(nanoseconds: Int64(min(grown, interval)))
        }
        if health == .healthy && failures > 0 {
            return TimeSpan(nanoseconds: Int64(min(interval, max(1e9, interval / 3))))
        }
        return TimeSpan(nanoseconds: Int64(interval * (0.9 + 0.2 * min(max(chance, 0), 1))))
    }
}
