public import HomieModel

/// What the looks of this process saw of a container's present or last run. Times are the daemon's uptime, so that a clock
/// that is set changes nothing.
public enum SeenRun: Sendable, Hashable {
    /// It did not run when it was first looked at.
    case idle(startedAt: Timestamp?, since: TimeSpan)
    /// - Parameter isWitnessed: it began while this process looked, and not before.
    case running(startedAt: Timestamp?, since: TimeSpan, isWitnessed: Bool)
    /// It was seen to end.
    case ended(startedAt: Timestamp?, at: TimeSpan)

    /// - Parameter isFirstLook: what is there now may have been so for long.
    init(_ container: ObservedContainer, isFirstLook: Bool, now: TimeSpan) {
        if container.state == .running {
            self = .running(startedAt: container.startedAt, since: now, isWitnessed: !isFirstLook)
        } else if isFirstLook || container.startedAt == nil {
            self = .idle(startedAt: container.startedAt, since: now)
        } else {
            self = .ended(startedAt: container.startedAt, at: now)
        }
    }

    func next(_ container: ObservedContainer, now: TimeSpan) -> SeenRun {
        switch (self, container.state == .running) {
        case (.running(let start, _, _), true) where start == container.startedAt: self
        case (_, true): .running(startedAt: container.startedAt, since: now, isWitnessed: true)
        case (.idle(let start, _), false) where start == container.startedAt: self
        case (.ended(let start, _), false) where start == container.startedAt: self
        case (_, false): .ended(startedAt: container.startedAt, at: now)
        }
    }
}

extension StackHistory {
    /// Takes over which containers run.
    public mutating func noteRuns(_ observed: [ObservedContainer], now: TimeSpan) {
        var next: [String: SeenRun] = [:]
        for container in observed where !container.isOneOff {
            next[container.id] =
                runs[container.id]?.next(container, now: now)
                ?? SeenRun(container, isFirstLook: !hasLooked, now: now)
        }
        runs = next
        hasLooked = true
    }

    /// Takes over which rollouts are under way.
    public mutating func noteRollouts(_ records: [ServiceName: RolloutRecord], now: TimeSpan) {
        rollouts = records.reduce(into: [:]) { result, entry in
            let (service, record) = entry
            let known = rollouts[service]
            result[service] = known?.startedAt == record.startedAt ? known : SeenRollout(record.startedAt, since: now)
        }
    }
}

/// Since when this process knows of a rollout.
public struct SeenRollout: Sendable, Hashable {
    /// By which it is told from others of its service.
    public var startedAt: Timestamp
    public var since: TimeSpan

    public init(_ startedAt: Timestamp, since: TimeSpan) {
        self.startedAt = startedAt
        self.since = since
    }
}
