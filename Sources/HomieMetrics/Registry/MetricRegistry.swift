public import HomieModel
import Synchronization

/// The daemon's own counters, gauges and histograms.
///
/// An instrument is asked for once and kept; asking again for the same name and labels gives the same one. A name keeps its
/// first kind, and has at most ``mostSeries`` series: what comes beyond counts, but is not shown.
public final class MetricRegistry: Sendable {
    public static let mostSeries = 1000

    private struct Entry {
        var kind: MetricFamily.Kind
        var help: String
        var series: [[MetricFamily.Label]: Instrument] = [:]
    }

    private let entries = Mutex<[String: Entry]>([:])

    public init() {}

    /// - Parameter name: without `_total`.
    public func counter(_ name: String, _ help: String, _ labels: [MetricFamily.Label] = []) -> Counter {
        Counter(instrument: instrument(name, .counter, help, labels, bounds: []))
    }

    public func gauge(_ name: String, _ help: String, _ labels: [MetricFamily.Label] = []) -> Gauge {
        Gauge(instrument: instrument(name, .gauge, help, labels, bounds: []))
    }

    /// - Parameter bounds: upper bounds of the buckets, ascending; the last one, without bound, is always there.
    public func histogram(
        _ name: String,
        _ help: String,
        _ labels: [MetricFamily.Label] = [],
        bounds: [Double] = Histogram.durations
    ) -> Histogram {
        Histogram(instrument: instrument(name, .histogram, help, labels, bounds: bounds))
    }

    /// All that was ever asked for, by name.
    public func families() -> [MetricFamily] {
        entries.withLock { entries in
            entries.sorted { $0.key < $1.key }.map { name, entry in
                var family = MetricFamily(name, entry.kind, entry.help)
                for (labels, instrument) in entry.series.sorted(by: { Self.text($0.key) < Self.text($1.key) }) {
                    instrument.add(to: &family, labels)
                }
                return family
            }
        }
    }

    private static func text(_ labels: [MetricFamily.Label]) -> String {
        labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }

    private func instrument(
        _ name: String,
        _ kind: MetricFamily.Kind,
        _ help: String,
        _ labels: [MetricFamily.Label],
        bounds: [Double]
    ) -> Instrument {
        entries.withLock { entries in
            var entry = entries[name] ?? Entry(kind: kind, help: help)
            if let known = entry.series[labels], entry.kind == kind { return known }
            let made = Instrument(bounds: bounds.sorted())
            guard entry.kind == kind, entry.series.count < Self.mostSeries else { return made }
            entry.series[labels] = made
            entries[name] = entry
            return made
        }
    }
}

/// Only rises.
public struct Counter: Sendable {
    let instrument: Instrument

    /// - Parameter amount: less than nothing changes nothing.
    public func increment(by amount: Double = 1) { if amount > 0 { instrument.add(amount) } }
}

/// Rises and falls.
public struct Gauge: Sendable {
    let instrument: Instrument

    public func set(_ value: Double) { instrument.set(value) }
    public func add(_ amount: Double) { instrument.add(amount) }
}

/// How values are spread over buckets.
public struct Histogram: Sendable {
    let instrument: Instrument

    /// Buckets for durations in seconds, from 1 ms to 1 min.
    public static let durations: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    public func observe(_ value: Double) { instrument.observe(value) }
    public func observe(_ span: TimeSpan) { instrument.observe(span.seconds) }
}

/// One series' state.
final class Instrument: Sendable {
    private struct State {
        var value = 0.0
        var count = 0
        /// Not yet added up; the last one has no bound.
        var buckets: [Int]
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    func add(_ amount: Double) { state.withLock { $0.value += amount } }
    func set(_ value: Double) { state.withLock { $0.value = value } }

    func observe(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.value += value
            state.count += 1
            state.buckets[index] += 1
        }
    }

    func add(to family: inout MetricFamily, _ labels: [MetricFamily.Label]) {
        let state = state.withLock { $0 }
        guard family.kind == .histogram else {
            family.add(state.value, labels)
            return
        }
        var sum = 0
        for (index, count) in state.buckets.enumerated() {
            sum += count
            let bound = index < bounds.count ? bounds[index].description : "+Inf"
            family.add(Double(sum), labels + [.init("le", bound)], suffix: "_bucket")
        }
        family.add(state.value, labels, suffix: "_sum")
        family.add(Double(state.count), labels, suffix: "_count")
    }
}
