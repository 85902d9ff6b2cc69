public import HomieModel

/// What a metric of a service showed of late. Times are the daemon's uptime.
public struct BusinessHistory: Sendable, Hashable {
    private var times: [TimeSpan] = []
    private var values: [Double] = []

    public init() {}

    /// Takes in one value; what is older than the window, but for one sample at its edge, goes.
    public mutating func note(_ value: Double, at now: TimeSpan, _ check: BusinessCheck) {
        times.append(now)
        values.append(value)
        let edge = now.nanoseconds - check.window.nanoseconds
        while times.count > 2, times[1].nanoseconds <= edge {
            times.removeFirst()
            values.removeFirst()
        }
    }

    /// The value that the check is about; nil while too little is known.
    public func value(_ check: BusinessCheck) -> Double? {
        guard case .over(let function) = check.measure else { return values.last }
        guard let first = times.first, let end = times.last,
            end.nanoseconds - first.nanoseconds >= check.window.nanoseconds
        else { return nil }
        switch function {
        case .sum: return increase
        case .rate: return increase / TimeSpan(nanoseconds: end.nanoseconds - first.nanoseconds).seconds
        case .mean: return values.reduce(0, +) / Double(values.count)
        case .least: return values.min()
        case .most: return values.max()
        case .quantile(let share): return RangeQuery.quantile(share, of: values)
        }
    }

    /// A counter that falls began anew from zero.
    private var increase: Double {
        zip(values.dropFirst(), values).reduce(0) { $0 + ($1.0 >= $1.1 ? $1.0 - $1.1 : $1.0) }
    }
}
