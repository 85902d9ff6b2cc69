public import HomieModel

/// What the looks of this process saw of a container's present or last run. Times are the daemon's uptime, so that a clock
/// that is set changes nothing.
public enum SeenRun: Sendable, Hashable {
    /// It did not run when it was first looked at.
    case idle(startedAt: Timestamp?, since: TimeSpan)
    case running(startedAt: Timestamp?, since: TimeSpan)
    /// It was seen to end.
    case ended(startedAt: Timestamp?, at: TimeSpan)

    /// - Parameters:
    ///   - isFirstLook: what is there now may have been so for long.
    ///   - wall: tells for how long, this once.
    init(_ container: ObservedContainer, isFirstLook: Bool, now: TimeSpan, wall: Timestamp?) {
        if container.state == .running {
            let since = isFirstLook ? Self.before(now, wall, container.startedAt) : now
            self = .running(startedAt: container.startedAt, since: since)
        } else if isFirstLook || container.startedAt == nil {
            self = .idle(startedAt: container.startedAt, since: now)
        } else {
            self = .ended(startedAt: container.startedAt, at: now)
        }
    }

    func next(_ container: ObservedContainer, now: TimeSpan) -> SeenRun {
        switch (self, container.state == .running) {
        case (.running(let start, _), true) where start == container.startedAt: self
        case (_, true): .running(startedAt: container.startedAt, since: now)
        case (.idle(let start, _), false) where start == container.startedAt: self
        case (.ended(let start, _), false) where start == container.startedAt: self
        case (_, false): .ended(startedAt: container.startedAt, at: now)
        }
    }

    /// The uptime of a time that is past.
    static func before(_ now: TimeSpan, _ wall: Timestamp?, _ past: Timestamp?) -> TimeSpan {
        guard let wall, let past else { return now }
        return TimeSpan(nanoseconds: now.nanoseconds &- max(0, (wall - past).nanoseconds))
    }
}

extension StackHistory {
    /// Takes over which containers run.
    ///
    /// - Parameter wall: the clock's time: at the first look it tells how long that has been so.
    public mutating func noteRuns(_ observed: [ObservedContainer], now: TimeSpan, wall: Timestamp? = nil) {
        var next: [String: SeenRun] = [:]
        for container in observed where !container.isOneOff {
            next[container.id] =
                runs[container.id]?.next(container, now: now)
                ?? SeenRun(container, isFirstLook: !hasLooked, now: now, wall: wall)
        }
        runs = next
        hasLooked = true
    }

    /// Takes over which rollouts are under way, and how far they are; to be told of every change at once.
    ///
    /// - Parameter wall: the clock's time: at the first look it tells how long they have been.
    public mutating func noteRollouts(
        _ records: [ServiceName: RolloutRecord],
        now: TimeSpan,
        wall: Timestamp? = nil
    ) {
        let isFirstLook = !hasLookedAtRollouts
        hasLookedAtRollouts = true
        rollouts = records.reduce(into: [:]) { result, entry in
            let (service, record) = entry
            func since(_ time: Timestamp) -> TimeSpan { isFirstLook ? SeenRun.before(now, wall, time) : now }
            let known = rollouts[service].flatMap { $0.startedAt == record.startedAt ? $0 : nil }
            var seen = SeenRollout(record.startedAt, since: known?.since ?? since(record.startedAt))
            for time in [record.stepStartedAt, record.batchEndedAt, record.switchedAt].compactMap(\.self) {
                seen.turns[time] = known?.turns[time] ?? since(time)
            }
            result[service] = seen
        }
    }
}

/// Since when this process knows of a rollout.
public struct SeenRollout: Sendable, Hashable {
    /// By which it is told from others of its service.
    public var startedAt: Timestamp
    public var since: TimeSpan
    /// The uptimes of the times in its record that it waits from: the canary's step, the batch, the switch.
    public var turns: [Timestamp: TimeSpan] = [:]

    public init(_ startedAt: Timestamp, since: TimeSpan) {
        self.startedAt = startedAt
        self.since = since
    }
}
