public import HomieModel

/// One rung of the ladder: a closed set.
public enum HealingAction: Sendable, Hashable, Codable {
    case restart
    case recreate
    /// To this revision, the last good one.
    case rollBack(Int)
    /// Stopped, or left running as it is; a person is told, and it is tried again, slowly.
    case quarantine(stops: Bool)
    /// Out of quarantine for another try.
    case tryAgain
}

/// What is to be done for one replica now.
public struct HealingDecision: Sendable, Hashable {
    public enum Verdict: Sendable, Hashable {
        /// Nothing is wrong, or a person wants it so.
        case leave
        case act(HealingAction)
        /// That is next, at that uptime.
        case wait(HealingAction, until: TimeSpan)
    }

    public var verdict: Verdict
    /// One sentence for `homie why`; empty when nothing is wrong.
    public var reason: String

    /// When to look again even if nothing happens.
    public var nextWake: TimeSpan? {
        guard case .wait(_, let until) = verdict else { return nil }
        return until
    }
}

/// Climbs the ladder: restart with growing waits → a fresh container → the last good revision → quarantine with slow
/// tries. Pure: the same history gives the same answer.
///
/// - Causes in the surroundings (port, image, disk, mount) are tried slowly and never answered with a fresh container or
///   another revision, which would not help.
/// - What ends or fails its check while a service that it needs is in trouble is only restarted, with growing waits, and
///   does not climb.
/// - What a person stopped is left alone.
public enum HealingPlanner {
    /// - Parameter lastGood: the last good revision when it is not the one that runs.
    public static func decide(
        _ history: HealingHistory,
        policy: HealingPolicy,
        lastGood: Int?,
        now: TimeSpan
    ) -> HealingDecision {
        guard !history.isHeld, let trouble = history.trouble else {
            return HealingDecision(verdict: .leave, reason: "")
        }
        if trouble.isQuarantined {
            // Started by a person, or well again without help.
            guard history.wellSince == nil else { return HealingDecision(verdict: .leave, reason: "") }
            let wait = policy.quarantine.wait(after: trouble.quarantines)
            let due = later(trouble.lastAction ?? trouble.since, wait)
            return decision(
                .tryAgain,
                due,
                now,
                "it \(trouble.cause.clause); it is in quarantine and tried again slowly"
            )
        }
        guard let failingSince = history.failingSince else { return HealingDecision(verdict: .leave, reason: "") }
        let action = next(trouble, policy, lastGood)
        let due = later(max(failingSince, trouble.lastAction ?? failingSince), wait(for: history, trouble, policy, now))
        return decision(action, due, now, reason(action, trouble, history.isFlapping(now: now, policy: policy)))
    }

    private static func next(_ trouble: HealingHistory.Trouble, _ policy: HealingPolicy, _ lastGood: Int?)
        -> HealingAction
    {
        let quarantine = HealingAction.quarantine(stops: policy.quarantineStops)
        if trouble.isBlocked { return .restart }
        // After a try out of quarantine everything else has been done before.
        if trouble.quarantines > 0 { return quarantine }
        if trouble.cause.nature == .ofSurroundings {
            return trouble.patientTries < policy.patientTries ? .restart : quarantine
        }
        if trouble.restarts < policy.restarts { return .restart }
        if trouble.recreations < policy.recreations { return .recreate }
        if policy.rollsBack, !trouble.hasRolledBack, let lastGood { return .rollBack(lastGood) }
        return quarantine
    }

    /// How long after the failure, or the last action, the next one is due.
    private static func wait(
        for history: HealingHistory,
        _ trouble: HealingHistory.Trouble,
        _ policy: HealingPolicy,
        _ now: TimeSpan
    ) -> TimeSpan {
        if trouble.quarantines > 0 && !trouble.isBlocked { return TimeSpan(nanoseconds: 0) }
        let climbed = trouble.restarts + trouble.recreations + (trouble.hasRolledBack ? 1 : 0)
        let tries = trouble.isBlocked ? trouble.blockedRestarts : climbed
        let backoff =
            trouble.isBlocked
            ? policy.blockedBackoff.wait(after: tries) : policy.backoff.wait(after: tries + trouble.patientTries)
        if trouble.cause.nature == .ofSurroundings {
            return max(policy.patience.wait(after: trouble.patientTries + min(tries, 1) + 1), backoff)
        }
        if trouble.cause == .unhealthy && !history.wasWell {
            return max(policy.startPatience.wait(after: tries + 1), backoff)
        }
        return backoff
    }

    private static func decision(_ action: HealingAction, _ due: TimeSpan, _ now: TimeSpan, _ reason: String)
        -> HealingDecision
    {
        HealingDecision(verdict: due <= now ? .act(action) : .wait(action, until: due), reason: reason)
    }

    private static func later(_ time: TimeSpan, _ wait: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: time.nanoseconds + wait.nanoseconds)
    }

    private static func reason(_ action: HealingAction, _ trouble: HealingHistory.Trouble, _ flaps: Bool) -> String {
        let what = "it \(trouble.clause)" + (flaps ? ", again and again" : "")
        switch action {
        case .restart where trouble.cause.nature == .ofSurroundings: return "\(what); it is tried again with patience"
        case .restart:
            let count = trouble.isBlocked ? trouble.blockedRestarts : trouble.restarts
            return "\(what); it is restarted after a wait, \(count) times so far"
        case .recreate: return "\(what); \(trouble.restarts) restarts did not help, so its container is made anew"
        case .rollBack(let revision):
            return
                "\(what); neither restarts nor a fresh container helped, so revision \(revision), the last good, returns"
        case .quarantine(let stops):
            return "\(what); nothing helped, so it is \(stops ? "stopped" : "left as it is") and tried again slowly"
        case .tryAgain: return what
        }
    }
}
