import HomieMetrics
import HomieSupervisor
import Testing

@Suite struct RegistryTests {
    private func lines(_ registry: MetricRegistry) -> [Substring] {
        String(decoding: ExpositionWriter.text(registry.families(), as: .prometheus), as: UTF8.self)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
    }

    @Test func `the same name and labels are the same instrument, from many tasks at once`() async {
        let registry = MetricRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 { registry.counter("hits", "Hits.", [.init("a", "b")]).increment() }
                }
            }
        }
        #expect(lines(registry) == ["hits_total{a=\"b\"} 8000"])
    }

    @Test func `a counter does not fall`() {
        let registry = MetricRegistry()
        let counter = registry.counter("hits", "Hits.")
        counter.increment(by: 2)
        counter.increment(by: -1)
        counter.increment(by: .nan)
        #expect(lines(registry) == ["hits_total 2"])
    }

    @Test func `buckets add up, and their bounds belong to them`() {
        let registry = MetricRegistry()
        let histogram = registry.histogram("wait_seconds", "Wait.", bounds: [0.5, 1])
        for value in [0.25, 0.5, 0.75, 8] { histogram.observe(value) }
        #expect(
            lines(registry) == [
                "wait_seconds_bucket{le=\"0.5\"} 2", "wait_seconds_bucket{le=\"1.0\"} 3",
                "wait_seconds_bucket{le=\"+Inf\"} 4", "wait_seconds_sum 9.5", "wait_seconds_count 4",
            ]
        )
    }

    @Test func `series are bounded, and a name keeps its first kind`() {
        let registry = MetricRegistry()
        for number in 0..<5000 { registry.gauge("many", "Many.", [.init("n", "\(number)")]).set(1) }
        registry.counter("many", "Many.").increment()
        #expect(lines(registry).count == MetricRegistry.mostSeries)
    }
}
