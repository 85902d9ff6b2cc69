import HomieModel

/// Published ports of the host have one owner at a time, and a container's are fixed when it is created. So a stand-in of the
/// version that comes is started beside the old container, with ports of the engine's choosing; new connections are led to
/// it; the old one ends what it has and stops; what is to stay is started with the published ports; then nothing is led
/// elsewhere any more, and the stand-in goes. Whatever dies on the way, each of these states can be told from the containers
/// and from what is led where.
extension RolloutPlanner {
    /// Where new connections are to be led now.
    mutating func relay() {
        for instance in instances {
            guard let member = view.members[instance] else { continue }
            let all = [member.new].compactMap { $0 } + member.old
            let present = view.relays[instance].flatMap { id in all.first { $0.id == id && $0.state == .running } }
            if member.isBridged {
                if let home = member.home, plan.record.admitted.contains(home.id) { continue }
                if let new = member.new, new.state == .running, plan.record.admitted.contains(new.id) {
                    plan.relays[instance] = new.id
                    continue
                }
            } else if let new = member.new, plan.record.admitted.contains(new.id) {
                continue
            }
            // The stand-in of a version that was given up serves until somebody else does.
            if let present { plan.relays[instance] = present.id }
        }
    }

    /// A stand-in that connections are led to has been admitted, even if the note of it was lost.
    mutating func recallStandIns() {
        for (instance, member) in view.members {
            guard member.isBridged, let new = member.new, new.state == .running, view.relays[instance] == new.id,
                !plan.record.admitted.contains(new.id)
            else { continue }
            plan.record.admitted = (plan.record.admitted + [new.id]).sorted()
        }
    }

    /// Takes those for admitted that have the published ports and serve at them.
    mutating func bringHome() {
        for instance in instances {
            guard let member = view.members[instance], let home = provenHome(instance, member),
                !plan.record.admitted.contains(home.id)
            else { continue }
            plan.record.admitted = (plan.record.admitted + [home.id]).sorted()
        }
    }

    private func provenHome(_ instance: Instance, _ member: RolloutMember) -> ObservedContainer? {
        if member.isBridged { return stageOfHome(instance) == .proven ? member.home : nil }
        // Nobody else serves, and it has the ports: the note that it was admitted may have been lost.
        return plan.record.bridges == true && stages[instance] == .proven ? member.new : nil
    }

    /// How far what takes over from the stand-in is.
    func stageOfHome(_ instance: Instance) -> ReplicaStage {
        guard let member = view.members[instance], member.isBridged, let home = member.home else { return .absent }
        let standIn = member.new.map { [$0] } ?? []
        return stage(of: home, after: standIn + member.old)
    }

    /// What is to be done so that the published ports come home; nil while it is not their turn.
    func homeward(_ instance: Instance, _ member: RolloutMember, mayBegin: Bool) -> RolloutPlan.Move? {
        guard member.isBridged, let new = member.new, plan.record.admitted.contains(new.id), !isCanaryOnly,
            view.relays[instance] == new.id
        else { return nil }
        // Such as one of a version that was given up, which is stopping.
        if member.old.contains(where: { Self.isUp($0) && !$0.isStandIn }) {
            return .wait("waits until its ports are free")
        }
        switch stageOfHome(instance) {
        case .absent: return mayBegin ? .settle : .wait("a stand-in answers at its ports")
        case .idle:
            guard let home = member.home else { return nil }
            return mayBegin ? .start(home.id) : .wait("a stand-in answers at its ports")
        case .starting: return .wait("a stand-in answers at its ports until it does")
        case .proven, .admitted, .ended: return nil
        }
    }

    /// Whether a container is listened at on every port where another one is, as far as both publish it.
    func listens(_ container: ObservedContainer, as others: [ObservedContainer]) -> Bool {
        guard plan.record.bridges == true else { return true }
        // After a restart of the daemon nothing is believed that was not seen.
        guard view.portsSeenAt != nil else { return false }
        var needed: Set<PortKey> = []
        for port in view.published {
            for other in others where Self.isUp(other) {
                guard let listening = view.ports[other.id]?.listening else { continue }
                // What the host's port led to there; a stand-in has the same ports, and others of the host.
                let targets =
                    other.isStandIn
                    ? [port.key]
                    : (other.bindings ?? []).filter { $0.hostPort == port.hostPort && $0.transport == port.transport }
                        .map(\.key)
                if targets.contains(where: listening.contains) { needed.insert(port.key) }
            }
        }
        guard !needed.isEmpty else { return true }
        return view.ports[container.id].map { needed.isSubset(of: $0.listening) } ?? false
    }

    /// The connections that a container's published ports have; nil where nobody knows.
    func connections(of id: String) -> Int? {
        guard plan.record.bridges == true else { return 0 }
        let all = view.members.values.flatMap { $0.old + [$0.new].compactMap { $0 } }
        guard let container = all.first(where: { $0.id == id }), let use = view.ports[id] else { return nil }
        let targets = Set((container.bindings ?? []).map(\.key))
        return max(use.proxied, targets.reduce(0) { $0 + (use.connections[$1] ?? 0) })
    }

    /// Whether the ports were looked at since nothing that began before an uptime can be on its way any more.
    func areSeen(since time: TimeSpan) -> Bool {
        guard plan.record.bridges == true else { return true }
        return view.portsSeenAt.map { $0.nanoseconds - time.nanoseconds >= Self.settling.nanoseconds } ?? false
    }
}
