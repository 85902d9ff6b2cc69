public import HomieModel

/// What a container has used (Engine API, `GET /containers/{id}/stats`). Counters run from the container's start.
public struct ContainerUsage: Sendable, Hashable, Codable {
    public var at: Timestamp
    /// Processor time of all its processes.
    public var cpuTime: TimeSpan
    /// How many processors it may use.
    public var cpuCount: Int
    /// Without page cache the kernel can take back.
    public var memory: ByteCount
    public var memoryLimit: ByteCount
    public var processes: Int
    public var networkReceived: ByteCount
    public var networkSent: ByteCount
    public var blockRead: ByteCount
    public var blockWritten: ByteCount
}

extension ContainerUsage {
    init(_ answer: StatsAnswer) {
        let memory = answer.memory_stats
        // Control groups of version 1 and 2 name the reclaimable part differently.
        let cache = memory?.stats?["total_inactive_file"] ?? memory?.stats?["inactive_file"] ?? 0
        let used = memory?.usage ?? 0
        func sum(_ operation: String) -> ByteCount {
            let entries = answer.blkio_stats?.io_service_bytes_recursive ?? []
            let total = entries.reduce(UInt64(0)) { $0 &+ ($1.op.lowercased() == operation ? $1.value : 0) }
            return ByteCount(bytes: Int64(clamping: total))
        }
        func traffic(_ count: (StatsAnswer.Network) -> UInt64) -> ByteCount {
            ByteCount(bytes: Int64(clamping: (answer.networks ?? [:]).values.reduce(UInt64(0)) { $0 &+ count($1) }))
        }
        self.init(
            at: Timestamp(engineTime: answer.read) ?? Timestamp(nanoseconds: 0),
            cpuTime: TimeSpan(nanoseconds: Int64(clamping: answer.cpu_stats?.cpu_usage?.total_usage ?? 0)),
            cpuCount: answer.cpu_stats?.online_cpus ?? 1,
            memory: ByteCount(bytes: Int64(clamping: used > cache ? used - cache : used)),
            memoryLimit: ByteCount(bytes: Int64(clamping: memory?.limit ?? 0)),
            processes: answer.pids_stats?.current ?? 0,
            networkReceived: traffic { $0.rx_bytes },
            networkSent: traffic { $0.tx_bytes },
            blockRead: sum("read"),
            blockWritten: sum("write")
        )
    }
}
