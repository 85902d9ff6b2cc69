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
        for (instance, found) in survey.members where instance.service == service {
            var member = self.member(of: found, situation.record)
            member.isBusy = history.busy.contains(.instance(instance))
            member.isHeld = history.instances[instance]?.isHeld ?? false
            member.trouble = trouble(of: instance)
            members[instance] = member
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
                published: (wanted.services[service]?.definition.ports ?? []).filter { $0.hostPort != nil },
                relays: history.relays,
                areRelaysRecalled: history.areRelaysRecalled,
                ports: history.ports,
                portsSeenAt: history.portsSeenAt,
                ledAt: history.ledAt,
                runs: history.runs,
                since: history.rollouts[service]?.since ?? now,
                turns: history.rollouts[service]?.turns ?? [:],
                lock: situation.lock,
                now: situation.now,
                uptime: now
            )
        )
        let rollout = planner.look()
        plan.rollouts[service] = rollout
        plan.relays.merge(rollout.relays) { _, new in new }
        if let due = rollout.wake { wake(at: due) }
        for instance in members.keys.sorted() { follow(rollout, instance, members[instance] ?? RolloutMember()) }
        let all = members.values.flatMap(\.old) + survey.surplus
        for id in rollout.departures {
            guard let container = all.first(where: { $0.id == id }), isFree(.departure(id)) else { continue }
            let reason = "its version was given up"
            add(Chain(key: .departure(id), reason: reason, steps: Self.removal(of: container)))
        }
    }

    /// What is at hand for a replica, sorted by what the rollout makes of it.
    private func member(of found: Survey.Member, _ record: RolloutRecord) -> RolloutMember {
        let standIn = found.standIns.first { survey.isWanted($0, forced: history.forced) }
        let others = found.standIns.filter { $0.id != standIn?.id }
        func isUp(_ container: ObservedContainer) -> Bool { RolloutPlanner.isUp(container) }
        let isHome = found.current.map { record.admitted.contains($0.id) } ?? false
        let hasStandIn = standIn.map { isUp($0) || $0.state == .created } ?? false
        // Where nobody serves there is nobody to stand in for.
        guard record.bridges == true, !isHome, hasStandIn || (found.old + others).contains(where: isUp) else {
            return RolloutMember(new: found.current, old: found.old + found.standIns)
        }
        return RolloutMember(new: standIn, old: found.old + others, home: found.current, isBridged: true)
    }

    /// A failure that trying again will not mend.
    private func trouble(of instance: Instance) -> String? {
        guard let failure = history.failures[.instance(instance)], failure.isLasting else {
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
        case .begin?: begin(instance, member, isStandIn: member.isBridged)
        case .settle?: begin(instance, member, isStandIn: false)
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
            var chain = Chain(key: key, reason: "the new version serves", steps: ids.map(Step.stop))
            chain.notice = notice(of: ids.reduce(0) { $0 + (rollout.cut[$1] ?? 0) }, rollout.record)
            emit(instance, chain, shown)
        case .wait(let why)?: show(instance, Disposition(.working, why, container: shown))
        case nil: settle(instance, serving, rollout)
        }
    }

    private func notice(of connections: Int, _ record: RolloutRecord) -> String? {
        guard connections > 0 else { return nil }
        let which = connections == 1 ? "1 connection" : "\(connections) connections"
        let time = RolloutPlanner.seconds(record.settings.drain)
        return "\(which) to the old version of '\(record.service)' did not end within \(time), and end with it"
    }

    private mutating func begin(_ instance: Instance, _ member: RolloutMember, isStandIn: Bool) {
        // What it takes the place of: anonymous volumes are carried over from there.
        let old = member.old.first { !$0.isStandIn } ?? member.old.first ?? (isStandIn ? nil : member.new)
        let shown = old?.id
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
            name: isStandIn ? standInName(for: name) : isTaken ? temporaryName(for: name, replacing: member.old) : name,
            replaces: old?.id,
            namespaces: namespaces,
            isStandIn: isStandIn
        )
        var steps: [Step] = [.create(creation)]
        if survey.gateForFirstStart(of: instance.service) == .open { steps.append(.start(.created)) }
        let reason =
            isStandIn
            ? "the new version stands in at its published ports while they change hands"
            : member.isBridged
                ? "the new version takes over its published ports"
                : old == nil ? "it is not there" : "a new version starts beside the old one"
        emit(instance, Chain(key: .instance(instance), reason: reason, steps: steps), shown)
    }

    private func standInName(for name: String) -> String {
        let proper = "stand-in_\(wanted.revision)_\(name)"
        guard survey.names.contains(proper) else { return proper }
        return (2...99).lazy.map { "\(proper)_\($0)" }.first { !survey.names.contains($0) } ?? proper
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
