import CSystemd
public import Logging

/// Feeds systemd's watchdog at half its interval while a ``ProgressCounter`` advances, and lets it starve when the work hangs.
///
/// systemd then ends the process and starts it again. A process that merely breathes is not enough: the feeding task would
/// go on beside a loop that is stuck.
public struct Watchdog: Sendable {
    private let interval: Duration
    private let limit: Duration
    private let progress: ProgressCounter
    private let notifier: ServiceNotifier
    private let logger: Logger

    /// - Parameters:
    ///   - interval: the unit's `WatchdogSec=`; see ``requestedInterval()``.
    ///   - limit: how long the work may take between two marks.
    public init(interval: Duration, limit: Duration, progress: ProgressCounter, logger: Logger) {
        self.interval = interval
        self.limit = limit
        self.progress = progress
        self.logger = logger
        notifier = ServiceNotifier()
    }

    /// The interval in which systemd wants to hear from this process; nil when it does not (sd_watchdog_enabled(3)).
    ///
    /// - Throws: ``SystemdError/watchdogSettings(errno:)``
    public static func requestedInterval() throws(SystemdError) -> Duration? {
        var microseconds: UInt64 = 0
        let result = sd_watchdog_enabled(0, &microseconds)
        guard result >= 0 else { throw .watchdogSettings(errno: -result) }
        return result == 0 ? nil : .microseconds(Int64(clamping: microseconds))
    }

    /// Feeds until the task is cancelled.
    ///
    /// - Throws: ``SystemdError/notification(errno:)`` when systemd cannot be reached, which would end in its time-out anyway.
    public func run() async throws {
        // The clock that stands still while the machine sleeps, as systemd's does.
        let clock = SuspendingClock()
        let start = clock.now
        var judge = ProgressJudge(limit: limit, count: progress.value, now: .zero)
        var starving = false
        while !Task.isCancelled {
            switch judge.verdict(count: progress.value, now: start.duration(to: clock.now)) {
            case .feed:
                if starving { logger.notice("the work gets on again; the watchdog is fed") }
                starving = false
                try notifier.send(.watchdog)
            case .starve(let stalled):
                if !starving {
                    logger.critical(
                        "no progress; the watchdog is not fed, systemd will restart this process",
                        metadata: ["stalled": "\(stalled)"]
                    )
                }
                starving = true
            }
            do {
                try await clock.sleep(for: interval / 2)
            } catch is CancellationError {
                return
            }
        }
    }
}
