/// What the system layer of this device shows at one moment; nil and empty where the kernel does not tell.
public struct SystemReading: Sendable, Hashable, Codable {
    public var disks: [DiskReading] = []
    /// Share of the last ten seconds in which some task waited, in percent (PSI `some avg10`).
    public var cpuPressure: Double?
    public var memoryPressure: Double?
    public var ioPressure: Double?
    /// Share in which all tasks waited at once (PSI `full avg10`).
    public var memoryStall: Double?
    public var ioStall: Double?
    public var memoryTotal: ByteCount?
    public var memoryAvailable: ByteCount?
    public var swapTotal: ByteCount?
    public var swapFree: ByteCount?
    /// Processes the kernel killed for want of memory since it booted.
    public var oomKills: Int?
    /// Degrees Celsius by sensor.
    public var temperatures: [String: Double] = [:]
    /// Reasons why the processor is slowed down right now: `under-voltage`, `too hot` …
    public var throttling: [String] = []
    /// The kernel's clock is disciplined by a time service.
    public var isClockSynchronised: Bool?
    public var nameServers: [String] = []
    /// A name server answered a question.
    public var doesDNSAnswer: Bool?
    public var hasDefaultRoute: Bool?
    /// Network interfaces that are switched on without a link.
    public var interfacesWithoutLink: [String] = []
    public var flash: [FlashReading] = []
    /// The medium below the engine's data: `mmcblk0`, `sda`, `nvme0n1`.
    public var engineDevice: String?
    public var isEngineOnSDCard: Bool?
    public var needsReboot: Bool?
    /// A system version that was installed and not judged good yet, and whether it is the one that runs.
    public var pendingSystem: String?
    public var isPendingSystemBooted: Bool?
    public var openFiles: Int?
    public var mostOpenFiles: Int?
    /// Resident memory of `homied` itself.
    public var ownMemory: ByteCount?

    public init() {}
}

/// A file system that Homie or the engine writes to.
public struct DiskReading: Sendable, Hashable, Codable {
    public var mountPoint: String
    /// What of Homie's lies there: `state`, `engine`, `system`.
    public var uses: [String]
    public var size: ByteCount
    public var available: ByteCount
    public var inodes: Int64
    public var freeInodes: Int64
    public var isReadOnly: Bool

    public init(
        mountPoint: String,
        uses: [String],
        size: ByteCount,
        available: ByteCount,
        inodes: Int64,
        freeInodes: Int64,
        isReadOnly: Bool
    ) {
        self.mountPoint = mountPoint
        self.uses = uses
        self.size = size
        self.available = available
        self.inodes = inodes
        self.freeInodes = freeInodes
        self.isReadOnly = isReadOnly
    }

    /// The mount point as part of an ID: `var-lib-docker`, `root`.
    public var key: String {
        let parts = mountPoint.split(separator: "/")
        return parts.isEmpty ? "root" : parts.joined(separator: "-")
    }

    /// From 0 to 1.
    public var used: Double { size.bytes > 0 ? 1 - Double(available.bytes) / Double(size.bytes) : 0 }
}

/// Wear of an eMMC (JEDEC JESD84-B51, `DEVICE_LIFE_TIME_EST_TYP_A/B`, `PRE_EOL_INFO`).
public struct FlashReading: Sendable, Hashable, Codable {
    public var device: String
    /// Tenths of its life that are used; 11 means beyond.
    public var lifeUsed: Int?
    /// 1 normal, 2 warning, 3 urgent.
    public var endOfLife: Int?

    public init(device: String, lifeUsed: Int?, endOfLife: Int?) {
        self.device = device
        self.lifeUsed = lifeUsed
        self.endOfLife = endOfLife
    }
}
