/// What a container has used and may use, whichever version of control groups counted it. Nil: not known here.
struct ContainerUsage: Equatable {
    var cpuSeconds: Double?
    var cpuUserSeconds: Double?
    var cpuSystemSeconds: Double?
    var periods: Double?
    var throttledPeriods: Double?
    var throttledSeconds: Double?
    /// In microseconds; no quota, no limit.
    var cpuQuota: Double?
    var cpuPeriod: Double?

    var memory: Double?
    /// Memory without the file cache that can be dropped at once.
    var workingSet: Double?
    var rss: Double?
    var cache: Double?
    var mappedFiles: Double?
    var swap: Double?
    var peakMemory: Double?
    var pageFaults: Double?
    var majorFaults: Double?
    /// No limit: nil.
    var memoryLimit: Double?
    /// How often the limit was met.
    var failures: Double?
    var oomKills: Double?

    var processes: Double?
    var processLimit: Double?
    /// By `major:minor`: bytes and operations, read and written.
    var devices: [String: DeviceUsage] = [:]
    /// Seconds that tasks waited for a resource or all of them stood still, by `cpu`, `memory`, `io`.
    var waiting: [String: Double] = [:]
    var stalled: [String: Double] = [:]

    struct DeviceUsage: Equatable {
        var readBytes = 0.0
        var writtenBytes = 0.0
        var reads = 0.0
        var writes = 0.0
    }
}
