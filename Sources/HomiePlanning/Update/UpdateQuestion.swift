public import HomieModel

/// What is known when it has to be decided whether to update.
public struct UpdateQuestion: Sendable, Hashable {
    /// The system as it runs.
    public struct Device: Sendable, Hashable {
        /// Never changes, e.g. the machine ID; decides which devices a partial rollout is for.
        public var identity: String
        public var version: SystemVersion
        public var compatible: SystemKind
        public var channel: String
        /// What the other slot holds, once installed and not yet started.
        public var pending: SystemVersion?
        /// The running slot has not been judged good yet.
        public var isOnTrial: Bool
        /// Where the bundle would be kept.
        public var freeSpace: ByteCount
        /// Whose whole bundle is there already.
        public var kept: Set<SystemVersion>
        /// RAUC may fetch what it needs of a bundle by itself, and keeps nothing of it.
        public var streams: Bool

        public init(
            identity: String,
            version: SystemVersion,
            compatible: SystemKind,
            channel: String = "stable",
            pending: SystemVersion? = nil,
            isOnTrial: Bool = false,
            freeSpace: ByteCount,
            kept: Set<SystemVersion> = [],
            streams: Bool = false
        ) {
            self.identity = identity
            self.version = version
            self.compatible = compatible
            self.channel = channel
            self.pending = pending
            self.isOnTrial = isOnTrial
            self.freeSpace = freeSpace
            self.kept = kept
            self.streams = streams
        }
    }

    /// What the owner of the device wants.
    public struct Policy: Sendable, Hashable {
        /// Install without being asked.
        public var isAutomatic: Bool
        /// nil: at any time.
        public var window: MaintenanceWindow?
        /// How long a version must have been known here before it is installed by itself.
        public var delay: TimeSpan
        /// No version above this one; nil in `hold` means none at all.
        public var hold: Hold?

        public init(
            isAutomatic: Bool = true,
            window: MaintenanceWindow? = nil,
            delay: TimeSpan = .seconds(86_400),
            hold: Hold? = nil
        ) {
            self.isAutomatic = isAutomatic
            self.window = window
            self.delay = delay
            self.hold = hold
        }
    }

    /// The wish to stay.
    public struct Hold: Sendable, Hashable, Codable {
        public var reason: String?
        public var until: Timestamp?

        public init(reason: String? = nil, until: Timestamp? = nil) {
            self.reason = reason
            self.until = until
        }
    }

    public var device: Device
    public var policy: Policy
    public var locks: [UpdateLock]
    /// When a version was first seen in an index, by its text.
    public var firstSeen: [String: Timestamp]
    /// Versions that were tried here and did not last; they are not tried again by themselves.
    public var failed: Set<SystemVersion>
    /// The largest sequence number of an index that was accepted.
    public var lastSequence: Int64?
    /// A person asks, now: window, delay, rollout and earlier failures do not count.
    public var isAsked: Bool
    public var now: Timestamp
    /// What local time is ahead of UTC.
    public var offset: TimeSpan

    public init(
        device: Device,
        policy: Policy = Policy(),
        locks: [UpdateLock] = [],
        firstSeen: [String: Timestamp] = [:],
        failed: Set<SystemVersion> = [],
        lastSequence: Int64? = nil,
        isAsked: Bool = false,
        now: Timestamp,
        offset: TimeSpan = .seconds(0)
    ) {
        self.device = device
        self.policy = policy
        self.locks = locks
        self.firstSeen = firstSeen
        self.failed = failed
        self.lastSequence = lastSequence
        self.isAsked = isAsked
        self.now = now
        self.offset = offset
    }
}
