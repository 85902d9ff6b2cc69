#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the kernel tells through calls instead of files.
enum SystemFacts {
    /// The unit of CPU times in `/proc/stat`.
    static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }
    static var pageSize: Double { Double(sysconf(Int32(_SC_PAGESIZE))) }

    /// What this thread has used of a processor.
    static var threadSeconds: Double {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func kernel() -> [MetricFamily] {
        var name = utsname()
        guard uname(&name) == 0 else { return [] }
        func text<Tuple>(_ field: Tuple) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        var family = MetricFamily(
            "node_uname",
            .info,
            "Labeled system information as provided by the uname system call."
        )
        family.add(
            1,
            [
                .init("domainname", text(name.__domainname)), .init("machine", text(name.machine)),
                .init("nodename", text(name.nodename)), .init("release", text(name.release)),
                .init("sysname", text(name.sysname)), .init("version", text(name.version)),
            ]
        )
        return [family]
    }

    /// The daemon itself, under the names that Prometheus' own clients use.
    static func process(proc: String) -> [MetricFamily] {
        guard let stat = KernelFile.text("\(proc)/self/stat")?.string, let end = stat.lastIndex(of: ")") else {
            return []
        }
        // Fields from the third on (proc_pid_stat(5)).
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let start = Double(fields[19]), let size = Double(fields[20]), let resident = Double(fields[21])
        else { return [] }
        var families: [MetricFamily] = []
        func add(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double?) {
            guard let value else { return }
            var family = MetricFamily(name, kind, help)
            family.add(value)
            families.append(family)
        }
        add(
            "process_cpu_seconds",
            .counter,
            "Total user and system CPU time spent in seconds.",
            (user + system) / ticksPerSecond
        )
        add("process_resident_memory_bytes", .gauge, "Resident memory size in bytes.", resident * pageSize)
        add("process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes.", size)
        let boot = KernelFile.text("\(proc)/stat")?.value("btime")
        add(
            "process_start_time_seconds",
            .gauge,
            "Start time of the process since unix epoch in seconds.",
            boot.map { $0 + start / ticksPerSecond }
        )
        let open = Double(KernelFile.count(in: "\(proc)/self/fd"))
        add("process_open_fds", .gauge, "Number of open file descriptors.", open)
        let limits = KernelFile.text("\(proc)/self/limits")?.rows.first { $0.starts(with: ["Max", "open", "files"]) }
        add(
            "process_max_fds",
            .gauge,
            "Maximum number of open file descriptors.",
            limits.flatMap { $0.count > 3 ? Double($0[3]) : nil }
        )
        return families
    }
}
