import HomieModel

extension RolloutPlanner {
    /// Who gets how much.
    mutating func share() {
        relay()
        let areAllAdmitted = plan.record.switchedAt != nil
        let canary = isCanaryOnly && plan.record.stepStartedAt != nil && plan.record.state != .failed
        let (newWeight, oldWeight) = canary ? canaryWeights() : (100, 100)
        let discarded = Set(plan.record.discarded)
        let admitted = Set(plan.record.admitted)
        for instance in instances {
            guard let member = view.members[instance] else { continue }
            let isTaken = member.new.map { admitted.contains($0.id) } ?? false
            if let new = member.new {
                if isTaken {
                    plan.shares[new.id] = .weight(100)
                } else if canary, stages[instance] == .proven || stages[instance] == .admitted {
                    plan.shares[new.id] = .weight(newWeight)
                } else {
                    plan.shares[new.id] = .trial
                }
            }
            let goesFirst = isStopFirst(instance) && isWaitingToStop(instance)
            if let home = member.home { plan.shares[home.id] = admitted.contains(home.id) ? .weight(100) : .trial }
            for old in member.old {
                let isLeft = isTaken || member.home.map { admitted.contains($0.id) } == true
                let goes = isLeft || goesFirst || discarded.contains(old.id)
                plan.shares[old.id] =
                    goes && plan.record.state != .failed || discarded.contains(old.id)
                    ? .draining : .weight(oldWeight)
            }
        }
        for container in view.surplus {
            plan.shares[container.id] =
                areAllAdmitted || discarded.contains(container.id) ? .draining : .weight(oldWeight)
        }
        // A rollout that failed after the switch goes on as it is until the way back begins.
        if plan.record.state == .failed {
            for instance in instances where view.members[instance]?.new.map({ admitted.contains($0.id) }) == true {
                for old in view.members[instance]?.old ?? [] { plan.shares[old.id] = .weight(100) }
            }
        }
    }

    /// With `stop-first` the old replicas of the present batch leave before the new ones come.
    private func isWaitingToStop(_ instance: Instance) -> Bool {
        guard !plan.record.isPaused || view.members[instance]?.new != nil, restBetweenBatches == nil else {
            return false
        }
        return turn().contains(instance)
    }

    /// Weights for the canary's present share, at most 256 each.
    private func canaryWeights() -> (new: Int, old: Int) {
        let step = min(plan.record.step, settings.canary.steps.count - 1)
        let share = max(1, settings.canary.steps.isEmpty ? 100 : settings.canary.steps[step])
        let news = max(1, turn().count)
        let olds = max(1, instances.flatMap { runningOld($0) }.count + view.surplus.count)
        // new·news / (new·news + old·olds) = share/100
        let new = Double(share * olds)
        let old = Double((100 - share) * news)
        let scale = 256 / max(new, old, 1)
        return (max(1, Int((new * scale).rounded())), share == 100 ? 0 : max(1, Int((old * scale).rounded())))
    }

    /// What is to be done for each replica now.
    mutating func move() {
        let turn = Set(turn())
        for id in plan.record.discarded { depart(id) }
        if plan.record.switchedAt != nil {
            for container in view.surplus { depart(container.id, container) }
        }
        for instance in instances {
            guard let member = view.members[instance], !member.isBusy else { continue }
            for standIn in member.old
            where standIn.isStandIn && !Self.isUp(standIn) && view.relays[instance] != standIn.id {
                plan.departures.append(standIn.id)
            }
            if let move = retirement(of: instance, member, isItsTurn: turn.contains(instance)) {
                plan.moves[instance] = move
                continue
            }
            guard turn.contains(instance) else { continue }
            // A pause lets what has begun come up, and begins nothing.
            let mayBegin = !plan.record.isPaused && restBetweenBatches == nil
            if isStopFirst(instance), !runningOld(instance).isEmpty {
                plan.moves[instance] = .wait("waits until its old container has finished")
                continue
            }
            switch stages[instance] {
            case .absent?: plan.moves[instance] = mayBegin ? .begin : .wait("waits for its turn")
            case .idle?:
                guard let new = member.new else { continue }
                plan.moves[instance] = mayBegin ? .start(new.id) : .wait("waits for its turn")
            case .starting?: plan.moves[instance] = .wait("the new version starts beside the old one")
            case .proven?: plan.moves[instance] = .wait("the new version is ready to serve")
            case .admitted?: plan.moves[instance] = homeward(instance, member, mayBegin: !plan.record.isPaused)
            case .ended?, nil: continue
            }
        }
        if let rest = restBetweenBatches { wake(in: rest) }
    }

