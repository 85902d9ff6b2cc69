/// Reads the host as node_exporter names it (`node_*`), so that existing dashboards work.
///
/// What a kernel does not offer is left out; `node_scrape_collector_success` says which part answered.
final class HostReader {
    private let paths: KernelPaths
    private let ticks: Double
    private var files: [String: KernelFile] = [:]
    private let mounts: MountTable

    init(paths: KernelPaths, ticksPerSecond: Double = SystemFacts.ticksPerSecond) {
        self.paths = paths
        mounts = MountTable(path: "\(paths.proc)/self/mountinfo")
        ticks = ticksPerSecond
    }

    func families(now: Double) -> [MetricFamily] {
        let parts: [(String, () -> [MetricFamily])] = [
            ("cpu", cpu), ("cpufreq", frequency), ("diskstats", disks), ("filefd", openFiles),
            ("filesystem", { FilesystemReader.families(self.mounts.current()) }), ("loadavg", load),
            ("meminfo", memory), ("netdev", network), ("pressure", pressure), ("thermal_zone", temperature),
            ("uname", SystemFacts.kernel), ("vmstat", virtualMemory),
        ]
        var success = MetricFamily("node_scrape_collector_success", .gauge, "Whether a part of the host could be read.")
        var families: [MetricFamily] = []
        for (name, read) in parts {
            let found = read()
            success.add(found.isEmpty ? 0 : 1, [.init("collector", name)])
            families += found
        }
        var time = MetricFamily("node_time_seconds", .gauge, "System time in seconds since epoch (1970).")
        time.add(now)
        return families + [time, success]
    }

    /// A file of `/proc`, kept open.
    private func text(_ name: String) -> KernelText? {
        let path = "\(paths.proc)/\(name)"
        // What names the reading process is another file for each one.
        if name.hasPrefix("self/") { return KernelFile.text(path) }
        if files[name] == nil { files[name] = KernelFile(path) }
        return files[name]?.read()
    }

    private func cpu() -> [MetricFamily] {
        // The line of interrupts goes on for hundreds of numbers.
        guard let rows = text("stat")?.rows(of: 12) else { return [] }
        var seconds = MetricFamily("node_cpu_seconds", .counter, "Seconds the CPUs spent in each mode.")
        var guest = MetricFamily("node_cpu_guest_seconds", .counter, "Seconds the CPUs spent in guests for each mode.")
        let modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"]
        var families: [MetricFamily] = []
        let single: [Substring: (String, MetricFamily.Kind, String)] = [
            "intr": ("node_intr", .counter, "Total number of interrupts serviced."),
            "ctxt": ("node_context_switches", .counter, "Total number of context switches."),
            "btime": ("node_boot_time_seconds", .gauge, "Node boot time, in unixtime."),
            "processes": ("node_forks", .counter, "Total number of forks."),
            "procs_running": ("node_procs_running", .gauge, "Number of processes in runnable state."),
            "procs_blocked": ("node_procs_blocked", .gauge, "Number of processes blocked waiting for I/O to complete."),
        ]
        for row in rows where row.count > 1 {
            if row[0].hasPrefix("cpu"), row[0] != "cpu", row.count > 8 {
                let label = MetricFamily.Label("cpu", String(row[0].dropFirst(3)))
                for (index, mode) in modes.enumerated() {
                    seconds.add((Double(row[index + 1]) ?? 0) / ticks, [label, .init("mode", mode)])
                }
                for (index, mode) in ["user", "nice"].enumerated() where row.count > 9 + index {
                    guest.add((Double(row[9 + index]) ?? 0) / ticks, [label, .init("mode", mode)])
                }
            } else if let (name, kind, help) = single[row[0]], let value = Double(row[1]) {
                var family = MetricFamily(name, kind, help)
                family.add(value)
                families.append(family)
            }
        }
        return [seconds, guest] + families
    }

    private func frequency() -> [MetricFamily] {
        var current = MetricFamily("node_cpu_scaling_frequency_hertz", .gauge, "Current scaled CPU thread frequency.")
        let folder = "\(paths.sys)/devices/system/cpu"
        for name in KernelFile.names(in: folder) where name.hasPrefix("cpu") && Int(name.dropFirst(3)) != nil {
            guard let hertz = KernelFile.text("\(folder)/\(name)/cpufreq/scaling_cur_freq")?.number else { continue }
            current.add(hertz * 1000, [.init("cpu", String(name.dropFirst(3)))])
        }
        return current.samples.isEmpty ? [] : [current]
    }

    private func disks() -> [MetricFamily] {
        guard let rows = text("diskstats")?.rows else { return [] }
        // Field after the name, its factor, and what it becomes (kernel's Documentation/admin-guide/iostats.rst).
        let columns: [(Int, Double, MetricFamily)] = [
            (0, 1, .init("node_disk_reads_completed", .counter, "The total number of reads completed successfully.")),
            (2, 512, .init("node_disk_read_bytes", .counter, "The total number of bytes read successfully.")),
            (
                3, 0.001,
                .init("node_disk_read_time_seconds", .counter, "The total number of seconds spent by all reads.")
            ),
            (4, 1, .init("node_disk_writes_completed", .counter, "The total number of writes completed successfully.")),
            (6, 512, .init("node_disk_written_bytes", .counter, "The total number of bytes written successfully.")),
            (
                7, 0.001,
                .init("node_disk_write_time_seconds", .counter, "The total number of seconds spent by all writes.")
            ),
            (8, 1, .init("node_disk_io_now", .gauge, "The number of I/Os currently in progress.")),
            (9, 0.001, .init("node_disk_io_time_seconds", .counter, "Total seconds spent doing I/Os.")),
            (
                10, 0.001,
                .init("node_disk_io_time_weighted_seconds", .counter, "The weighted number of seconds doing I/Os.")
            ),
        ]
        return columns.map { index, factor, empty in
            var family = empty
            for row in rows where row.count > 13 && !Self.isPartOrMemory(row[2]) {
                family.add((Double(row[3 + index]) ?? 0) * factor, [.init("device", String(row[2]))])
            }
            return family
        }
    }

