public import HomieModel

/// Judges whether a system that was started works as well as the one before it (pure; the caller looks, waits and
/// marks).
///
/// Good is a boot on which the supervisor is up and every service that worked before works again, all of it for the
/// length of the stability window. What did not work before does not count: a dead disk is not the new system's
/// fault. Nor does what its owner took away or stopped between the note and the restart.
public struct BootJudge: Sendable, Hashable {
    public struct Limits: Sendable, Hashable, Codable {
        /// How long everything has to work.
        public var stability: TimeSpan
        /// When, after the start of the kernel, there has to be a verdict; a judge that begins so late that no window
        /// fits in has one window.
        public var deadline: TimeSpan

        public init(stability: TimeSpan = .seconds(60), deadline: TimeSpan = .seconds(300)) {
            self.stability = stability
            self.deadline = deadline
        }
    }

    /// nil: nothing is known of before (a first boot); then only the supervisor counts.
    private let baseline: BootBaseline?
    private let limits: Limits
    /// The uptime of the first look.
    private var begunAt: TimeSpan?
    /// The uptime since which everything has worked.
    private var stableSince: TimeSpan?
    /// What was the matter when something last was.
    private var lastTroubles: [BootTrouble] = []
    /// Of the supervisor, as far as they were seen.
    private var restarts: Int?
    private var starts: [ServiceKey: Timestamp] = [:]
    /// What has fallen over after it had worked.
    private var relapses: [ServiceKey: Int] = [:]

    public init(baseline: BootBaseline?, limits: Limits = Limits()) {
        self.baseline = baseline
        self.limits = limits
    }

    /// Takes in what the system shows now, and says what follows from everything seen so far.
    public mutating func judge(_ evidence: BootEvidence) -> BootVerdict {
        let troubles = troubles(in: evidence)
        let deadline = max(limits.deadline, firstLook(evidence.uptime) + limits.stability)
        if troubles.isEmpty {
            let since = stableSince ?? evidence.uptime
            stableSince = since
            let end = since + limits.stability
            if evidence.uptime >= end { return .good }
            guard evidence.uptime >= deadline else { return .wait(.stability(until: end)) }
            return .bad(BootFailure(troubles: [.late(since: since)] + lastTroubles, after: evidence.uptime))
        }
        stableSince = nil
        lastTroubles = troubles
        guard evidence.uptime >= deadline else { return .wait(.services(troubles)) }
        return .bad(BootFailure(troubles: troubles, after: evidence.uptime))
    }

    /// On a machine that starts slowly the judge comes late: that alone must not condemn the system.
    private mutating func firstLook(_ uptime: TimeSpan) -> TimeSpan {
        let first = begunAt ?? uptime
        begunAt = first
        return first
    }

    private mutating func troubles(in evidence: BootEvidence) -> [BootTrouble] {
        if case .down(let how) = evidence.supervisor { return [.supervisor(how)] }
        var troubles: [BootTrouble] = []
        if let count = noteRestarts(evidence.restarts) {
            let times = count == 1 ? "once" : "\(count) times"
            troubles.append(.supervisor("fell over, or did not feed its watchdog, and was restarted \(times)"))
        }
        for key in (baseline?.working ?? []).sorted() {
            guard let service = evidence.services[key] else {
                if !wasRemoved(key.stack, evidence) { troubles.append(.missing(key)) }
                continue
            }
            let restarted = noteStart(of: key, service)
            // Somebody stopped it by hand, or wants no replica of it: that is no system's doing.
            if service.phase == .stopped { continue }
            if !BootEvidence.works(service.phase) {
                troubles.append(.service(key, service.phase, service.reason))
            } else if restarted {
                relapses[key, default: 0] += 1
                troubles.append(.restarts(key, relapses[key] ?? 1))
            }
        }
        return troubles
    }

    /// Whether somebody has taken the stack away since. A supervisor that knows of no stack at all has lost them.
    private func wasRemoved(_ stack: StackName, _ evidence: BootEvidence) -> Bool {
        !evidence.services.isEmpty && !evidence.services.keys.contains { $0.stack == stack }
    }

    /// How often the supervisor was restarted so far, when that grew within a window in which everything worked.
    private mutating func noteRestarts(_ count: Int?) -> Int? {
        guard let count else { return nil }
        defer { restarts = count }
        guard stableSince != nil, let before = restarts, before < count else { return nil }
        return count
    }

    /// Whether the service was started anew since it was last looked at, within a window in which everything worked.
    private mutating func noteStart(of key: ServiceKey, _ service: BootEvidence.Service) -> Bool {
        guard let start = service.startedAt else { return false }
        defer { starts[key] = start }
        guard stableSince != nil, service.phase != .completed, let before = starts[key] else { return false }
        return before < start
    }
}

extension TimeSpan {
    fileprivate static func + (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
}
