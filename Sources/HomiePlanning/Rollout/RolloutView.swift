public import HomieModel

/// What one replica of a service in a rollout is made of.
public struct RolloutMember: Sendable, Hashable {
    /// Made for the version that comes; while ``isBridged``, its stand-in.
    public var new: ObservedContainer?
    /// Those of other versions, newest first, and stand-ins that are not ``new``.
    public var old: [ObservedContainer]
    /// While ``isBridged``: what takes over from the stand-in, with the published ports.
    public var home: ObservedContainer?
    /// The published ports change hands by way of a stand-in.
    public var isBridged: Bool
    /// Something works on it now.
    public var isBusy: Bool
    /// A person stopped it.
    public var isHeld: Bool
    /// The engine refuses what is asked of it for this replica, and will go on to: one sentence.
    public var trouble: String?

    public init(
        new: ObservedContainer? = nil,
        old: [ObservedContainer] = [],
        home: ObservedContainer? = nil,
        isBridged: Bool = false,
        isBusy: Bool = false,
        isHeld: Bool = false,
        trouble: String? = nil
    ) {
        self.new = new
        self.old = old
        self.home = home
        self.isBridged = isBridged
        self.isBusy = isBusy
        self.isHeld = isHeld
        self.trouble = trouble
    }
}

/// Everything a look at a rollout goes by.
public struct RolloutView: Sendable, Hashable {
    public var members: [Instance: RolloutMember]
    /// Containers of the service beyond its replicas.
    public var surplus: [ObservedContainer]
    public var hasHealthcheck: Bool
    /// What the gateway shows of the service's containers, by ID; nil while it does not answer.
    public var traffic: [String: ReplicaTraffic]?
    /// True when a gateway should lead to the service, whether it answers now or not.
    public var isSteered: Bool
    /// Both versions since the canary's step began; nil when nothing was measured.
    public var window: CanaryWindow?
    /// The uptime since which a container gets nothing new, by ID.
    public var drainingSince: [String: TimeSpan]
    /// The ports that the version that comes publishes.
    public var published: [PortMapping]
    /// The stand-ins, by ID, to which new connections to published ports are led at present.
    public var relays: [Instance: String]
    /// ``relays`` were left by an earlier process, or touched by someone: they may not lead every connection.
    public var areRelaysRecalled: Bool
    /// What of the containers' ports is in use, by ID.
    public var ports: [String: PortUse]
    /// The uptime of the last look at ``ports``; nil until somebody looked.
    public var portsSeenAt: TimeSpan?
    /// The uptime at which new connections were led to others than before, as far as known.
    public var ledAt: TimeSpan?
    /// What was seen of the containers' runs, by ID.
    public var runs: [String: SeenRun]
    /// The uptime since which this process knows of the rollout.
    public var since: TimeSpan
    /// The uptimes of the times in the rollout's record that it waits from, as far as this process knows them.
    public var turns: [Timestamp: TimeSpan]
    /// What holds updates of this service off, in one clause.
    public var lock: String?
    public var now: Timestamp
    public var uptime: TimeSpan

    public init(
        members: [Instance: RolloutMember],
        surplus: [ObservedContainer] = [],
        hasHealthcheck: Bool,
        traffic: [String: ReplicaTraffic]?,
        isSteered: Bool,
        window: CanaryWindow? = nil,
        drainingSince: [String: TimeSpan] = [:],
        published: [PortMapping] = [],
        relays: [Instance: String] = [:],
        areRelaysRecalled: Bool = false,
        ports: [String: PortUse] = [:],
        portsSeenAt: TimeSpan? = nil,
        ledAt: TimeSpan? = nil,
        runs: [String: SeenRun] = [:],
        since: TimeSpan,
        turns: [Timestamp: TimeSpan] = [:],
        lock: String? = nil,
        now: Timestamp,
        uptime: TimeSpan
    ) {
        self.members = members
        self.surplus = surplus
        self.hasHealthcheck = hasHealthcheck
        self.traffic = traffic
        self.isSteered = isSteered
        self.window = window
        self.drainingSince = drainingSince
        self.published = published
        self.relays = relays
        self.areRelaysRecalled = areRelaysRecalled
        self.ports = ports
        self.portsSeenAt = portsSeenAt
        self.ledAt = ledAt
        self.runs = runs
        self.since = since
        self.turns = turns
        self.lock = lock
        self.now = now
        self.uptime = uptime
    }

    /// How long ago a time of the rollout's record is: by the uptime, so that a clock that is set makes no wait shorter or longer.
    func elapsed(since time: Timestamp) -> TimeSpan {
        guard let turn = turns[time] else { return TimeSpan(nanoseconds: max(0, (now - time).nanoseconds)) }
        return TimeSpan(nanoseconds: uptime.nanoseconds - turn.nanoseconds)
    }
}

/// What a look at a rollout comes to.
public struct RolloutPlan: Sendable, Hashable {
    /// The share of the requests a container gets.
    public enum Share: Sendable, Hashable {
        /// The gateway has it and checks it, but nobody is served by it.
        case trial
        /// From 1 to 256.
        case weight(Int)
        /// Finishes what it has.
        case draining
    }

    /// What is to be done for one replica.
    public enum Move: Sendable, Hashable {
        /// A new container is made and started beside the old one.
        case begin
        /// What takes over from the stand-in is made and started, with the published ports.
        case settle
        /// A container that is there is started.
        case start(String)
        /// Containers that serve nobody any more are stopped.
        case retire([String])
        /// A container of the old version that ended by itself is started again.
        case revive(String)
        case wait(String)
    }

    /// As it is from now on.
    public var record: RolloutRecord
    /// By container ID; a container of the service that is absent gets nothing.
    public var shares: [String: Share] = [:]
    public var moves: [Instance: Move] = [:]
    /// The stand-ins, by ID, to which new connections to published ports are to be led.
    public var relays: [Instance: String] = [:]
    /// How many connections containers whose time is up still have, by ID: they end with them.
    public var cut: [String: Int] = [:]
    /// Containers to be removed: of a version that was given up, or beyond the replicas.
    public var departures: [String] = []
    /// Why it failed, in one sentence: only in the look that finds it out.
    public var failure: String?
    /// When to look again even if nothing happens.
    public var wake: TimeSpan?

    public init(record: RolloutRecord) { self.record = record }
}
