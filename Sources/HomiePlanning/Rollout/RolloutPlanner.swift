public import HomieModel

/// Leads one service from one version to the next: what is recorded and what is seen now → what to do now (pure;
/// level-triggered, so that a look after a kill goes on where the containers are).
public struct RolloutPlanner {
    let before: RolloutRecord
    let view: RolloutView
    var plan: RolloutPlan
    private(set) var stages: [Instance: ReplicaStage] = [:]
    /// Replicas that failed, and may: the update goes on without them, and healing looks after them.
    private var excused: Set<Instance> = []

    /// Between telling the gateway and believing that nothing is on its way to a container any more.
    static let settling = TimeSpan.milliseconds(100)
    /// A replica whose readiness nobody can check is taken for ready after running this long.
    static let quietStart = TimeSpan.seconds(2)
    /// After so many holds a canary with too few requests is judged by its health alone.
    static let patience = 5

    public init(record: RolloutRecord, view: RolloutView) {
        before = record
        self.view = view
        plan = RolloutPlan(record: record)
    }

    public mutating func look() -> RolloutPlan {
        if plan.record.state.isOpen { recallStandIns() }
        survey()
        if plan.record.state == .held, view.lock == nil {
            plan.record.state = .progressing
            plan.record.pauseReason = nil
        }
        guard plan.record.state.isOpen, plan.record.state != .held else {
            share()
            reviveOld()
            return plan
        }
        if let cause = failure() {
            fail(cause)
            reviveOld()
            return plan
        }
        if plan.record.strategy == .canary, !plan.record.isPromoted, !plan.record.isRollback { leadCanary() }
        if plan.record.state == .failed { return plan }
        admit()
        bringHome()
        share()
        move()
        reviveOld()
        conclude()
        return plan
    }

    // MARK: what there is

    /// Those of the way back on the way back.
    var settings: UpdateSettings {
        var settings = plan.record.settings
        guard plan.record.isRollback else { return settings }
        let back = settings.rollback ?? RollbackSettings()
        settings.batch = back.batch
        settings.pause = back.pause
        settings.order = back.order
        settings.monitor = back.monitor
        settings.onFailure = back.pausesOnFailure ? .pause : .proceed
        settings.maximumFailureShare = back.maximumFailureShare
        return settings
    }

    var instances: [Instance] { view.members.keys.sorted() }

    private mutating func survey() {
        for (instance, member) in view.members { stages[instance] = stage(of: member, instance) }
    }

    private func stage(of member: RolloutMember, _ instance: Instance) -> ReplicaStage {
        member.new.map { stage(of: $0, after: member.old) } ?? .absent
    }

    func stage(of new: ObservedContainer, after old: [ObservedContainer]) -> ReplicaStage {
        let isAdmitted = plan.record.admitted.contains(new.id)
        switch new.state {
        case .created: return .idle
        case .exited, .dead:
            return hasEndedMeanwhile(new) ? .ended(RestartDecision.ending(of: new)) : .idle
        case .paused, .restarting, .removing: return .starting
        case .running: break
        }
        switch new.health {
        case .unhealthy: return .ended("is unhealthy: its health check fails")
        case .starting: return .starting
        case .healthy: break
        case .none:
            if view.hasHealthcheck { return .starting }
            if !view.isSteered, !hasRun(new, for: Self.quietStart) { return .starting }
        }
        if isAdmitted { return .admitted }
        guard listens(new, as: old) else { return .starting }
        guard view.isSteered else { return .proven }
        return view.traffic?[new.id]?.isProven == true ? .proven : .starting
    }

    /// Whether it ended since the rollout began. The clock may have been set meanwhile: it is only asked for what was so
    /// when this process began to look.
    private func hasEndedMeanwhile(_ container: ObservedContainer) -> Bool {
        switch view.runs[container.id] {
        case .ended(_, let end): return end > view.since
        case .idle(_, let seen) where seen < view.since: return false
        case .idle, .running, nil:
            guard container.startedAt != nil, let end = container.finishedAt else { return false }
            return end >= before.startedAt
        }
    }

