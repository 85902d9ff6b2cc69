public import HomieModel

/// What a metric of a service showed of late, and whether that is enough. Times are the daemon's uptime.
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

    /// Why the check fails, as a clause; nil while it holds or too little is known.
    public func failure(_ check: BusinessCheck) -> String? {
        guard let last = values.last else { return nil }
        let value: Double
        switch check.measure {
        case .value: value = last
        case .rate, .increase:
            guard let first = times.first, let end = times.last,
                end.nanoseconds - first.nanoseconds >= check.window.nanoseconds
            else { return nil }
            // A counter that falls began anew from zero.
            let increase = zip(values.dropFirst(), values).reduce(0) { $0 + ($1.0 >= $1.1 ? $1.0 - $1.1 : $1.0) }
            let seconds = TimeSpan(nanoseconds: end.nanoseconds - first.nanoseconds).seconds
            value = check.measure == .rate ? increase / seconds : increase
        }
        guard !check.comparison.holds(value, check.threshold) else { return nil }
        let rounded = (value * 1000).rounded() / 1000
        return "'\(check.text)' does not hold: it is \(rounded)"
    }
}
