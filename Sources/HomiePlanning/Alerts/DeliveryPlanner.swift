public import HomieModel

/// When a delivery is tried again, and when it is given up. Pure.
///
/// Pauses grow threefold from five seconds to two hours, each a little different, so that receivers are not met by all at
/// once; after three days a delivery is dead. A receiver that does not answer at all is asked with one delivery at a time.
public enum DeliveryPlanner {
    public static let patience = TimeSpan.seconds(3 * 86_400)
    /// Neither a pause of ours nor one that a receiver asks for is longer.
    public static let longestWait = TimeSpan.seconds(86_400)
    /// The longest pause of ours.
    public static let longestPause = TimeSpan.seconds(longest * 1.1)
    private static let longest = 7200.0

    /// The pause after so many failed attempts in a row.
    /// - Parameter salt: decides how much of a tenth the pause differs.
    public static func pause(after attempts: Int, salt: String) -> TimeSpan {
        var seconds = 5.0
        for _ in 1..<max(1, min(attempts, 20)) { seconds = min(longest, seconds * 3) }
        // FNV-1a.
        let hash = "\(salt) \(attempts)".utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return .seconds(seconds * (0.9 + Double(hash % 1000) / 5000))
    }

    /// A delivery after an attempt that failed.
    /// - Parameter retryAfter: what the receiver asked for.
    public static func failed(
        _ delivery: Delivery,
        reason: String,
        isFinal: Bool,
        retryAfter: TimeSpan?,
        now: Timestamp
    ) -> Delivery {
        var delivery = delivery
        delivery.attempts += 1
        delivery.lastError = String(reason.prefix(300))
        let pause = max(
            pause(after: delivery.attempts, salt: delivery.id),
            min(retryAfter ?? .seconds(0), longestWait)
        )
        delivery.dueAt = now + pause
        if isFinal || delivery.dueAt - delivery.createdAt > patience { delivery.state = .dead }
        return delivery
    }

    /// Whether a time has come until which something was put off. A clock that was set back puts nothing off for longer
    /// than it would have been.
    public static func isOver(_ until: Timestamp, now: Timestamp, longest: TimeSpan = longestWait) -> Bool {
        until <= now || until - now > longest
    }

    /// Which receivers are asked, and with what: oldest first.
    public static func batches(_ due: [Delivery]) -> [AlertName: [Delivery]] {
        Dictionary(grouping: due.filter { $0.state == .waiting }, by: \.route)
            .mapValues { $0.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) } }
    }
}
