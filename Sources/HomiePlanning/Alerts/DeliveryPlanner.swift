public import HomieModel

/// When a delivery is tried again, and when it is given up. Pure.
///
/// Pauses grow threefold from five seconds to two hours, each a little different, so that receivers are not met by all at
/// once; after three days a delivery is dead. A receiver that does not answer at all is asked with one delivery at a time.
public enum DeliveryPlanner {
    public static let patience = TimeSpan.seconds(3 * 86_400)
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
            min(retryAfter ?? .seconds(0), .seconds(86_400))
        )
        delivery.dueAt = now + pause
        if isFinal || delivery.dueAt - delivery.createdAt > patience { delivery.state = .dead }
        return delivery
    }

    /// Which receivers are asked now, and with what: oldest first.
    ///
    /// - Parameter resting: receivers that did not answer, and until when they are left alone.
    public static func batches(
        _ due: [Delivery],
        resting: [AlertName: Timestamp],
        now: Timestamp
    ) -> [AlertName: [Delivery]] {
        Dictionary(grouping: due.filter { $0.state == .waiting && $0.dueAt <= now }, by: \.route)
            .filter { route, _ in resting[route].map { $0 <= now } ?? true }
            .mapValues { $0.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) } }
    }
}
