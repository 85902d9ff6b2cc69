public import HomieModel

/// The next memory limit of what the kernel killed at its present one; pure.
///
/// Two rules, of which the larger figure counts, never beyond what the service's file allows:
/// - **History with head-room.** The largest working set that one replica was seen with in the last hour, and a tenth more
///   (``ServiceConsumption/fittingMemory(replicas:)``). It counts where the history shows more than the present limit would
///   allow: after a deployment, say, which begins again with the file's limit.
/// - **Growth.** A kill means that the use was cut off at the limit: history cannot show more than the limit then, and a tenth
///   above it would have a service killed a dozen times before it fits, once for every step. So the limit grows by a
///   quarter, by 1 MiB at least: the eight restarts before a fresh container make it six times what it was. The Vertical Pod
///   Autoscaler of Kubernetes does likewise (a tenth and a half above what was used, but by a fifth and at least 100 MiB after
///   a kill). Its 100 MiB suit a cluster; a home's limits are often smaller than that.
public enum MemoryGrowth {
    /// - Parameters:
    ///   - limit: at which it was killed.
    ///   - fitting: what history says would fit one replica, head-room included; nil when nothing is known.
    ///   - most: what its file allows.
    /// - Returns: nil where the file allows no more than `limit`.
    public static func next(after limit: ByteCount, fitting: ByteCount?, most: ByteCount) -> ByteCount? {
        guard limit < most else { return nil }
        let grown = limit.bytes + max(limit.bytes / 4, 1 << 20)
        return ByteCount(bytes: min(most.bytes, max(grown, fitting?.bytes ?? 0)))
    }
}