    func hasRun(_ container: ObservedContainer, for span: TimeSpan) -> Bool {
        if case .running(_, let since) = view.runs[container.id] {
            return view.uptime.nanoseconds - since.nanoseconds >= span.nanoseconds
        }
        return container.startedAt.map { view.now - $0 >= span } ?? false
    }

    /// The uptime since which it was seen to run, this rollout being known.
    private func runningSince(_ container: ObservedContainer) -> TimeSpan {
        guard case .running(_, let since) = view.runs[container.id] else { return view.uptime }
        return max(since, view.since)
    }

    /// Why the new version is not good; nil as long as it may be.
    private mutating func failure() -> String? {
        let all = instances
        // One of one that fails is all that there is.
        let mayFail = min(Int((settings.maximumFailureShare ?? 0) * Double(all.count)), all.count - 1)
        for instance in all {
            guard let cause = failure(of: instance) else { continue }
            guard excused.count < mayFail, !isCanaryOnly else { return cause }
            excused.insert(instance)
        }
        return nil
    }

    private mutating func failure(of instance: Instance) -> String? {
        guard let member = view.members[instance], let stage = stages[instance] else { return nil }
        if let trouble = member.trouble { return "\(name(instance)): \(trouble)" }
        if let cause = failure(of: instance, member.new, stage) { return cause }
        return member.home == nil ? nil : failure(of: instance, member.home, stageOfHome(instance))
    }

    private mutating func failure(
        of instance: Instance,
        _ container: ObservedContainer?,
        _ stage: ReplicaStage
    ) -> String? {
        switch stage {
        case .ended(let how): return "\(name(instance)) \(how)"
        case .starting:
            guard let new = container, new.startedAt != nil, new.state == .running,
                !plan.record.isPaused, !plan.record.admitted.contains(new.id)
            else { return nil }
            // One that ran before this rollout began has its time from then on.
            let left = runningSince(new).nanoseconds + settings.readyWithin.nanoseconds - view.uptime.nanoseconds
            if left <= 0 {
                return "\(name(instance)) was not ready within \(Self.seconds(settings.readyWithin))"
            }
            wake(in: TimeSpan(nanoseconds: left))
            return nil
        case .absent, .idle, .proven, .admitted: return nil
        }
    }

    /// Has its requests, or is done without.
    private func isSettled(_ instance: Instance) -> Bool {
        stages[instance] == .admitted || excused.contains(instance)
    }

    private func name(_ instance: Instance) -> String {
        view.members.count > 1 ? "the new '\(instance)'" : "the new '\(instance.service)'"
    }

    static func seconds(_ span: TimeSpan) -> String {
        let whole = span.nanoseconds / 1_000_000_000
        return "\(whole) second\(whole == 1 ? "" : "s")"
    }

    mutating func fail(_ cause: String) {
        plan.failure = cause
        plan.record.cause = cause
        switch settings.onFailure {
        case .pause where !plan.record.isPaused:
            plan.record.isPaused = true
            plan.record.pauseReason = cause
        case .pause: plan.failure = nil
        case .rollback, .proceed:
            plan.record.state = .failed
            plan.record.endedAt = view.now
        }
        share()
    }

    mutating func wake(in span: TimeSpan) {
        let due = TimeSpan(nanoseconds: view.uptime.nanoseconds + max(1_000_000, span.nanoseconds))
        plan.wake = plan.wake.map { min($0, due) } ?? due
    }

    // MARK: which replicas are on their way

    /// The replicas whose turn it is or was.
    func turn() -> [Instance] {
        let all = instances
        if isCanaryOnly { return Array(all.prefix(canaryCount)) }
        let size = batchSize
        guard size < all.count else { return all }
        return Array(all.prefix(min(all.count, (plan.record.batches + 1) * size)))
    }

    var batchSize: Int {
        guard isInBatches, settings.batch > 0 else { return max(1, instances.count) }
        return settings.batch
    }

    private var isInBatches: Bool { plan.record.strategy == .rolling || plan.record.isRollback }

    var isCanaryOnly: Bool {
        plan.record.strategy == .canary && !plan.record.isPromoted && !plan.record.isRollback
    }

    /// New replicas that make up the canary.
    var canaryCount: Int {
        let share = settings.canary.steps.first ?? 5
        return max(1, (instances.count * share + 99) / 100)
    }

