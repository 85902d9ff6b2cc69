public import HomieModel

/// What a service used in the last hour, all replicas together, and what limits would fit it.
public struct ServiceConsumption: Sendable, Hashable {
    /// The largest working set in bytes.
    public var memoryPeak: Double
    /// CPUs in use on the average.
    public var processors: Double
    /// CPUs that its limit kept it from on the average.
    public var throttled: Double

    public init(memoryPeak: Double, processors: Double, throttled: Double) {
        self.memoryPeak = memoryPeak
        self.processors = processors
        self.throttled = throttled
    }

    /// One replica uses more than nine tenths of a limit at times.
    public func isNear(_ limit: ByteCount, replicas: Int) -> Bool {
        memoryPeak / Double(max(1, replicas)) > 0.9 * Double(limit.bytes)
    }

    /// The peak of one replica and a tenth more, in whole MiB.
    public func fittingMemory(replicas: Int) -> ByteCount {
        let bytes = memoryPeak / Double(max(1, replicas)) * 1.1
        return ByteCount(bytes: (Int64(saturating: min(bytes, 0x1p60)) >> 20 + 1) << 20)
    }

    /// What one replica used or was kept from, and a fifth more, in hundredths of a CPU.
    public func fittingProcessors(replicas: Int) -> Double {
        ((processors + throttled) / Double(max(1, replicas)) * 1.2 * 100).rounded(.up) / 100
    }

    /// Its limit keeps it from a tenth of the time that it would use.
    public var isThrottled: Bool { throttled > 0.02 && throttled > 0.1 * (processors + throttled) }
}
