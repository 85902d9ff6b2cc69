import HomieModel
import HomiePlanning
import Testing

/// Weeks of seeded faults on a clock of their own.
@Suite struct HealingSimulationTests {
    @Test func `10,000 seeded histories of a week converge, never faster than their back-off`() {
        var tally: [String: Int] = [:]
        for seed in 0..<10_000 as Range<UInt64> {
            var patient = Patient(seed: seed)
            patient.live(until: .seconds(7 * 86_400))
            #expect(patient.violations.isEmpty, "seed \(seed): \(patient.violations.prefix(3))")
            tally[patient.ending, default: 0] += 1
        }
        // The faults are varied enough to end in each way.
        #expect(tally["well"] ?? 0 > 1000)
        #expect(tally["quarantined"] ?? 0 > 500)
        #expect(tally["held"] ?? 0 > 200)
        #expect(tally["blocked"] ?? 0 > 50)
        #expect(tally["underway"] ?? 0 < 200)
        #expect(tally["lost"] == nil)
    }
}

/// One replica with faults that some action, or only time, mends.
private struct Patient {
    enum Cure { case nothing, restart, recreation, rollback, time }

    private var random: SeededGenerator
    private let policy: HealingPolicy
    private let lastGood: Int?
    private var history = HealingHistory()
    private var now = TimeSpan.seconds(0)
    private var cause = FaultCause.unhealthy
    private var cure = Cure.restart
    /// The fault is there until then by itself.
    private var faultEnds = TimeSpan.seconds(0)
    private var isFaulty = false
    private var isStopped = false
    private var isHeld = false
    /// Its fault is that a service it needs is down.
    private var isBlocked = false
    private var actions: [(action: HealingAction, at: TimeSpan)] = []
    /// Actions since it last ran well for long, and of them those before quarantine.
    private var inTrouble = 0
    private var wellSince: TimeSpan?
    private(set) var violations: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        var policy = HealingPolicy()
        policy.restarts = Int.random(in: 0...6, using: &random)
        policy.recreations = Int.random(in: 0...3, using: &random)
        policy.rollsBack = random.chance(70)
        policy.quarantineStops = random.chance(70)
        self.policy = policy
        lastGood = random.chance(60) ? 4 : nil
    }

    var ending: String {
        if isHeld { return "held" }
        if !isFaulty && !isStopped { return "well" }
        if isBlocked { return "blocked" }
        guard let trouble = history.trouble else { return "lost" }
        return trouble.quarantines > 0 ? "quarantined" : "underway"
    }

    mutating func live(until end: TimeSpan) {
        wellSince = now
        var nextFault = now.after(Double.random(in: 0...100_000, using: &random))
        var turns = 0
        while now < end {
            turns += 1
            if turns > 5000 {
                violations.append("it does not come to rest")
                return
            }
            history.settle(now: now, policy: policy)
            let decision = HealingPlanner.decide(history, policy: policy, lastGood: lastGood, now: now)
            var next = end
            switch decision.verdict {
            case .act(let action):
                take(action)
                continue
            case .wait(_, let until):
                if until <= now { violations.append("it waits for the past") }
                if until.nanoseconds - now.nanoseconds > policy.quarantine.ceiling.nanoseconds {
                    violations.append("it waits too long")
                }
                next = min(next, until)
            case .leave:
                if (isFaulty || isStopped) && !isHeld { violations.append("a fault is left alone at \(now.seconds)") }
            }
            if !isFaulty && !isHeld && !isStopped { next = min(next, nextFault) }
            if isFaulty && faultEnds > now { next = min(next, faultEnds) }
            now = max(now, next)
            if isFaulty && now >= faultEnds { mend() }
            if !isFaulty && !isHeld && !isStopped && now >= nextFault && now < end {
                breakDown()
                nextFault = now.after(Double.random(in: 1...(random.chance(30) ? 900 : 200_000), using: &random))
            }
        }
    }

    private mutating func breakDown() {
        if let wellSince, now.nanoseconds - wellSince.nanoseconds > 3 * 3600 * 1_000_000_000 { inTrouble = 0 }
        wellSince = nil
        isFaulty = true
        cause =
            [.crashed(exitCode: 1), .unhealthy, .outOfMemory, .diskFull, .portTaken(nil), .imageMissing]
            .randomElement(using: &random) ?? .unhealthy
        let usual: [Cure] = [.restart, .restart, .restart, .recreation, .rollback, .time]
        cure = random.chance(3) ? .nothing : usual.randomElement(using: &random) ?? .restart
        // Most faults have a cure within reach.
        let isOutOfReach =
            cause.nature == .ofSurroundings || cure == .recreation && policy.recreations == 0
            || cure == .rollback && (lastGood == nil || !policy.rollsBack)
        if cure != .nothing && isOutOfReach && random.chance(95) { cure = .time }
        faultEnds = cure == .time ? now.after(Double.random(in: 1...200_000, using: &random)) : .seconds(1e9)
        isBlocked = cure == .time && cause.mayLieInAnother
        if random.chance(1) {
            isHeld = true
            history.note(.heldByHand, now: now, policy: policy)
        } else {
            history.note(.failed(cause), now: now, policy: policy)
            if isBlocked { history.setBlocker(try? ServiceName(parsing: "db")) }
        }
    }

    private mutating func mend() {
        isFaulty = false
        isBlocked = false
        history.setBlocker(nil)
        // What ended stays ended until it is started; what only was unhealthy is well again.
        if cause == .unhealthy && !isStopped && !isHeld {
            wellSince = now
            history.note(.well, now: now, policy: policy)
        } else if !isHeld {
            isStopped = true
        }
    }

    private mutating func take(_ action: HealingAction) {
        check(action)
        actions.append((action, now))
        inTrouble += 1
        history.note(.acted(action), now: now, policy: policy)
        if case .quarantine(let stops) = action {
            isStopped = isStopped || stops
            return
        }
        switch (cure, action) {
        case (.restart, _), (.recreation, .recreate), (.rollback, .rollBack): isFaulty = false
        // A cure that policy or cause keeps out of reach.
        default: break
        }
        isStopped = false
        now = now.after(Double.random(in: 0.1...5, using: &random))
        if isFaulty && now < faultEnds {
            isStopped = cause != .unhealthy
            history.note(.failed(cause), now: now, policy: policy)
        } else {
            isFaulty = false
            isBlocked = false
            wellSince = now
            history.note(.well, now: now, policy: policy)
            history.setBlocker(nil)
        }
    }

    /// The waits worked out apart from the planner: the n-th action of a trouble comes at least 0.1·2ⁿ⁻² s after the one
    /// before it, up to a minute (ten while a service it needs is down); a try out of quarantine at least two minutes after it.
    private mutating func check(_ action: HealingAction) {
        if isHeld { violations.append("acted although a person stopped it") }
        if case .rollBack(let revision) = action {
            if !policy.rollsBack || revision != lastGood { violations.append("rolled back against policy") }
            if cause.nature == .ofSurroundings { violations.append("rolled back for \(cause)") }
        }
        if action == .recreate, cause.nature == .ofSurroundings { violations.append("made anew for \(cause)") }
        if isBlocked, action != .restart, action != .tryAgain, history.trouble?.quarantines == 0 {
            violations.append("\(action) although only what it needs is down")
        }
        guard let last = actions.last else { return }
        let gap = now.seconds - last.at.seconds
        if case .quarantine = last.action {
            if action != .tryAgain && history.trouble?.quarantines ?? 0 > 0 {
                violations.append("\(action) in quarantine")
            }
            if gap < 120 - 1e-6 && action == .tryAgain { violations.append("tried again after \(gap) s") }
            return
        }
        let climbed = history.trouble.map { $0.restarts + $0.recreations + ($0.hasRolledBack ? 1 : 0) } ?? 0
        let tries = isBlocked ? history.trouble?.blockedRestarts ?? 0 : climbed
        // Back into quarantine it goes at once.
        let isBack = action != .restart && history.trouble?.quarantines ?? 0 > 0
        if last.action != .tryAgain, !isBack, tries > 1, history.trouble?.patientTries == 0 {
            var least = 0.1
            for _ in 1..<tries { least = min(least * 2, isBlocked ? 600 : 60) }
            if gap < least - 1e-6 { violations.append("\(action) \(gap) s after \(last.action), not \(least)") }
        }
        if cause.nature == .ofSurroundings, action == .restart, gap < 5 - 1e-6 {
            violations.append("hammered: \(gap) s")
        }
        // In any hour of one trouble there are few actions.
        let hour = actions.count { now.seconds - $0.at.seconds < 3600 }
        if hour > 60 { violations.append("\(hour) actions within an hour") }
    }
}
