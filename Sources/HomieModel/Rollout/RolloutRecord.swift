/// How one service goes from one version to the next, as far as it cannot be seen at the containers: kept in the store.
public struct RolloutRecord: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// Held off before it began; ``RolloutRecord/pauseReason`` says by what.
        case held
        case progressing
        /// The new version serves alone, and is watched.
        case monitoring
        case succeeded
        case failed
        /// Another version is wanted by now.
        case superseded

        /// True while something is still to happen.
        public var isOpen: Bool { self == .held || self == .progressing || self == .monitoring }
    }

    public var stack: StackName
    public var service: ServiceName
    public var strategy: UpdateSettings.Strategy
    public var settings: UpdateSettings
    /// What a rollback returns to; nil when there is nothing.
    public var fromRevision: Int?
    public var toRevision: Int
    /// Spec digest of the version that comes.
    public var digest: String
    public var deployment: Int64?
    /// It returns to an earlier version: no steps, no judging, no rollback of its own.
    public var isRollback: Bool
    public var state: State
    public var isPaused: Bool
    /// One clause.
    public var pauseReason: String?
    /// IDs of new containers that get their full share, sorted.
    public var admitted: [String]
    /// IDs of the containers that served when it began, sorted.
    public var replaced: [String]
    /// IDs of containers of a version that was given up before it served, sorted.
    public var discarded: [String]
    /// IDs of stopped containers kept for an instant return, sorted.
    public var kept: [String]
    /// Batches that are done.
    public var batches: Int
    public var batchEndedAt: Timestamp?
    /// The canary's step, from 0.
    public var step: Int
    public var stepStartedAt: Timestamp?
    /// The canary is over: everything goes to the new version.
    public var isPromoted: Bool
    /// When all requests went to the new version.
    public var switchedAt: Timestamp?
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
    /// Why it failed, in one sentence.
    public var cause: String?
    /// What each judged canary step was judged by, in their order.
    public var figures: [CanaryFigures]
    /// A stand-in answers at the ports it publishes while they change hands; nil, as in records of before, means no.
    public var bridges: Bool?

    public init(
        stack: StackName,
        service: ServiceName,
        strategy: UpdateSettings.Strategy,
        settings: UpdateSettings,
        fromRevision: Int?,
        toRevision: Int,
        digest: String,
        deployment: Int64?,
        isRollback: Bool,
        startedAt: Timestamp
    ) {
        self.stack = stack
        self.service = service
        self.strategy = strategy
        self.settings = settings
        self.fromRevision = fromRevision
        self.toRevision = toRevision
        self.digest = digest
        self.deployment = deployment
        self.isRollback = isRollback
        self.startedAt = startedAt
        state = .progressing
        isPaused = false
        admitted = []
        replaced = []
        discarded = []
        kept = []
        batches = 0
        step = 0
        isPromoted = false
        figures = []
    }
}

/// Two versions measured over the same time.
public struct CanaryFigures: Sendable, Hashable, Codable {
    /// The share of requests the new version got, in percent.
    public var share: Int
    public var new: TrafficSample
    public var old: TrafficSample
    /// How it was decided, in one clause.
    public var verdict: String
    public var at: Timestamp

    public init(share: Int, new: TrafficSample, old: TrafficSample, verdict: String, at: Timestamp) {
        self.share = share
        self.new = new
        self.old = old
        self.verdict = verdict
        self.at = at
    }
}

/// What one version answered in a window.
public struct TrafficSample: Sendable, Hashable, Codable {
    public var requests: Int
    /// Answers of class 5xx, and connections that broke before an answer.
    public var errors: Int
    /// The 95th percentile of the time until an answer began; nil without requests.
    public var slow: TimeSpan?
    /// Answers that took longer than the other version's ``slow``.
    public var slower: Int

    public init(requests: Int = 0, errors: Int = 0, slow: TimeSpan? = nil, slower: Int = 0) {
        self.requests = requests
        self.errors = errors
        self.slow = slow
        self.slower = slower
    }

    public var errorRate: Double { requests == 0 ? 0 : Double(errors) / Double(requests) }
}
