/// The control group of one container.
///
/// What changes all the time is read through descriptors that stay open; the rest is opened at each look.
final class ControlGroup {
    enum Version: Sendable {
        case v1, v2
    }

    private let version: Version
    /// The folder of each controller; with version 2 the same one for all, under "".
    private let folders: [String: String]
    private var open: [String: KernelFile] = [:]

    init(version: Version, folders: [String: String]) {
        self.version = version
        self.folders = folders
    }

    /// Nil when the group is gone.
    func usage() -> ContainerUsage? {
        version == .v2 ? usageV2() : usageV1()
    }

    /// Any process in the group.
    var process: Int? {
        let folder = folders[""] ?? folders["pids"] ?? folders["memory"] ?? folders.values.first
        guard let text = folder.flatMap({ KernelFile.text("\($0)/cgroup.procs") }) else { return nil }
        return text.rows.first?.first.flatMap { Int($0) }
    }

    private func path(_ controller: String, _ file: String) -> String? {
        folders[version == .v2 ? "" : controller].map { "\($0)/\(file)" }
    }

    private func once(_ controller: String, _ file: String) -> KernelText? {
        path(controller, file).flatMap(KernelFile.text)
    }

    private func kept(_ controller: String, _ file: String) -> KernelText? {
        let key = "\(controller)/\(file)"
        if open[key] == nil { open[key] = path(controller, file).flatMap(KernelFile.init) }
        guard let text = open[key]?.read() else {
            open[key] = nil
            return nil
        }
        return text
    }

    // Kernel's Documentation/admin-guide/cgroup-v2.rst.
    private func usageV2() -> ContainerUsage? {
        guard let cpu = kept("", "cpu.stat") else { return nil }
        var usage = ContainerUsage()
        usage.cpuSeconds = cpu.value("usage_usec").map { $0 / 1e6 }
        usage.cpuUserSeconds = cpu.value("user_usec").map { $0 / 1e6 }
        usage.cpuSystemSeconds = cpu.value("system_usec").map { $0 / 1e6 }
        usage.periods = cpu.value("nr_periods")
        usage.throttledPeriods = cpu.value("nr_throttled")
        usage.throttledSeconds = cpu.value("throttled_usec").map { $0 / 1e6 }
        if let row = once("", "cpu.max")?.rows.first, row.count == 2, let quota = Double(row[0]) {
            usage.cpuQuota = quota
            usage.cpuPeriod = Double(row[1])
        }
        usage.memory = kept("", "memory.current")?.number
        if let stat = kept("", "memory.stat") {
            usage.rss = stat.value("anon")
            usage.cache = stat.value("file")
            usage.mappedFiles = stat.value("file_mapped")
            usage.pageFaults = stat.value("pgfault")
            usage.majorFaults = stat.value("pgmajfault")
            usage.workingSet = usage.memory.map { max(0, $0 - (stat.value("inactive_file") ?? 0)) }
        }
        usage.memoryLimit = once("", "memory.max")?.number
        usage.peakMemory = once("", "memory.peak")?.number
        usage.swap = once("", "memory.swap.current")?.number
        if let events = kept("", "memory.events") {
            usage.failures = events.value("max")
            usage.oomKills = events.value("oom_kill")
        }
        usage.processes = once("", "pids.current")?.number
        usage.processLimit = once("", "pids.max")?.number
        for row in once("", "io.stat")?.rows ?? [] {
            var device = ContainerUsage.DeviceUsage()
            for field in row.dropFirst() {
                let pair = field.split(separator: "=")
                guard pair.count == 2, let value = Double(pair[1]) else { continue }
                switch pair[0] {
                case "rbytes": device.readBytes = value
                case "wbytes": device.writtenBytes = value
                case "rios": device.reads = value
                case "wios": device.writes = value
                default: break
                }
            }
            if row.count > 1 { usage.devices[String(row[0])] = device }
        }
        for resource in ["cpu", "memory", "io"] {
            guard let text = once("", "\(resource).pressure") else { continue }
            usage.waiting[resource] = PressureText.total(text, "some")
            usage.stalled[resource] = PressureText.total(text, "full")
        }
        return usage
    }

    // Kernel's Documentation/admin-guide/cgroup-v1.
    private func usageV1() -> ContainerUsage? {
        var usage = ContainerUsage()
        usage.cpuSeconds = kept("cpuacct", "cpuacct.usage")?.number.map { $0 / 1e9 }
        usage.memory = kept("memory", "memory.usage_in_bytes")?.number
        guard usage.cpuSeconds != nil || usage.memory != nil else { return nil }
        if let stat = kept("cpuacct", "cpuacct.stat") {
            usage.cpuUserSeconds = stat.value("user").map { $0 / SystemFacts.ticksPerSecond }
            usage.cpuSystemSeconds = stat.value("system").map { $0 / SystemFacts.ticksPerSecond }
        }
        if let cpu = kept("cpu", "cpu.stat") {
            usage.periods = cpu.value("nr_periods")
            usage.throttledPeriods = cpu.value("nr_throttled")
            usage.throttledSeconds = cpu.value("throttled_time").map { $0 / 1e9 }
        }
        if let quota = once("cpu", "cpu.cfs_quota_us")?.number {
            usage.cpuQuota = quota
            usage.cpuPeriod = once("cpu", "cpu.cfs_period_us")?.number
        }
        if let stat = kept("memory", "memory.stat") {
            usage.rss = stat.value("total_rss")
            usage.cache = stat.value("total_cache")
            usage.mappedFiles = stat.value("total_mapped_file")
            usage.swap = stat.value("total_swap")
            usage.pageFaults = stat.value("total_pgfault")
            usage.majorFaults = stat.value("total_pgmajfault")
            usage.workingSet = usage.memory.map { max(0, $0 - (stat.value("total_inactive_file") ?? 0)) }
        }
        // Without a limit the kernel says a number close to 2⁶³.
        usage.memoryLimit = once("memory", "memory.limit_in_bytes")?.number.flatMap { $0 < 0x1p62 ? $0 : nil }
        usage.peakMemory = once("memory", "memory.max_usage_in_bytes")?.number
        usage.failures = once("memory", "memory.failcnt")?.number
        usage.oomKills = once("memory", "memory.oom_control")?.value("oom_kill")
        usage.processes = once("pids", "pids.current")?.number
        usage.processLimit = once("pids", "pids.max")?.number
        readBlockDevices(into: &usage)
        return usage
    }

    private func readBlockDevices(into usage: inout ContainerUsage) {
        for (file, isBytes) in [("blkio.throttle.io_service_bytes", true), ("blkio.throttle.io_serviced", false)] {
            let text = once("blkio", "\(file)_recursive") ?? once("blkio", file)
            for row in text?.rows ?? [] where row.count == 3 {
                guard let value = Double(row[2]) else { continue }
                var device = usage.devices[String(row[0])] ?? ContainerUsage.DeviceUsage()
                switch (row[1], isBytes) {
                case ("Read", true): device.readBytes = value
                case ("Write", true): device.writtenBytes = value
                case ("Read", false): device.reads = value
                case ("Write", false): device.writes = value
                default: continue
                }
                usage.devices[String(row[0])] = device
            }
        }
    }
}
