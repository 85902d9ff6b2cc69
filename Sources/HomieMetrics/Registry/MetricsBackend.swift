public import CoreMetrics

/// Has the registry keep what swift-metrics' instruments record (<https://github.com/apple/swift-metrics>).
///
/// Labels become names: `job.runs` is `job_runs`; timers are histograms in seconds, `…_seconds`. An instrument that was
/// destroyed stays, as Prometheus wants counters to.
public struct MetricsBackend: MetricsFactory {
    private let registry: MetricRegistry

    public init(registry: MetricRegistry) { self.registry = registry }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterInstrument(counter: registry.counter(Self.name(label), help(label), Self.labels(dimensions)))
    }

    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        CounterInstrument(counter: registry.counter(Self.name(label), help(label), Self.labels(dimensions)))
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeInstrument(gauge: registry.gauge(Self.name(label), help(label), Self.labels(dimensions)))
    }

    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        let name = Self.name(label)
        let labels = Self.labels(dimensions)
        if aggregate { return HistogramInstrument(histogram: registry.histogram(name, help(label), labels)) }
        return GaugeInstrument(gauge: registry.gauge(name, help(label), labels))
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = Self.name(label)
        let full = name.hasSuffix("_seconds") ? name : name + "_seconds"
        return HistogramInstrument(histogram: registry.histogram(full, help(label), Self.labels(dimensions)))
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func help(_ label: String) -> String { "What the daemon counts as \(label)." }

    /// A name without what no name may have, and without the `_total` that the format adds to counters.
    static func name(_ label: String) -> String {
        var bytes = label.utf8.map { MetricFamily.isNameByte($0) || $0 == 0x3A ? $0 : 0x5F }
        if bytes.first.map({ (0x30...0x39).contains($0) }) ?? true { bytes.insert(0x5F, at: 0) }
        let name = String(decoding: bytes, as: UTF8.self)
        return name.hasSuffix("_total") ? String(name.dropLast(6)) : name
    }

    private static func labels(_ dimensions: [(String, String)]) -> [MetricFamily.Label] {
        dimensions.map { MetricFamily.Label($0.0, $0.1) }
    }
}

private final class CounterInstrument: CounterHandler, FloatingPointCounterHandler {
    private let counter: Counter

    init(counter: Counter) { self.counter = counter }

    func increment(by amount: Int64) { counter.increment(by: Double(amount)) }
    func increment(by amount: Double) { counter.increment(by: amount) }
    // A counter that is set back looks to Prometheus like a restart, which it is not.
    func reset() {}
}

private final class GaugeInstrument: MeterHandler, RecorderHandler {
    private let gauge: Gauge

    init(gauge: Gauge) { self.gauge = gauge }

    func set(_ value: Int64) { gauge.set(Double(value)) }
    func set(_ value: Double) { gauge.set(value) }
    func increment(by amount: Double) { gauge.add(amount) }
    func decrement(by amount: Double) { gauge.add(-amount) }
    func record(_ value: Int64) { gauge.set(Double(value)) }
    func record(_ value: Double) { gauge.set(value) }
}

private final class HistogramInstrument: RecorderHandler, TimerHandler {
    private let histogram: Histogram

    init(histogram: Histogram) { self.histogram = histogram }

    func record(_ value: Int64) { histogram.observe(Double(value)) }
    func record(_ value: Double) { histogram.observe(value) }
    func recordNanoseconds(_ duration: Int64) { histogram.observe(Double(duration) / 1e9) }
}
