import HomieModel
import HomiePlanning

/// The eight series that the history keeps of each service, its replicas added up.
///
/// A service's counters go on when a replica goes: what each container added since the last look is added to them.
struct ServiceSampler {
    private struct Total {
        var counters: [Double?] = Array(repeating: nil, count: ContainerSample.Counter.allCases.count)
    }

    private var last: [String: ContainerSample] = [:]
    private var totals: [String: Total] = [:]
    private var hasLooked = false

    private static let metrics: [(ContainerSample.Counter, String)] = [
        (.processors, "container_cpu_usage_seconds"), (.throttled, "container_cpu_cfs_throttled_seconds"),
        (.received, "container_network_receive_bytes"), (.sent, "container_network_transmit_bytes"),
        (.read, "container_fs_reads_bytes"), (.written, "container_fs_writes_bytes"),
    ]

    /// - Parameter samples: by container ID.
    mutating func readings(
        of stacks: [StackStatus],
        samples: [String: ContainerSample]
    ) -> [MeasurementBook.Reading] {
        var readings: [MeasurementBook.Reading] = []
        var present: Set<String> = []
        for service in stacks.flatMap(\.services) {
            let labels = "{stack=\"\(service.stack)\",service=\"\(service.service)\"}"
            present.insert(labels)
            var total = totals[labels] ?? Total()
            var memory: Double?
            for container in service.containers {
                guard let sample = samples[container.id] else { continue }
                if let used = sample.memory { memory = (memory ?? 0) + used }
                for counter in ContainerSample.Counter.allCases {
                    guard let value = sample[counter] else { continue }
                    let before = last[container.id]?[counter]
                    // One that was there before the first look may have counted for years.
                    let added = before.map { value < $0 ? value : value - $0 } ?? (hasLooked ? value : 0)
                    total.counters[counter.rawValue] = (total.counters[counter.rawValue] ?? 0) + added
                }
            }
            totals[labels] = total
            for (counter, metric) in Self.metrics {
                guard let value = total.counters[counter.rawValue] else { continue }
                readings.append(.init(metric + labels, .counter, value))
            }
            if let memory { readings.append(.init("container_memory_working_set_bytes\(labels)", .gauge, memory)) }
            readings.append(.init("homie_service_replicas_running\(labels)", .gauge, Double(service.running)))
        }
        last = samples
        totals = totals.filter { present.contains($0.key) }
        hasLooked = true
        return readings
    }
}