    /// Partitions, loops and memory disks: node_exporter's default exclusion.
    private static func isPartOrMemory(_ device: Substring) -> Bool {
        if ["ram", "loop", "fd"].contains(where: {
            device.hasPrefix($0) && device.dropFirst($0.count).allSatisfy(\.isNumber)
        }) {
            return true
        }
        let stem = device.reversed().drop { $0.isNumber }
        guard stem.count < device.count else { return false }
        let base = String(stem.reversed())
        if base.hasSuffix("p"), base.dropLast().last?.isNumber == true { return true }
        return ["sd", "hd", "vd", "xvd"].contains { base.hasPrefix($0) }
    }

    private func openFiles() -> [MetricFamily] {
        guard let row = text("sys/fs/file-nr")?.rows.first, row.count > 2, let used = Double(row[0]),
            let most = Double(row[2])
        else { return [] }
        var allocated = MetricFamily("node_filefd_allocated", .gauge, "File descriptor statistics: allocated.")
        var maximum = MetricFamily("node_filefd_maximum", .gauge, "File descriptor statistics: maximum.")
        allocated.add(used)
        maximum.add(most)
        return [allocated, maximum]
    }

    private func load() -> [MetricFamily] {
        guard let row = text("loadavg")?.rows.first, row.count > 2 else { return [] }
        return [("1", "1m"), ("5", "5m"), ("15", "15m")].enumerated().map { index, name in
            var family = MetricFamily("node_load\(name.0)", .gauge, "\(name.1) load average.")
            family.add(Double(row[index]) ?? .nan)
            return family
        }
    }

    private func memory() -> [MetricFamily] {
        guard let rows = text("meminfo")?.rows else { return [] }
        return rows.compactMap { row in
            guard row.count > 1, let value = Double(row[1]) else { return nil }
            let isBytes = row.count > 2 && row[2] == "kB"
            let field = row[0].dropLast().replacing("(", with: "_").replacing(")", with: "")
            let name = "node_memory_\(field)\(isBytes ? "_bytes" : "")"
            var family = MetricFamily(name, .gauge, "Memory information field \(field)\(isBytes ? "_bytes" : "").")
            family.add(isBytes ? value * 1024 : value)
            return family
        }
    }

    private func network() -> [MetricFamily] {
        guard let text = text("self/net/dev") else { return [] }
        let devices = NetworkTable.read(text).filter { !$0.device.hasPrefix("veth") }
        return NetworkTable.columns.flatMap { column in
            [("receive", 0), ("transmit", 8)].map { direction, offset in
                var family = MetricFamily(
                    "node_network_\(direction)_\(column.name)",
                    .counter,
                    "Network device statistic \(direction)_\(column.name)."
                )
                for row in devices { family.add(row.values[offset + column.index], [.init("device", row.device)]) }
                return family
            }
        }
    }

    private func pressure() -> [MetricFamily] {
        var families: [MetricFamily] = []
        let parts: [(resource: String, kind: StaticString, name: String)] = [
            ("cpu", "some", "cpu_waiting"), ("io", "some", "io_waiting"), ("io", "full", "io_stalled"),
            ("memory", "some", "memory_waiting"), ("memory", "full", "memory_stalled"),
        ]
        for (resource, kind, name) in parts {
            guard let total = text("pressure/\(resource)").flatMap({ PressureText.total($0, kind) }) else { continue }
            let verb = name.hasSuffix("waiting") ? "have waited" : "were stalled"
            var family = MetricFamily(
                "node_pressure_\(name)_seconds",
                .counter,
                "Total time in seconds that processes \(verb) for \(resource)."
            )
            family.add(total)
            families.append(family)
        }
        return families
    }

    private func temperature() -> [MetricFamily] {
        var family = MetricFamily("node_thermal_zone_temp", .gauge, "Zone temperature in Celsius.")
        let folder = "\(paths.sys)/class/thermal"
        for name in KernelFile.names(in: folder) where name.hasPrefix("thermal_zone") {
            guard let text = KernelFile.text("\(folder)/\(name)/temp")?.string, let value = Double(text) else {
                continue
            }
            let type = KernelFile.text("\(folder)/\(name)/type")?.string ?? ""
            family.add(value / 1000, [.init("zone", String(name.dropFirst(12))), .init("type", type)])
        }
        return family.samples.isEmpty ? [] : [family]
    }

    private func virtualMemory() -> [MetricFamily] {
        guard let text = text("vmstat") else { return [] }
        let fields: [StaticString] = ["oom_kill", "pgfault", "pgmajfault", "pgpgin", "pgpgout", "pswpin", "pswpout"]
        return fields.compactMap { field in
            guard let value = text.value(field) else { return nil }
            var family = MetricFamily("node_vmstat_\(field)", .unknown, "/proc/vmstat information field \(field).")
            family.add(value)
            return family
        }
    }
}
