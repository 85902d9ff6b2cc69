import HomieModel
public import HomieSupervisor

/// What is free on the device, from the kernel's own figures.
public actor HeadroomReader: HeadroomSource {
    private let paths: KernelPaths
    private let ticks: Double
    /// Idle ticks of all CPUs and all ticks of all CPUs at the last question.
    private var before: (idle: Double, all: Double)?

    public init(paths: KernelPaths = KernelPaths()) {
        self.paths = paths
        ticks = SystemFacts.ticksPerSecond
    }

    public func headroom() async -> DeviceHeadroom? {
        if before == nil {
            before = cpuTicks().map { ($0.idle, $0.all) }
            // The first question has nothing to compare with.
            try? await Task.sleep(for: .milliseconds(200))
        }
        guard let now = cpuTicks(), let available = KernelFile.text("\(paths.proc)/meminfo")?.value("MemAvailable:")
        else { return nil }
        let idle = now.idle - (before?.idle ?? 0)
        let all = now.all - (before?.all ?? 0)
        // Too little went by for a new figure: what was idle since the question before is told again.
        if all >= ticks * 0.1 * Double(now.count) { before = (now.idle, now.all) }
        let share = all > 0 ? min(max(idle / all, 0), 1) : 0
        return DeviceHeadroom(
            cpus: share * Double(now.count),
            memory: ByteCount(bytes: Int64(available * 1024)),
            ioPressure: ioPressure()
        )
    }

    private func cpuTicks() -> (idle: Double, all: Double, count: Int)? {
        guard let rows = KernelFile.text("\(paths.proc)/stat")?.rows else { return nil }
        guard let total = rows.first(where: { $0.first == "cpu" }), total.count > 8 else { return nil }
        let values = total.dropFirst().prefix(8).map { Double($0) ?? 0 }
        let count = rows.count { $0.first.map { $0.hasPrefix("cpu") && $0 != "cpu" } ?? false }
        // Waiting for storage leaves the CPU to others.
        return (values[3] + values[4], values.reduce(0, +), max(1, count))
    }

    private func ioPressure() -> Double? {
        guard let row = KernelFile.text("\(paths.proc)/pressure/io")?.rows.first(where: { $0.first == "some" }) else {
            return nil
        }
        return row.first { $0.hasPrefix("avg10=") }.flatMap { Double($0.dropFirst(6)) }
    }
}
