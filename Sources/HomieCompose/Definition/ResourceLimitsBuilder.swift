import HomieModel

/// The limits and reservations of a service; those of `deploy` win.
struct ResourceLimitsBuilder {
    let service: JSONValue

    init(_ service: JSONValue) { self.service = service }

    func build() -> ResourceDefinition {
        let limits = service["deploy"]?["resources"]?["limits"]
        let reservations = service["deploy"]?["resources"]?["reservations"]
        var definition = ResourceDefinition()
        definition.nanoCPUs = (limits?["cpus"] ?? service["cpus"])?.numberValue
            .map { Int64(saturating: ($0 * 1_000_000_000).rounded()) }
        definition.cpuShares = whole("cpu_shares")
        definition.cpuPeriod = whole("cpu_period")
        definition.cpuQuota = whole("cpu_quota")
        definition.cpuRealtimePeriod = whole("cpu_rt_period")
        definition.cpuRealtimeRuntime = whole("cpu_rt_runtime")
        definition.cpuSet = service["cpuset"]?.stringValue
        definition.cpuCount = whole("cpu_count")
        definition.cpuPercent = service["cpu_percent"]?.numberValue
        definition.memory = (limits?["memory"] ?? service["mem_limit"])?.byteCount
        definition.memoryReservation = (reservations?["memory"] ?? service["mem_reservation"])?.byteCount
        definition.memorySwap = service["memswap_limit"]?.byteCount
        definition.memorySwappiness = service["mem_swappiness"]?.byteCount?.bytes
        definition.pids = limits?["pids"]?.integerValue ?? whole("pids_limit")
        definition.isOOMKillDisabled = service["oom_kill_disable"]?.boolValue
        definition.oomScoreAdjustment = whole("oom_score_adj").map { Int($0) }
        if var block = service["blkio_config"]?.objectValue {
            definition.blockIOWeight = block["weight"]?.integerValue.flatMap { UInt16(exactly: $0) }
            block["weight"] = nil
            definition.blockIO = block.isEmpty ? nil : .object(block)
        }
        return definition
    }

    private func whole(_ key: String) -> Int64? { service[key]?.integerValue }
}
