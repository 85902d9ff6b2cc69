public import HomieModel

/// What the loop remembers of one stack between two looks; kept in memory, safe to lose.
public struct StackHistory: Sendable, Hashable {
    public var instances: [Instance: InstanceHistory] = [:]
    /// What was done for replicas in trouble, and how it went.
    public var healing: [Instance: HealingHistory] = [:]
    /// What services used in the last hour, as far as that is measured.
    public var usage: [ServiceName: ServiceConsumption] = [:]
    /// An earlier revision is about to be brought back: what runs is judged no more.
    public var isReturning = false
    /// Until this uptime what is found ended is taken to have ended with the container engine.
    public var engineEndedUntil: TimeSpan?
    public var failures: [WorkKey: WorkFailure] = [:]
    /// Networks and volumes of the present revision were made.
    public var resourcesReady = false
    /// Networks and volumes of a stack that goes which are gone.
    public var gone: Set<WorkKey> = []
    /// What is being worked on right now.
    public var busy: Set<WorkKey> = []
    /// Containers to be re-created although nothing changed.
    public var forced: Set<String> = []
    /// Failed replicas that this deployment starts once more.
    public var revived: Set<Instance> = []
    /// For each container, the start of the containers whose namespaces it joined, by their ID.
    public var joined: [String: [String: Timestamp]] = [:]
    /// Pairs of (service restarted, dependency re-created) that were seen to: child ID to dependency IDs.
    public var followed: [String: Set<String>] = [:]
    /// Stopped containers that are kept for an instant return: nobody's replica, and not to be removed.
    public var kept: Set<String> = []
    /// The uptime since which a container gets no new requests, by ID.
    public var draining: [String: TimeSpan] = [:]
    /// The stand-ins, by ID, to which connections to a replica's published ports are led at present.
    public var relays: [Instance: String] = [:]
    /// ``relays`` were left by an earlier process, or touched by someone: they may not lead every connection.
    public var areRelaysRecalled = false
    /// What of the ports of containers that change hands is in use, by ID.
    public var ports: [String: PortUse] = [:]
    /// The uptime of the last whole look at ``ports``; nil before the first.
    public var portsSeenAt: TimeSpan?
    /// The uptime at which connections were led elsewhere, or home again, last; that of the start for all before it.
    public var ledAt: TimeSpan?

    /// What was seen of the runs of containers, by ID.
    public internal(set) var runs: [String: SeenRun] = [:]
    /// ``runs`` were looked at before.
    var hasLooked = false
    var hasLookedAtRollouts = false
    /// Since when the newest rollout of each service is known.
    public internal(set) var rollouts: [ServiceName: SeenRollout] = [:]

    public init() {}

    /// Everything that belongs to one attempt starts afresh; what is known of containers stays.
    ///
    /// - Parameter isHealing: a rung of the healing ladder, which goes on from here instead of beginning anew.
    public mutating func noteDeployment(revives: Set<Instance>, isHealing: Bool = false) {
        for key in instances.keys { instances[key]?.noteDeployment() }
        if !isHealing { healing = [:] }
        isReturning = false
        failures = [:]
        resourcesReady = false
        gone = []
        revived = revives
    }

    /// - Parameter isInUse: someone else uses what the work is about.
    public mutating func noteFailure(
        of key: WorkKey,
        reason: String,
        isPermanent: Bool,
        isInUse: Bool = false,
        now: TimeSpan
    ) {
        var failure = failures[key] ?? WorkFailure(reason: reason, last: now)
        failure.count += 1
        failure.reason = reason
        failure.isPermanent = isPermanent
        failure.isInUse = isInUse
        failure.last = now
        failures[key] = failure
    }

    public mutating func noteSuccess(of key: WorkKey) {
        failures[key] = nil
        if key.isLeavingResource { gone.insert(key) }
    }
}

/// Failed attempts at one piece of work.
public struct WorkFailure: Sendable, Hashable {
    public var count = 0
    /// One sentence.
    public var reason: String
    /// Trying again will not help unless something else changes; it is tried again all the same, slowly.
    public var isPermanent = false
    /// Someone else uses what the work is about.
    public var isInUse = false
    public var last: TimeSpan

    public init(reason: String, last: TimeSpan) {
        self.reason = reason
        self.last = last
    }

    /// It is time to say so: it was tried often enough, or trying again will not help.
    var isLasting: Bool { isPermanent || count >= 3 }

    public var due: TimeSpan {
        let wait = isPermanent ? Backoff.patientStep.wait(after: count + 3) : Backoff.step.wait(after: count)
        return TimeSpan(nanoseconds: last.nanoseconds + wait.nanoseconds)
    }
}
