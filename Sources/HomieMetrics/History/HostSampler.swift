import HomiePlanning

/// What the history keeps of the host: some forty series, however many devices it has.
enum HostSampler {
    /// Devices of a kind that are kept.
    private static let mostDevices = 4

    /// - Parameter families: all of the host's, as a scrape shows them.
    static func readings(from families: [MetricFamily]) -> [MeasurementBook.Reading] {
        let table = Dictionary(families.map { ($0.name, $0) }) { first, _ in first }
        var readings: [MeasurementBook.Reading] = []
        for name in single {
            guard let family = table[name], let sample = family.samples.first else { continue }
            readings.append(.init(name, family.kind == .counter ? .counter : .gauge, sample.value))
        }
        for (name, label) in labelled {
            guard let family = table[name] else { continue }
            let devices = family.samples.filter { isKept($0, by: label) }.prefix(mostDevices)
            for sample in devices {
                guard let value = sample.labels.first(where: { $0.name == label })?.value else { continue }
                let series = "\(name){\(label)=\"\(value)\"}"
                readings.append(.init(series, family.kind == .counter ? .counter : .gauge, sample.value))
            }
        }
        return readings + processors(table["node_cpu_seconds"]) + memory(table) + filesystems(table)
    }

    private static let single = [
        "node_load1", "node_procs_blocked", "node_memory_MemAvailable_bytes", "node_memory_SwapFree_bytes",
        "node_pressure_cpu_waiting_seconds", "node_pressure_io_waiting_seconds", "node_pressure_io_stalled_seconds",
        "node_pressure_memory_waiting_seconds", "node_pressure_memory_stalled_seconds", "node_vmstat_oom_kill",
    ]

    private static let labelled = [
        ("node_disk_read_bytes", "device"), ("node_disk_written_bytes", "device"),
        ("node_disk_io_time_seconds", "device"), ("node_network_receive_bytes", "device"),
        ("node_network_transmit_bytes", "device"), ("node_thermal_zone_temp", "zone"),
    ]

    /// The engine's bridges and the loopback say nothing that services and the device's own network do not.
    private static func isKept(_ sample: MetricFamily.Sample, by label: String) -> Bool {
        guard label == "device", let name = sample.labels.first(where: { $0.name == label })?.value else { return true }
        return name != "lo" && !name.hasPrefix("br-") && !name.hasPrefix("docker")
    }

    private static func processors(_ family: MetricFamily?) -> [MeasurementBook.Reading] {
        guard let family else { return [] }
        var modes: [String: Double] = [:]
        for sample in family.samples {
            guard let mode = sample.labels.first(where: { $0.name == "mode" })?.value else { continue }
            modes[mode, default: 0] += sample.value
        }
        let kept = ["user", "system", "iowait", "idle", "steal"].compactMap { mode in
            modes[mode].map { MeasurementBook.Reading("node_cpu_seconds{mode=\"\(mode)\"}", .counter, $0) }
        }
        let count = Set(family.samples.compactMap { $0.labels.first { $0.name == "cpu" }?.value }).count
        guard count > 0 else { return kept }
        let busy = modes.filter { $0.key != "idle" && $0.key != "iowait" }.values.reduce(0, +)
        // Seconds of one processor per second and processor: a share.
        return kept + [.init("homie_host_processors_used_ratio", .counter, busy / Double(count))]
    }

    private static func memory(_ table: [String: MetricFamily]) -> [MeasurementBook.Reading] {
        guard let total = table["node_memory_MemTotal_bytes"]?.samples.first?.value, total > 0,
            let available = table["node_memory_MemAvailable_bytes"]?.samples.first?.value
        else { return [] }
        return [.init("homie_host_memory_used_ratio", .gauge, 1 - available / total)]
    }

    private static func filesystems(_ table: [String: MetricFamily]) -> [MeasurementBook.Reading] {
        func values(_ name: String) -> [String: Double] {
            let pairs = (table[name]?.samples ?? []).compactMap { sample in
                sample.labels.first { $0.name == "mountpoint" }.map { ($0.value, sample.value) }
            }
            return Dictionary(pairs) { first, _ in first }
        }
        let sizes = values("node_filesystem_size_bytes")
        let available = values("node_filesystem_avail_bytes")
        let files = values("node_filesystem_files")
        let filesFree = values("node_filesystem_files_free")
        let readOnly = values("node_filesystem_readonly")
        // The largest ones that can be written to are those that fill up.
        let kept = sizes.filter { readOnly[$0.key] == 0 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostDevices)
        return kept.flatMap { point, size -> [MeasurementBook.Reading] in
            let label = "{mountpoint=\"\(point.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"}"
            var readings: [MeasurementBook.Reading] = []
            if size > 0, let free = available[point] {
                readings.append(.init("homie_host_filesystem_used_ratio\(label)", .gauge, 1 - free / size))
            }
            if let all = files[point], all > 0, let free = filesFree[point] {
                readings.append(.init("homie_host_inodes_used_ratio\(label)", .gauge, 1 - free / all))
            }
            return readings
        }
    }
}
