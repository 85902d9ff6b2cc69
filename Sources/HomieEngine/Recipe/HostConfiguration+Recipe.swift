internal import HomieModel
internal import HomieSupervisor

extension HostConfiguration {
    /// All of the host's side but storage and network mode.
    ///
    /// The engine never restarts a container of Homie's: the supervisor does.
    init(_ recipe: ContainerRecipe, version: APIVersion, readFile: FileReader) throws {
        let definition = recipe.definition
        self.init(RestartPolicy: Policy(Name: "no"))
        VolumesFrom = definition.volumesFrom?.map { recipe.volumeSource($0) }.nonEmpty
        PortBindings = PortTable.bindings(definition).nonEmpty
        LogConfig = definition.logging.map { Log(Type: $0.driver ?? "", Config: $0.options ?? [:]) }
        CapAdd = definition.addedCapabilities
        CapDrop = definition.droppedCapabilities
        CgroupnsMode = definition.cgroup
        CgroupParent = definition.cgroupParent
        Dns = definition.dns
        DnsOptions = definition.dnsOptions
        DnsSearch = definition.dnsSearch
        ExtraHosts = definition.extraHosts?.map(Self.extraHost).nonEmpty
        GroupAdd = definition.groups
        IpcMode = try definition.ipc.map(recipe.engineMode)
        PidMode = try definition.pid.map(recipe.engineMode)
        UTSMode = definition.uts
        UsernsMode = definition.userNamespace
        Privileged = definition.isPrivileged
        ReadonlyRootfs = definition.isReadOnly
        StorageOpt = definition.storageOptions
        ShmSize = definition.sharedMemory?.bytes
        Sysctls = definition.sysctls
        Runtime = definition.runtime
        Init = definition.runsInit
        Annotations = version >= APIVersion(major: 1, minor: 43) ? definition.annotations : nil
        DeviceCgroupRules = definition.deviceCgroupRules
        Ulimits = definition.ulimits?.map { Limit(Name: $0.name, Soft: $0.soft, Hard: $0.hard) }
        setDevices(definition)
        try setSecurity(definition.securityOptions ?? [], readFile: readFile)
        try setLimits(definition.resources)
    }

    /// `name:address`; the engine takes IPv6 addresses without brackets.
    private static func extraHost(_ line: String) -> String {
        guard let split = line.firstIndex(where: { $0 == ":" || $0 == "=" }) else { return line }
        var address = line[line.index(after: split)...]
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        return "\(line[..<split]):\(address)"
    }

    private mutating func setDevices(_ definition: ServiceDefinition) {
        // `vendor.com/class=name` is a device of the Container Device Interface, not a path.
        let devices = definition.devices ?? []
        let paths = devices.filter { $0.source.hasPrefix("/") }
        let named = devices.filter { !$0.source.hasPrefix("/") }
        Devices =
            paths.map {
                Device(PathOnHost: $0.source, PathInContainer: $0.target, CgroupPermissions: $0.permissions)
            }.nonEmpty
        var asked = (definition.deviceRequests ?? []).map { request in
            DeviceAsk(
                Driver: request.driver,
                Count: request.count ?? (request.deviceIDs == nil ? -1 : nil),
                DeviceIDs: request.deviceIDs,
                Capabilities: [request.capabilities],
                Options: request.options
            )
        }
        if !named.isEmpty { asked.append(DeviceAsk(Driver: "cdi", DeviceIDs: named.map(\.source))) }
        DeviceRequests = asked.nonEmpty
    }

