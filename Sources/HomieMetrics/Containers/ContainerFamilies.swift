import HomieModel

/// The families of all containers, filled one container at a time.
struct ContainerFamilies {
    private(set) var families: [MetricFamily] = []
    private var names: [String] = []
    private var places: [String: Int] = [:]
    /// Where the family of the next value is, if this container has the same ones as the one before.
    private var next = 0

    private mutating func add(
        _ name: String,
        _ kind: MetricFamily.Kind,
        _ help: String,
        _ value: Double?,
        _ labels: [MetricFamily.Label]
    ) {
        guard let value else { return }
        let place: Int
        if next < names.count, names[next] == name {
            place = next
        } else if let known = places[name] {
            place = known
        } else {
            place = names.count
            places[name] = place
            names.append(name)
            families.append(MetricFamily("container_\(name)", kind, help))
        }
        families[place].add(value, labels)
        next = place + 1
    }

    mutating func add(
        _ usage: ContainerUsage,
        _ labels: [MetricFamily.Label],
        now: Double,
        startedAt: Timestamp?,
        device: (String) -> String
    ) {
        next = 0
        add("last_seen", .gauge, "Last time a container was seen by the exporter", now, labels)
        let start = startedAt.map { (Double($0.nanoseconds) / 1e9).rounded(.down) }
        add("start_time_seconds", .gauge, "Start time of the container since unix epoch in seconds.", start, labels)
        addCPU(usage, labels)
        addMemory(usage, labels)
        add("processes", .gauge, "Number of processes running inside the container.", usage.processes, labels)
        add(
            "threads_max",
            .gauge,
            "Maximum number of threads allowed inside the container.",
            usage.processLimit ?? .infinity,
            labels
        )
        for (number, bytes) in usage.devices.sorted(by: { $0.key < $1.key }) {
            let full = labels + [.init("device", device(number))]
            add("fs_reads_bytes", .counter, "Cumulative count of bytes read", bytes.readBytes, full)
            add("fs_writes_bytes", .counter, "Cumulative count of bytes written", bytes.writtenBytes, full)
            add("fs_reads", .counter, "Cumulative count of reads completed", bytes.reads, full)
            add("fs_writes", .counter, "Cumulative count of writes completed", bytes.writes, full)
        }
        for resource in ["cpu", "memory", "io"] {
            let waiting = "Total time duration tasks in the container have waited due to \(resource) congestion."
            let stalled =
                "Total time duration no tasks in the container could make progress due to \(resource) congestion."
            add("pressure_\(resource)_waiting_seconds", .counter, waiting, usage.waiting[resource], labels)
            add("pressure_\(resource)_stalled_seconds", .counter, stalled, usage.stalled[resource], labels)
        }
    }

    private mutating func addCPU(_ usage: ContainerUsage, _ labels: [MetricFamily.Label]) {
        let all = labels + [.init("cpu", "total")]
        add("cpu_usage_seconds", .counter, "Cumulative cpu time consumed in seconds.", usage.cpuSeconds, all)
        add("cpu_user_seconds", .counter, "Cumulative user cpu time consumed in seconds.", usage.cpuUserSeconds, labels)
        add(
            "cpu_system_seconds",
            .counter,
            "Cumulative system cpu time consumed in seconds.",
            usage.cpuSystemSeconds,
            labels
        )
        add("cpu_cfs_periods", .counter, "Number of elapsed enforcement period intervals.", usage.periods, labels)
        add(
            "cpu_cfs_throttled_periods",
            .counter,
            "Number of throttled period intervals.",
            usage.throttledPeriods,
            labels
        )
        add(
            "cpu_cfs_throttled_seconds",
            .counter,
            "Total time duration the container has been throttled.",
            usage.throttledSeconds,
            labels
        )
        add("spec_cpu_quota", .gauge, "CPU quota of the container.", usage.cpuQuota, labels)
        add("spec_cpu_period", .gauge, "CPU period of the container.", usage.cpuPeriod, labels)
    }

    private mutating func addMemory(_ usage: ContainerUsage, _ labels: [MetricFamily.Label]) {
        add(
            "memory_usage_bytes",
            .gauge,
            "Current memory usage in bytes, including all memory regardless of when it was accessed",
            usage.memory,
            labels
        )
        add("memory_working_set_bytes", .gauge, "Current working set in bytes.", usage.workingSet, labels)
        add("memory_rss", .gauge, "Size of RSS in bytes.", usage.rss, labels)
        add("memory_cache", .gauge, "Number of bytes of page cache memory.", usage.cache, labels)
        add("memory_mapped_file", .gauge, "Size of memory mapped files in bytes.", usage.mappedFiles, labels)
        add("memory_swap", .gauge, "Container swap usage in bytes.", usage.swap, labels)
        add("memory_max_usage_bytes", .gauge, "Maximum memory usage recorded in bytes", usage.peakMemory, labels)
        add("memory_failcnt", .unknown, "Number of memory usage hits limits", usage.failures, labels)
        for (kind, value) in [("pgfault", usage.pageFaults), ("pgmajfault", usage.majorFaults)] {
            let full = labels + [.init("failure_type", kind), .init("scope", "hierarchy")]
            add("memory_failures", .counter, "Cumulative count of memory allocation failures.", value, full)
        }
        add("oom_events", .counter, "Count of out of memory events observed for the container", usage.oomKills, labels)
        add("spec_memory_limit_bytes", .gauge, "Memory limit for the container.", usage.memoryLimit ?? 0, labels)
    }

    mutating func add(_ row: (device: String, values: [Double]), _ labels: [MetricFamily.Label]) {
        let full = labels + [.init("interface", row.device)]
        let names = ["bytes", "packets", "errors", "packets_dropped"]
        for (index, name) in names.enumerated() {
            let received = "Cumulative count of \(name) received"
            let sent = "Cumulative count of \(name) transmitted"
            add("network_receive_\(name)", .counter, received, row.values[index], full)
            add("network_transmit_\(name)", .counter, sent, row.values[index + 8], full)
        }
    }
}
