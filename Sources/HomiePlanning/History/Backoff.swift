public import HomieModel

/// Exponential back-off with a ceiling; the n-th wait is `first · 2ⁿ⁻¹`.
public struct Backoff: Sendable, Hashable, Codable {
    public var first: TimeSpan
    public var ceiling: TimeSpan

    public init(first: TimeSpan, ceiling: TimeSpan) {
        self.first = first
        self.ceiling = ceiling
    }

    /// The first restart is immediate, the next ones wait from 100 ms up to a minute.
    public static let restart = Backoff(first: .milliseconds(100), ceiling: .seconds(60))
    /// Engine calls that fail are tried again after one second, up to a minute.
    public static let step = Backoff(first: .seconds(1), ceiling: .seconds(60))
    /// What only something outside can mend is tried again up to ten minutes later.
    public static let patientStep = Backoff(first: .seconds(1), ceiling: .seconds(600))

    /// The wait after `count` failures; none after zero.
    public func wait(after count: Int) -> TimeSpan {
        guard count > 0 else { return .milliseconds(0) }
        let shift = min(count - 1, 40)
        let (scaled, overflow) = first.nanoseconds.multipliedReportingOverflow(by: 1 << Int64(shift))
        return overflow ? ceiling : min(TimeSpan(nanoseconds: scaled), ceiling)
    }
}
