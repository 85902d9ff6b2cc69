public import HomieModel

/// What has been done for one replica, and how it went. Times are the daemon's uptime.
public struct HealingHistory: Sendable, Hashable, Codable {
    /// The present trouble: from the first failure until it has run well for long enough.
    public struct Trouble: Sendable, Hashable, Codable {
        public var since: TimeSpan
        public var cause: FaultCause
        public var restarts = 0
        /// Restarts while a service that it needs was in trouble: they say nothing about this one.
        public var blockedRestarts = 0
        public var recreations = 0
        public var hasRolledBack = false
        /// Tries while only the surroundings could mend it.
        public var patientTries = 0
        /// Times it was put into quarantine.
        public var quarantines = 0
        public var isQuarantined = false
        public var lastAction: TimeSpan?
        /// A service it needs that is in trouble itself: nothing but restarts makes sense meanwhile.
        public var blocker: ServiceName?

        public init(since: TimeSpan, cause: FaultCause) {
            self.since = since
            self.cause = cause
        }

        /// The trouble may be another service's, which is in trouble itself.
        public var isBlocked: Bool { blocker != nil && cause.mayLieInAnother }

        /// As a clause: `it …`.
        public var clause: String {
            guard isBlocked, let blocker else { return cause.clause }
            return "\(cause.clause), while '\(blocker)', which it needs, is in trouble"
        }
    }

    public private(set) var trouble: Trouble?
    /// When it failed last, oldest first; at most ``mostFailures``.
    public private(set) var failures: [TimeSpan] = []
    /// It does not run as it should right now, since then.
    public private(set) var failingSince: TimeSpan?
    /// It runs well, since then.
    public private(set) var wellSince: TimeSpan?
    /// It ran well at some time since the last action.
    public private(set) var wasWell = false
    /// The memory limit it was given because the file's did not do.
    public private(set) var memory: ByteCount?
    /// A person stopped it.
    public private(set) var isHeld = false

    static let mostFailures = 32

    public init() {}

    public enum Happening: Sendable, Hashable {
        case failed(FaultCause)
        /// It runs, and is healthy where that is known.
        case well
        case acted(HealingAction)
        /// A person stopped it.
        case heldByHand
        /// A person started or deployed it: everything begins anew.
        case deployed
    }

    public mutating func note(_ happening: Happening, now: TimeSpan, policy: HealingPolicy) {
        settle(now: now, policy: policy)
        switch happening {
        case .failed(let cause): fail(cause, now: now)
        case .well:
            failingSince = nil
            wasWell = true
            if wellSince == nil { wellSince = now }
        case .acted(let action): act(action, now: now, policy: policy)
        case .heldByHand:
            self = HealingHistory()
            isHeld = true
        case .deployed: self = HealingHistory()
        }
    }

    /// Ends the trouble when it has run well for long enough and does not flap.
    public mutating func settle(now: TimeSpan, policy: HealingPolicy) {
        guard trouble != nil, let wellSince, now.nanoseconds - wellSince.nanoseconds >= policy.steadyAfter.nanoseconds,
            !isFlapping(now: now, policy: policy)
        else { return }
        trouble = nil
    }

    /// It failed often of late, whatever it did between the failures.
    public func isFlapping(now: TimeSpan, policy: HealingPolicy) -> Bool {
        let start = now.nanoseconds - policy.flappingWindow.nanoseconds
        return failures.count { $0.nanoseconds > start } >= policy.flappingCount
    }

    /// Its memory limit was raised.
    public mutating func noteMemory(_ limit: ByteCount) { memory = limit }

    /// It is in trouble, and does not run well or has done so for a moment only.
    public func isShaky(now: TimeSpan) -> Bool {
        guard trouble != nil else { return false }
        return steadyFrom.map { $0 > now } ?? true
    }

    /// Names the service that it needs and that is in trouble; nil when there is none.
    public mutating func setBlocker(_ blocker: ServiceName?) {
        guard trouble?.blocker != blocker else { return }
        trouble?.blocker = blocker
        // What it needs is there again: the next try comes as soon as its own restarts allow.
        if blocker == nil { trouble?.blockedRestarts = 0 }
    }

    /// When it is no longer shaky if it goes on running well.
    public var steadyFrom: TimeSpan? {
        wellSince.map { TimeSpan(nanoseconds: $0.nanoseconds + InstanceHistory.steadyAfter.nanoseconds) }
    }

    /// The container engine went away: what ended shortly before ended because of that.
    public mutating func noteEngineEnded(since: TimeSpan) {
        guard let trouble, trouble.since >= since, case .crashed = trouble.cause else { return }
        self.trouble?.cause = .engineEnded
    }

    /// What was taken for a kill was a lack of memory.
    public mutating func noteOutOfMemory() {
        if case .crashed? = trouble?.cause { trouble?.cause = .outOfMemory }
    }

    /// The daemon began anew and its uptime with it: `shift` is added to every time.
    public func shifted(by shift: TimeSpan) -> HealingHistory {
        func moved(_ time: TimeSpan) -> TimeSpan { TimeSpan(nanoseconds: time.nanoseconds + shift.nanoseconds) }
        var copy = self
        copy.failures = failures.map(moved)
        copy.failingSince = failingSince.map(moved)
        copy.wellSince = wellSince.map(moved)
        if let trouble {
            copy.trouble?.since = moved(trouble.since)
            copy.trouble?.lastAction = trouble.lastAction.map(moved)
        }
        return copy
    }

    private mutating func fail(_ cause: FaultCause, now: TimeSpan) {
        guard !isHeld else { return }
        wellSince = nil
        if failingSince == nil {
            failingSince = now
            failures.append(now)
            if failures.count > Self.mostFailures { failures.removeFirst(failures.count - Self.mostFailures) }
        }
        if trouble == nil { trouble = Trouble(since: now, cause: cause) }
        trouble?.cause = cause
    }

    private mutating func act(_ action: HealingAction, now: TimeSpan, policy: HealingPolicy) {
        // What was done has to show again how it goes.
        failingSince = nil
        wellSince = nil
        wasWell = false
        trouble?.lastAction = now
        switch action {
        case .restart:
            if trouble?.cause.nature == .ofSurroundings {
                trouble?.patientTries += 1
            } else if trouble?.isBlocked == true {
                trouble?.blockedRestarts += 1
            } else {
                trouble?.restarts += 1
            }
        case .recreate: trouble?.recreations += 1
        case .rollBack: trouble?.hasRolledBack = true
        case .quarantine:
            trouble?.quarantines += 1
            trouble?.isQuarantined = true
        case .tryAgain: trouble?.isQuarantined = false
        }
    }
}

extension HealingHistory.Trouble {
    /// Reads what this or an earlier release wrote.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        since = try values.decode(TimeSpan.self, forKey: .since)
        cause = try values.decode(FaultCause.self, forKey: .cause)
        restarts = try values.decode(Int.self, forKey: .restarts)
        blockedRestarts = try values.decodeIfPresent(Int.self, forKey: .blockedRestarts) ?? 0
        recreations = try values.decode(Int.self, forKey: .recreations)
        hasRolledBack = try values.decode(Bool.self, forKey: .hasRolledBack)
        patientTries = try values.decode(Int.self, forKey: .patientTries)
        quarantines = try values.decode(Int.self, forKey: .quarantines)
        isQuarantined = try values.decode(Bool.self, forKey: .isQuarantined)
        lastAction = try values.decodeIfPresent(TimeSpan.self, forKey: .lastAction)
        blocker = try values.decodeIfPresent(ServiceName.self, forKey: .blocker)
    }
}
