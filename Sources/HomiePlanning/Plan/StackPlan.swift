public import HomieModel

/// What is to be done for one stack now, and where each replica stands.
public struct StackPlan: Sendable, Hashable {
    public var chains: [Chain] = []
    /// Rungs of the healing ladder that are taken now; their steps, where they have any, are among ``chains``.
    public var healings: [Healing] = []
    public var dispositions: [Instance: Disposition] = [:]
    public var verdict: Verdict = .running
    /// Everything that is checked is healthy, and the rest has run for a while.
    public var isGood = false
    /// Services that go from one version to the next.
    public var rollouts: [ServiceName: RolloutPlan] = [:]
    /// The stand-ins, by ID, to which new connections to a replica's published ports are led.
    public var relays: [Instance: String] = [:]
    /// The uptime at which to look again even if nothing happens.
    public var nextWake: TimeSpan?

    public init() {}

    mutating func wake(at time: TimeSpan) { nextWake = nextWake.map { min($0, time) } ?? time }
}

/// A rung of the healing ladder, taken for one replica.
public struct Healing: Sendable, Hashable {
    public var instance: Instance
    public var action: HealingAction
    /// One sentence.
    public var reason: String
    /// The memory limit it gets with it.
    public var memory: ByteCount?

    public init(instance: Instance, action: HealingAction, reason: String, memory: ByteCount? = nil) {
        self.instance = instance
        self.action = action
        self.reason = reason
        self.memory = memory
    }
}

/// Where one replica stands.
public struct Disposition: Sendable, Hashable {
    public var phase: ServiceStatus.Phase
    /// One clause.
    public var reason: String?
    /// It will not come right by itself.
    public var isFailure: Bool
    /// The container that counts; nil when there is none.
    public var container: String?

    public init(
        _ phase: ServiceStatus.Phase,
        _ reason: String? = nil,
        isFailure: Bool = false,
        container: String? = nil
    ) {
        self.phase = phase
        self.reason = reason
        self.isFailure = isFailure
        self.container = container
    }

    /// It is where a deployment wants it.
    public var isConverged: Bool {
        switch phase {
        case .running, .healthy, .completed, .stopped: true
        case .waiting, .working, .starting, .unhealthy, .failed: false
        }
    }
}

/// How a deployment stands.
public enum Verdict: Sendable, Hashable {
    case running
    case succeeded
    /// The cause, in one sentence. The loop goes on trying all the same.
    case failed(String)
}