    /// What served when the rollout began, and is still to serve, is started again when it ended.
    mutating func reviveOld() {
        let replaced = Set(plan.record.replaced)
        for instance in instances {
            guard let member = view.members[instance], !member.isBusy, !member.isHeld, !isPortTaken(by: member) else {
                continue
            }
            let fallen = member.old.first { old in
                guard case .weight? = plan.shares[old.id], replaced.contains(old.id) else { return false }
                return old.state == .exited && !old.isStandIn
            }
            guard let fallen, member.new.map({ !plan.record.admitted.contains($0.id) }) ?? true else { continue }
            // What comes up anyway is as good, and the name of a replica has one worker at a time.
            switch plan.moves[instance] {
            case .begin?, .settle?, .start?, .retire?, .revive?: continue
            case .wait?, nil: plan.moves[instance] = .revive(fallen.id)
            }
        }
    }

    /// The version that comes has the published ports already, where they have one owner at a time.
    private func isPortTaken(by member: RolloutMember) -> Bool {
        guard plan.record.bridges == true else { return false }
        return [member.new, member.home].contains { $0.map { Self.isUp($0) && !$0.isStandIn } ?? false }
    }

    private mutating func retirement(
        of instance: Instance,
        _ member: RolloutMember,
        isItsTurn: Bool
    ) -> RolloutPlan.Move? {
        let olds = runningOld(instance)
        guard !olds.isEmpty else { return nil }
        let leaving = olds.filter { plan.shares[$0.id] == .draining && !plan.record.discarded.contains($0.id) }
        guard !leaving.isEmpty else { return nil }
        // Nobody may be left between two owners of a port.
        let isLed = view.relays[instance] == plan.relays[instance]
        guard isLed else { return .wait("new connections to its ports are being led over") }
        let done = leaving.filter { isDrained($0.id) }
        if !done.isEmpty {
            for old in done where plan.record.bridges == true {
                if let left = connections(of: old.id), left > 0 { plan.cut[old.id] = left }
            }
            return .retire(done.map(\.id).sorted())
        }
        return .wait("the old version finishes what it has")
    }

    /// Whether a container that gets nothing new has nothing left, or had its time; wakes the look after that.
    private mutating func isDrained(_ id: String) -> Bool {
        guard view.isSteered || plan.record.bridges == true else { return true }
        guard let since = nothingNewSince(id) else {
            wake(in: Self.settling)
            return false
        }
        let elapsed = TimeSpan(nanoseconds: view.uptime.nanoseconds - since.nanoseconds)
        if elapsed >= settings.drain { return true }
        guard elapsed >= Self.settling, areSeen(since: since) else {
            wake(in: Self.settling)
            return false
        }
        if isOut(id), connections(of: id) == 0 { return true }
        wake(in: TimeSpan(nanoseconds: settings.drain.nanoseconds - elapsed.nanoseconds))
        return false
    }

    /// A container got its last new connection when the gateway was told so, and when its port was led elsewhere.
    private func nothingNewSince(_ id: String) -> TimeSpan? {
        guard let told = view.drainingSince[id] else { return nil }
        guard plan.record.bridges == true else { return told }
        guard !view.areRelaysRecalled else { return nil }
        return view.ledAt.map { max(told, $0) } ?? told
    }

    /// Whether the gateway has nothing left for a container.
    private func isOut(_ id: String) -> Bool {
        guard view.isSteered else { return true }
        // Without an answer of the gateway nobody knows who is still served: it gets its whole time.
        guard let traffic = view.traffic else { return false }
        guard let replica = traffic[id] else { return true }
        return replica.isOut && replica.connections == 0
    }

    private mutating func depart(_ id: String, _ known: ObservedContainer? = nil) {
        let container = known ?? (view.members.values.flatMap(\.old) + view.surplus).first { $0.id == id }
        // What connections are still led to serves until they are led elsewhere.
        guard let container, !(Self.isUp(container) && view.relays.values.contains(id)) else { return }
        if !Self.isUp(container) || isDrained(id) { plan.departures.append(id) }
    }
}
