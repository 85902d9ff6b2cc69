public import HomieModel

/// Whether the wall clock may say what is so old that it is deleted for ever.
///
/// A clock that was set to a wrong time, or has none yet after a start, is right again sooner or later; what was deleted by it
/// stays away. So its word counts when the system keeps it by others' clocks, or when it has gone along with the uptime, which
/// never jumps, for a whole day.
public struct ClockTrust: Sendable {
    /// How far the two may be apart.
    static let tolerance = TimeSpan.seconds(3600)
    /// For how long they must have agreed.
    static let trial = TimeSpan.seconds(86_400)

    /// The wall clock's time at the uptime's zero, and the uptime since which it has been so.
    private var agreement: (zero: Int64, since: TimeSpan)?

    public init() {}

    /// Compares the clocks; to be called often.
    public mutating func note(_ clocks: Clocks) {
        let uptime = clocks.uptime()
        let zero = clocks.wall().nanoseconds &- uptime.nanoseconds
        if let agreement {
            let (apart, isFar) = zero.subtractingReportingOverflow(agreement.zero)
            if !isFar, apart.magnitude <= Self.tolerance.nanoseconds.magnitude { return }
        }
        agreement = (zero, uptime)
    }

    /// The time by which old things are to be told; nil while nothing may be called old.
    public mutating func now(_ clocks: Clocks) -> Timestamp? {
        note(clocks)
        if clocks.isSynchronized() { return clocks.wall() }
        guard let since = agreement?.since, clocks.uptime().nanoseconds - since.nanoseconds >= Self.trial.nanoseconds
        else { return nil }
        return clocks.wall()
    }
}
