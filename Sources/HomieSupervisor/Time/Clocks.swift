import FoundationEssentials
public import HomieModel

/// The two clocks of the loop. Back-off and time-outs use ``uptime``, which never jumps; records carry ``wall``.
public struct Clocks: Sendable {
    public var uptime: @Sendable () -> TimeSpan
    public var wall: @Sendable () -> Timestamp

    public init(uptime: @escaping @Sendable () -> TimeSpan, wall: @escaping @Sendable () -> Timestamp) {
        self.uptime = uptime
        self.wall = wall
    }

    /// The system's clocks; uptime counts from this call.
    public static func system() -> Clocks {
        let clock = ContinuousClock()
        let start = clock.now
        return Clocks(
            uptime: { TimeSpan(clock.now - start) },
            wall: { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1_000_000) * 1000) }
        )
    }
}

extension TimeSpan {
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