    /// Options the engine does not know itself are carried out here, as its own client does.
    private mutating func setSecurity(_ options: [String], readFile: FileReader) throws {
        var taken: [String] = []
        for option in options {
            if option == "systempaths=unconfined" || option == "systempaths:unconfined" {
                MaskedPaths = []
                ReadonlyPaths = []
                continue
            }
            guard let split = option.firstIndex(of: "=") ?? option.firstIndex(of: ":") else {
                taken.append(option)
                continue
            }
            let (name, value) = (option[..<split], option[option.index(after: split)...])
            if name == "seccomp", value != "unconfined", value != "builtin" {
                let profile = try readFile.read(String(value))
                taken.append("seccomp=" + String(decoding: profile, as: UTF8.self))
            } else {
                taken.append("\(name)=\(value)")
            }
        }
        SecurityOpt = taken.nonEmpty
    }

    private mutating func setLimits(_ limits: ResourceDefinition) throws {
        NanoCpus = limits.nanoCPUs
        CpuShares = limits.cpuShares
        CpuPeriod = limits.cpuPeriod
        CpuQuota = limits.cpuQuota
        CpuRealtimePeriod = limits.cpuRealtimePeriod
        CpuRealtimeRuntime = limits.cpuRealtimeRuntime
        CpusetCpus = limits.cpuSet
        CpuCount = limits.cpuCount
        CpuPercent = limits.cpuPercent.map { Int64(saturating: $0) }
        Memory = limits.memory?.bytes
        MemoryReservation = limits.memoryReservation?.bytes
        MemorySwap = limits.memorySwap?.bytes
        MemorySwappiness = limits.memorySwappiness
        PidsLimit = limits.pids
        OomKillDisable = limits.isOOMKillDisabled
        OomScoreAdj = limits.oomScoreAdjustment
        BlkioWeight = limits.blockIOWeight
        guard let block = limits.blockIO else { return }
        BlkioWeightDevice =
            (block["weight_device"]?.arrayValue ?? []).compactMap { entry in
                guard let path = entry["path"]?.stringValue, let weight = entry["weight"]?.integerValue else {
                    return nil
                }
                return WeightDevice(Path: path, Weight: weight)
            }.nonEmpty
        BlkioDeviceReadBps = try Self.rates(block["device_read_bps"])
        BlkioDeviceReadIOps = try Self.rates(block["device_read_iops"])
        BlkioDeviceWriteBps = try Self.rates(block["device_write_bps"])
        BlkioDeviceWriteIOps = try Self.rates(block["device_write_iops"])
    }

    private static func rates(_ value: JSONValue?) throws -> [ThrottleDevice]? {
        try (value?.arrayValue ?? []).compactMap { entry -> ThrottleDevice? in
            guard let path = entry["path"]?.stringValue, let rate = entry["rate"] else { return nil }
            if let number = rate.integerValue { return ThrottleDevice(Path: path, Rate: number) }
            return ThrottleDevice(Path: path, Rate: try bytes(rate.stringValue ?? ""))
        }.nonEmpty
    }

    /// `12mb`, `1.5g`, `300`: the Compose Specification's byte values, with binary units.
    static func bytes(_ text: String) throws -> Int64 {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let kilo = 1024.0
        let factors: [String: Double] = [
            "": 1, "b": 1, "k": kilo, "kb": kilo, "m": kilo * kilo, "mb": kilo * kilo, "g": kilo * kilo * kilo,
            "gb": kilo * kilo * kilo,
        ]
        let unit = text.dropFirst(digits.count).trimmedOfWhitespace.lowercased()
        guard let number = Double(digits), let factor = factors[unit], number * factor < 9e18 else {
            throw EngineError.badAmount(text)
        }
        return Int64(number * factor)
    }
}

extension ContainerRecipe {
    /// `service[:ro]` or `container:name[:ro]` as the engine takes it.
    func volumeSource(_ text: String) -> String {
        if text.hasPrefix("container:") { return String(text.dropFirst("container:".count)) }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let options = parts.count == 2 ? ":\(parts[1])" : ""
        if let service = try? ServiceName(parsing: parts[0]), let id = namespaceContainers[service] {
            return id + options
        }
        return "\(stack)-\(parts[0])-1\(options)"
    }
}
