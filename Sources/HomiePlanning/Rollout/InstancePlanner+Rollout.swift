public import HomieModel

/// What the loop knows of a rollout beside the containers.
public struct RolloutSituation: Sendable, Hashable {
    public var record: RolloutRecord
    /// nil while no gateway answers.
    public var traffic: [String: ReplicaTraffic]?
    public var isSteered: Bool
    public var window: CanaryWindow?
    public var lock: String?
    public var now: Timestamp

    public init(
        record: RolloutRecord,
        traffic: [String: ReplicaTraffic]?,
        isSteered: Bool,
        window: CanaryWindow? = nil,
        lock: String? = nil,
        now: Timestamp
    ) {
        self.record = record
        self.traffic = traffic
        self.isSteered = isSteered
        self.window = window
        self.lock = lock
        self.now = now
    }
}

extension InstancePlanner {
    /// Asks the rollout planner, and turns its moves into chains of steps.
    mutating func lead(_ service: ServiceName, _ situation: RolloutSituation) {
        var members: [Instance: RolloutMember] = [:]
        for (instance, member) in survey.members where instance.service == service {
            members[instance] = RolloutMember(
                new: member.current,
                old: member.old,
                isBusy: history.busy.contains(.instance(instance)),
                isHeld: history.instances[instance]?.isHeld ?? false,
                trouble: trouble(of: instance)
            )
        }
        var planner = RolloutPlanner(
            record: situation.record,
            view: RolloutView(
                members: members,
                surplus: survey.surplus.filter { $0.service == service },
                hasHealthcheck: wanted.services[service]?.hasHealthcheck ?? false,
                traffic: situation.traffic,
                isSteered: situation.isSteered,
                window: situation.window,
                drainingSince: history.draining,
                lock: situation.lock,
                now: situation.now,
                uptime: now
            )
        )
        let rollout = planner.look()
        plan.rollouts[service] = rollout
        if let due = rollout.wake { wake(at: due) }
        for instance in members.keys.sorted() { follow(rollout, instance, members[instance] ?? RolloutMember()) }
        let all = members.values.flatMap(\.old) + survey.surplus
        for id in rollout.departures {
            guard let container = all.first(where: { $0.id == id }), isFree(.departure(id)) else { continue }
            let reason = "its version was given up"
            add(Chain(key: .departure(id), reason: reason, steps: Self.removal(of: container)))
        }
    }

    /// A failure that trying again will not mend.
    private func trouble(of instance: Instance) -> String? {
        guard let failure = history.failures[.instance(instance)], failure.isPermanent || failure.count >= 3 else {
            return nil
        }
        return failure.reason
    }

    private mutating func follow(_ rollout: RolloutPlan, _ instance: Instance, _ member: RolloutMember) {
        let key = WorkKey.instance(instance)
        let serving = member.new.map { rollout.record.admitted.contains($0.id) } == true ? member.new : member.old.first
        let shown = (serving ?? member.new)?.id
        guard !member.isBusy else { return show(instance, Disposition(.working, container: shown)) }
        switch rollout.moves[instance] {
        case .begin?: begin(instance, member)
        case .start(let id)?:
            switch survey.gateForFirstStart(of: instance.service) {
            case .waiting(let why): wait(instance, why, shown)
            case .failed(let why): show(instance, Disposition(.failed, why, isFailure: true, container: shown))
            case .open:
                let chain = Chain(key: key, reason: "it starts beside the old one", steps: [.start(.existing(id))])
                emit(instance, chain, shown)
            }
        case .revive(let id)?:
            let due = (history.instances[instance] ?? InstanceHistory()).restartDue
            guard due <= now else {
                wake(at: due)
                return wait(instance, "ended, and is started again after a wait", shown)
            }
            let ending = member.old.first { $0.id == id }.map(RestartDecision.ending) ?? "ended"
            let steps: [Step] = [.start(.existing(id))]
            emit(instance, Chain(key: key, reason: ending, steps: steps, isRestart: true), shown)
        case .retire(let ids)?:
            emit(instance, Chain(key: key, reason: "the new version serves", steps: ids.map(Step.stop)), shown)
        case .wait(let why)?: show(instance, Disposition(.working, why, container: shown))
        case nil: settle(instance, serving, rollout)
        }
    }

    private mutating func begin(_ instance: Instance, _ member: RolloutMember) {
        let shown = member.old.first?.id
        guard history.resourcesReady else {
            let reason = history.failures[.resources]?.reason ?? "waits for networks and volumes"
            return wait(instance, reason, shown)
        }
        guard let namespaces = survey.namespaces(of: instance.service) else {
            return wait(instance, "waits for the container whose namespace it shares", shown)
        }
        let name = wanted.containerName(of: instance)
        let isTaken = survey.names.contains(name)
        let creation = Creation(
            instance: instance,
            name: isTaken ? temporaryName(for: name, replacing: member.old) : name,
            replaces: member.old.first?.id,
            namespaces: namespaces
        )
        var steps: [Step] = [.create(creation)]
        if survey.gateForFirstStart(of: instance.service) == .open { steps.append(.start(.created)) }
        let reason = member.old.isEmpty ? "it is not there" : "a new version starts beside the old one"
        emit(instance, Chain(key: .instance(instance), reason: reason, steps: steps), shown)
    }

    /// A replica for which there is nothing to do: as it is, or as the rollout left it.
    private mutating func settle(_ instance: Instance, _ container: ObservedContainer?, _ rollout: RolloutPlan) {
        guard let container else { return wait(instance, "waits for its turn", nil) }
        guard container.state == .running else {
            let words = rollout.record.cause ?? "it does not run"
            return show(instance, Disposition(.failed, words, container: container.id))
        }
        let phase: ServiceStatus.Phase =
            switch container.health {
            case .none: wanted.services[instance.service]?.hasHealthcheck == true ? .starting : .running
            case .starting: .starting
            case .healthy: .healthy
            case .unhealthy: .unhealthy
            }
        show(instance, Disposition(phase, container: container.id))
    }
}
