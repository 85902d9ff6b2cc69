/// A rollout as the API and the CLI show it.
public struct RolloutStatus: Sendable, Hashable, Codable {
    public var stack: StackName
    public var service: ServiceName
    public var strategy: UpdateSettings.Strategy
    public var state: RolloutRecord.State
    public var isPaused: Bool
    /// Why it is paused or held off, in one clause.
    public var pauseReason: String?
    /// It returns to an earlier version.
    public var isRollback: Bool
    public var fromRevision: Int?
    public var toRevision: Int
    /// The share of the requests that the new version gets, in percent.
    public var share: Int
    public var startedAt: Timestamp
    /// When all requests went to the new version.
    public var switchedAt: Timestamp?
    public var endedAt: Timestamp?
    /// Why it failed, in one sentence.
    public var cause: String?
    /// What each judged canary step was judged by, in their order.
    public var figures: [CanaryFigures]

    public init(_ record: RolloutRecord, replicas: Int) {
        stack = record.stack
        service = record.service
        strategy = record.strategy
        state = record.state
        isPaused = record.isPaused
        pauseReason = record.pauseReason
        isRollback = record.isRollback
        fromRevision = record.fromRevision
        toRevision = record.toRevision
        share = Self.share(of: record, replicas: replicas)
        startedAt = record.startedAt
        switchedAt = record.switchedAt
        endedAt = record.endedAt
        cause = record.cause
        figures = record.figures
    }

    private static func share(of record: RolloutRecord, replicas: Int) -> Int {
        if record.switchedAt != nil { return 100 }
        let steps = record.settings.canary.steps
        if record.strategy == .canary, !record.isPromoted, !record.isRollback {
            return record.stepStartedAt == nil || steps.isEmpty ? 0 : steps[min(record.step, steps.count - 1)]
        }
        return replicas > 0 ? min(100, record.admitted.count * 100 / replicas) : 0
    }
}

/// What a person does with a rollout that runs.
public enum RolloutAction: String, Sendable, Hashable, Codable, CaseIterable {
    case pause, resume
    /// Ends a canary: the new version gets everything.
    case promote
    /// Goes back to what ran before.
    case abort
}
