/// What is made of a stretch of a series.
public enum RangeFunction: Sendable, Hashable {
    /// Mean of each step.
    case mean
    /// The increase of a counter over each step; seconds that were not seen add nothing.
    case sum
    /// The increase per second over what was seen of each step.
    case rate
    case least
    case most
    /// Between 0 and 1, over the means of the finer points in each step, with linear interpolation.
    case quantile(Double)
}

/// Evaluates functions over stored points; pure.
public enum RangeQuery {
    /// One value for each step in which something was seen.
    ///
    /// - Parameters:
    ///   - points: ascending seconds, at most one for each step of `resolution`.
    ///   - step: in seconds, at least the resolution's; steps begin at its multiples.
    public static func evaluate(
        _ function: RangeFunction,
        over points: [(second: Int64, point: MeasuredPoint)],
        resolution: Resolution,
        step: Int64
    ) -> [(second: Int64, value: Double)] {
        let step = max(step, resolution.step)
        var results: [(second: Int64, value: Double)] = []
        var index = 0
        while index < points.count {
            let begin = floorQuotient(points[index].second, step) * step
            var group: [MeasuredPoint] = []
            while index < points.count, points[index].second < begin + step {
                if points[index].point.coverage > 0 { group.append(points[index].point) }
                index += 1
            }
            if let value = value(function, group, resolution) { results.append((begin, value)) }
        }
        return results
    }

    /// One value over all of `points`; nil when nothing was seen.
    public static func value(
        _ function: RangeFunction,
        over points: [(second: Int64, point: MeasuredPoint)],
        resolution: Resolution
    ) -> Double? {
        value(function, points.map(\.point).filter { $0.coverage > 0 }, resolution)
    }

    /// Points of a finer resolution as those of a coarser one; what is missing counts as not seen.
    public static func merged(
        _ points: [(second: Int64, point: MeasuredPoint)],
        from finer: Resolution,
        to coarser: Resolution
    ) -> [(second: Int64, point: MeasuredPoint)] {
        let steps = max(1, Int(coarser.step / finer.step))
        var merged: [(second: Int64, point: MeasuredPoint)] = []
        var index = 0
        while index < points.count {
            let begin = coarser.stepStart(of: points[index].second)
            var group: [MeasuredPoint] = []
            while index < points.count, points[index].second < begin + coarser.step {
                group.append(points[index].point)
                index += 1
            }
            group += Array(repeating: .absent, count: max(0, steps - group.count))
            merged.append((begin, MeasuredPoint(merging: group)))
        }
        return merged.filter { $0.point.coverage > 0 }
    }

    private static func value(_ function: RangeFunction, _ group: [MeasuredPoint], _ resolution: Resolution) -> Double?
    {
        guard !group.isEmpty else { return nil }
        let seen = group.reduce(0.0) { $0 + Double($1.coverage) / 255 }
        let total = group.reduce(0.0) { $0 + Double($1.mean) * Double($1.coverage) / 255 }
        switch function {
        case .mean, .rate: return total / seen
        case .sum: return total * Double(resolution.step)
        case .least: return group.map(\.least).min().map(Double.init)
        case .most: return group.map(\.most).max().map(Double.init)
        case .quantile(let share): return quantile(share, of: group.map { Double($0.mean) })
        }
    }

    /// With linear interpolation; nil of nothing.
    static func quantile(_ share: Double, of values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let place = min(1, max(0, share)) * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }

    /// How much of `window` seconds was seen, from 0 to 1.
    public static func coverage(
        of points: [(second: Int64, point: MeasuredPoint)],
        resolution: Resolution,
        window: Int64
    ) -> Double {
        let seen = points.reduce(0.0) { $0 + Double($1.point.coverage) / 255 } * Double(resolution.step)
        return window > 0 ? min(1, seen / Double(window)) : 0
    }
}
