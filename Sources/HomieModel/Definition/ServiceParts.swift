/// A device of the host given to a container.
public struct DeviceMapping: Sendable, Hashable, Codable {
    public var source: String
    public var target: String
    /// Any of `rwm`.
    public var permissions: String

    public init(source: String, target: String, permissions: String = "rwm") {
        self.source = source
        self.target = target
        self.permissions = permissions
    }
}

/// Devices asked of a driver, e.g. GPUs (Engine API, `HostConfig.DeviceRequests`).
public struct DeviceRequest: Sendable, Hashable, Codable {
    public var driver: String?
    /// −1 means all.
    public var count: Int?
    public var deviceIDs: [String]?
    public var capabilities: [String]
    public var options: [String: String]?

    public init(capabilities: [String]) { self.capabilities = capabilities }
}

/// A process limit; −1 means unlimited.
public struct Ulimit: Sendable, Hashable, Codable {
    public var name: String
    public var soft: Int64
    public var hard: Int64

    public init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// How a service takes part in a network.
public struct NetworkAttachment: Sendable, Hashable, Codable {
    public var aliases: [String]?
    public var ipv4Address: String?
    public var ipv6Address: String?
    public var linkLocalAddresses: [String]?
    public var macAddress: String?
    public var driverOptions: [String: String]?
    /// Networks are connected from the highest priority down.
    public var priority: Int?

    public init() {}
}

/// A published port.
public struct PortMapping: Sendable, Hashable, Codable {
    public var target: UInt16
    /// A port, a range `8000-8010`, or nil for one the engine picks.
    public var published: String?
    public var hostAddress: String?
    /// `tcp`, `udp` or `sctp`.
    public var transport: String
    /// `ingress` or `host`.
    public var mode: String?

    public init(
        target: UInt16,
        published: String? = nil,
        hostAddress: String? = nil,
        transport: String = "tcp",
        mode: String? = nil
    ) {
        self.target = target
        self.published = published
        self.hostAddress = hostAddress
        self.transport = transport
        self.mode = mode
    }
}

/// A mount of a container.
public struct MountDefinition: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable {
        case volume, bind, tmpfs, npipe, cluster
    }

    public var kind: Kind
    /// An absolute host path for a bind, the volume's key in the file for a named volume, nil for an anonymous one.
    public var source: String?
    public var target: String
    public var isReadOnly: Bool?
    public var consistency: String?
    public var bindPropagation: String?
    public var bindCreatesHostPath: Bool?
    /// `z` or `Z`.
    public var bindSELinux: String?
    public var volumeNoCopy: Bool?
    public var volumeSubpath: String?
    public var tmpfsSize: ByteCount?
    public var tmpfsMode: UInt32?

    public init(kind: Kind, source: String? = nil, target: String) {
        self.kind = kind
        self.source = source
        self.target = target
    }
}

/// A config or secret given to a service as a file.
public struct FileGrant: Sendable, Hashable, Codable {
    /// The key of the config or secret in the stack.
    public var source: String
    /// An absolute path in the container.
    public var target: String
    public var uid: String?
    public var gid: String?
    public var mode: UInt32?

    public init(source: String, target: String) {
        self.source = source
        self.target = target
    }
}

/// Limits and reservations of a container.
public struct ResourceDefinition: Sendable, Hashable, Codable {
    /// CPUs in billionths (Engine API, `NanoCpus`).
    public var nanoCPUs: Int64?
    public var cpuShares: Int64?
    public var cpuPeriod: Int64?
    public var cpuQuota: Int64?
    public var cpuRealtimePeriod: Int64?
    public var cpuRealtimeRuntime: Int64?
    public var cpuSet: String?
    public var cpuCount: Int64?
    public var cpuPercent: Double?
    public var memory: ByteCount?
    public var memoryReservation: ByteCount?
    /// Memory and swap together; −1 bytes means unlimited.
    public var memorySwap: ByteCount?
    public var memorySwappiness: Int64?
    public var pids: Int64?
    public var isOOMKillDisabled: Bool?
    public var oomScoreAdjustment: Int?
    public var blockIOWeight: UInt16?
    /// `blkio_config` without its weight, as written.
    public var blockIO: JSONValue?

    public init() {}
}

/// A log driver and its options.
public struct LoggingDefinition: Sendable, Hashable, Codable {
    public var driver: String?
    public var options: [String: String]?

    public init(driver: String? = nil, options: [String: String]? = nil) {
        self.driver = driver
        self.options = options
    }
}