    /// Whether a replica's old container leaves before the new one comes; not where it is the only one that serves.
    func isStopFirst(_ instance: Instance) -> Bool {
        guard isInBatches, settings.order == .stopFirst else { return false }
        let discarded = Set(plan.record.discarded)
        return instances.contains { other in
            guard other != instance else { return false }
            return stages[other] == .admitted || runningOld(other).contains { !discarded.contains($0.id) }
        }
    }

    /// What is left of the time between two batches; nil when it does not run.
    var restBetweenBatches: TimeSpan? {
        guard let ended = plan.record.batchEndedAt else { return nil }
        let left = rest(of: settings.pause, view.elapsed(since: ended))
        return left.nanoseconds > 0 ? left : nil
    }

    // MARK: the switch

    /// Gives the replicas of the present batch their requests, all at the same time.
    private mutating func admit() {
        guard !plan.record.isPaused, !isCanaryOnly else { return }
        let size = batchSize
        let all = instances
        let start = isInBatches ? min(all.count, plan.record.batches * size) : 0
        let batch = Array(all[start..<min(all.count, start + size)])
        guard !batch.isEmpty else { return }
        let areReady = batch.allSatisfy { stages[$0] == .proven || isSettled($0) }
        if areReady {
            for instance in batch where stages[instance] == .proven || excused.contains(instance) {
                guard let id = view.members[instance]?.new?.id else { continue }
                if !plan.record.admitted.contains(id) { plan.record.admitted = (plan.record.admitted + [id]).sorted() }
                if stages[instance] == .proven { stages[instance] = .admitted }
            }
        }
        let isDone = batch.allSatisfy { instance in
            isSettled(instance) && runningOld(instance).isEmpty
        }
        if isDone {
            plan.record.batches += 1
            plan.record.batchEndedAt = view.now
            if plan.record.batches * size < all.count { wake(in: settings.pause) }
        }
        if plan.record.switchedAt == nil, all.allSatisfy(isSettled) {
            plan.record.switchedAt = view.now
        }
    }

    func runningOld(_ instance: Instance) -> [ObservedContainer] {
        (view.members[instance]?.old ?? []).filter { Self.isUp($0) }
    }

    static func isUp(_ container: ObservedContainer) -> Bool {
        [.running, .paused, .restarting].contains(container.state)
    }

    // MARK: the end

    /// No stand-in is there any more.
    private func isHome(_ instance: Instance) -> Bool {
        guard let member = view.members[instance] else { return true }
        return !member.isBridged && view.relays[instance] == nil && !member.old.contains(where: \.isStandIn)
    }

    private var isSomethingDiscarded: Bool {
        let present = Set(view.members.values.flatMap(\.old).map(\.id))
        return plan.record.discarded.contains { present.contains($0) }
    }

    /// The new version serves alone: it is watched for a while, then the rollout is done.
    private mutating func conclude() {
        guard !isCanaryOnly, instances.allSatisfy(isSettled), let switched = plan.record.switchedAt,
            instances.allSatisfy({ runningOld($0).isEmpty && view.members[$0]?.isBusy == false }),
            view.surplus.isEmpty, !isSomethingDiscarded, instances.allSatisfy(isHome)
        else { return }
        plan.record.state = .monitoring
        let watch = settings.monitor
        let left = rest(of: watch, view.elapsed(since: switched))
        guard left.nanoseconds <= 0 else {
            wake(in: left)
            return
        }
        plan.record.state = .succeeded
        plan.record.endedAt = view.now
        guard plan.record.strategy != .rolling, !plan.record.isRollback else { return }
        let replaced = Set(plan.record.replaced)
        plan.record.kept = instances.flatMap { view.members[$0]?.old ?? [] }
            .filter { replaced.contains($0.id) && $0.state == .exited && !$0.isStandIn }.map(\.id).sorted()
    }
}

/// How far the new container of a replica is.
enum ReplicaStage: Sendable, Hashable {
    case absent
    /// There, and not started yet.
    case idle
    case starting
    /// It can serve.
    case proven
    /// It serves.
    case admitted
    /// It does not run, or not well: one clause.
    case ended(String)
}
