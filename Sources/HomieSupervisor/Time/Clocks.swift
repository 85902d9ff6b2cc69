import FoundationEssentials
public import HomieModel

/// The two clocks of the loop. Back-off and time-outs use ``uptime``, which never jumps; records carry ``wall``.
public struct Clocks: Sendable {
    public var uptime: @Sendable () -> TimeSpan
    public var wall: @Sendable () -> Timestamp
    /// ``wall`` is kept by clocks elsewhere.
    public var isSynchronized: @Sendable () -> Bool

    public init(
        uptime: @escaping @Sendable () -> TimeSpan,
        wall: @escaping @Sendable () -> Timestamp,
        isSynchronized: @escaping @Sendable () -> Bool = { false }
    ) {
        self.uptime = uptime
        self.wall = wall
        self.isSynchronized = isSynchronized
    }

    /// The system's clocks; uptime counts from this call.
    public static func system() -> Clocks {
        let clock = ContinuousClock()
        let start = clock.now
        return Clocks(
            uptime: { TimeSpan(clock.now - start) },
            wall: {
                // Whole microseconds: a number of this kind knows no better.
                let microseconds = Int64(saturating: Date().timeIntervalSince1970 * 1_000_000)
                return Timestamp(nanoseconds: 0) + TimeSpan(.microseconds(microseconds))
            },
            // systemd-timesyncd.service(8): there once it has set the clock, and away when it is told not to keep it.
            isSynchronized: { FileManager.default.fileExists(atPath: "/run/systemd/timesync/synchronized") }
        )
    }
}

extension TimeSpan {
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (product, isHigh) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isOver) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        // What is longer than can be told is as long as can be told.
        self.init(nanoseconds: isHigh || isOver ? (seconds < 0 ? .min : .max) : sum)
    }
}
