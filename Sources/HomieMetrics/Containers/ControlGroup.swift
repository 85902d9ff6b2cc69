/// The control group of one container.
///
/// Every file is read through a descriptor that stays open, because opening costs more than reading; a file that is not
/// there is looked for once.
final class ControlGroup {
    enum Version: Sendable {
        case v1, v2
    }

    private let version: Version
    /// The folder of each controller; with version 2 the same one for all, under "".
    private let folders: [String: String]
    private var open: [String: KernelFile] = [:]
    private var absent: Set<String> = []
    private var network: (process: Int, file: KernelFile)?
    private var namespace: (process: Int, link: String?)?

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
        let controller = [version == .v2 ? "" : "pids", "memory"].first { folders[$0] != nil } ?? folders.keys.first
        return controller.flatMap { kept($0, "cgroup.procs") }?.number.map { Int($0) }
    }

    /// The network namespace of a process of the group, as the kernel names it; nil where only root is told. Asked once for each process.
    func networkNamespace(proc: String, process: Int) -> String? {
        if namespace?.process != process { namespace = (process, KernelFile.link("\(proc)/\(process)/ns/net")) }
        return namespace?.link
    }

    private func path(_ controller: String, _ file: String) -> String? {
        folders[version == .v2 ? "" : controller].map { "\($0)/\(file)" }
    }

    private func kept(_ controller: String, _ file: String) -> KernelText? {
        // No two controllers have files of one name.
        let key = file
        if open[key] == nil {
            guard !absent.contains(key) else { return nil }
            open[key] = path(controller, file).flatMap(KernelFile.init)
        }
        guard let text = open[key]?.readAtOnce() else {
            if open.removeValue(forKey: key) == nil { absent.insert(key) }
            return nil
        }
        return text
    }

    /// `net/dev` of a process of the group, kept open; nil when there is none.
    func networkTable(proc: String, process: Int) -> KernelText? {
        if network?.process != process { network = nil }
        if network == nil, let file = KernelFile("\(proc)/\(process)/net/dev") { network = (process, file) }
        guard let text = network?.file.read() else {
            network = nil
            return nil
        }
        return text
    }

    /// The few figures that the history keeps, read from as few files as possible. Nil when the group is gone.
    func sample() -> ContainerSample? {
        var sample = ContainerSample()
        if version == .v2 {
            guard let cpu = kept("", "cpu.stat") else { return nil }
            sample[.processors] = cpu.value("usage_usec").map { $0 / 1e6 }
            sample[.throttled] = cpu.value("throttled_usec").map { $0 / 1e6 }
            let inactive = kept("", "memory.stat")?.value("inactive_file") ?? 0
            sample.memory = kept("", "memory.current")?.number.map { max(0, $0 - inactive) }
            if let text = kept("", "io.stat") {
                sample[.read] = text.sum(after: "rbytes=")
                sample[.written] = text.sum(after: "wbytes=")
            }
            return sample
        }
        sample[.processors] = kept("cpuacct", "cpuacct.usage")?.number.map { $0 / 1e9 }
        let memory = kept("memory", "memory.usage_in_bytes")?.number
        guard sample[.processors] != nil || memory != nil else { return nil }
        sample[.throttled] = kept("cpu", "cpu.stat")?.value("throttled_time").map { $0 / 1e9 }
        let inactive = kept("memory", "memory.stat")?.value("total_inactive_file") ?? 0
        sample.memory = memory.map { max(0, $0 - inactive) }
        if let text = blockDevices("blkio.throttle.io_service_bytes") {
            sample[.read] = text.sum(after: " Read ")
            sample[.written] = text.sum(after: " Write ")
        }
        return sample
    }

    private func blockDevices(_ file: String) -> KernelText? {
        kept("blkio", "\(file)_recursive") ?? kept("blkio", file)
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
        if let row = kept("", "cpu.max")?.rows.first, row.count == 2, let quota = Double(row[0]) {
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
        usage.memoryLimit = kept("", "memory.max")?.number
        usage.peakMemory = kept("", "memory.peak")?.number
        usage.swap = kept("", "memory.swap.current")?.number
        if let events = kept("", "memory.events") {
            usage.failures = events.value("max")
            usage.oomKills = events.value("oom_kill")
        }
        usage.processes = kept("", "pids.current")?.number
        usage.processLimit = kept("", "pids.max")?.number
        for row in kept("", "io.stat")?.rows ?? [] {
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
            guard let text = kept("", "\(resource).pressure") else { continue }
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
        if let quota = kept("cpu", "cpu.cfs_quota_us")?.number {
            usage.cpuQuota = quota
            usage.cpuPeriod = kept("cpu", "cpu.cfs_period_us")?.number
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
        usage.memoryLimit = kept("memory", "memory.limit_in_bytes")?.number.flatMap { $0 < 0x1p62 ? $0 : nil }
        usage.peakMemory = kept("memory", "memory.max_usage_in_bytes")?.number
        usage.failures = kept("memory", "memory.failcnt")?.number
        usage.oomKills = kept("memory", "memory.oom_control")?.value("oom_kill")
        usage.processes = kept("pids", "pids.current")?.number
        usage.processLimit = kept("pids", "pids.max")?.number
        readBlockDevices(into: &usage)
        return usage
    }

    private func readBlockDevices(into usage: inout ContainerUsage) {
        for (file, isBytes) in [("blkio.throttle.io_service_bytes", true), ("blkio.throttle.io_serviced", false)] {
            for row in blockDevices(file)?.rows ?? [] where row.count == 3 {
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
