public import HomieModel
internal import Synchronization

/// How many requests a client may send: `count` at once, refilled over `window`.
public struct RatePolicy: Sendable, Hashable {
    public var name: String
    public var count: Int
    public var window: TimeSpan

    public init(_ name: String, count: Int, window: TimeSpan) {
        self.name = name
        self.count = count
        self.window = window
    }

    /// Between two requests at a steady pace.
    var interval: Int64 { max(1, window.nanoseconds / Int64(max(1, count))) }
}

/// The generic cell rate algorithm (ITU-T I.371, appendix A): one number a client says all of its past.
enum GCRA {
    /// - Parameter arrival: the client's theoretical arrival time; nil at its first request.
    /// - Returns: the verdict, and the arrival time to keep.
    static func decide(_ policy: RatePolicy, arrival: Int64?, now: Int64) -> (RateVerdict, arrival: Int64) {
        let burst = policy.interval * Int64(policy.count)
        let earliest = max(arrival ?? now, now)
        let next = earliest + policy.interval
        if next - now > burst {
            let wait = TimeSpan(nanoseconds: next - now - burst)
            return (RateVerdict(policy: policy, isAllowed: false, remaining: 0, wait: wait), earliest)
        }
        let remaining = Int((burst - (next - now)) / policy.interval)
        let wait = TimeSpan(nanoseconds: next - now)
        return (RateVerdict(policy: policy, isAllowed: true, remaining: remaining, wait: wait), next)
    }
}

/// What a limiter says to one request.
public struct RateVerdict: Sendable, Hashable {
    public var policy: RatePolicy
    public var isAllowed: Bool
    /// How many more could come right now.
    public var remaining: Int
    /// When refused: until one is allowed; else until all are again.
    public var wait: TimeSpan
}

/// Counts the requests of many clients; safe to ask from everywhere.
public final class RateLimiter: Sendable {
    /// More clients than this are not remembered: those that have waited their time out go first, then all.
    private static let capacity = 50_000

    public let policy: RatePolicy
    private let uptime: @Sendable () -> TimeSpan
    private let arrivals = Mutex<[String: Int64]>([:])

    public init(_ policy: RatePolicy, uptime: @escaping @Sendable () -> TimeSpan) {
        self.policy = policy
        self.uptime = uptime
    }

    /// Counts one request of a client.
    public func admit(_ client: String) -> RateVerdict {
        let now = uptime().nanoseconds
        return arrivals.withLock { arrivals in
            if arrivals.count >= Self.capacity { arrivals = arrivals.filter { $0.value > now } }
            if arrivals.count >= Self.capacity { arrivals = [:] }
            let (verdict, arrival) = GCRA.decide(policy, arrival: arrivals[client], now: now)
            arrivals[client] = arrival
            return verdict
        }
    }

    /// Forgets a client, e.g. after it signed in well.
    public func forgive(_ client: String) { arrivals.withLock { $0[client] = nil } }
}
