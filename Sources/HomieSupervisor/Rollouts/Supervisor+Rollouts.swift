import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Lets rollouts move the requests of what they update.
    public func steer(with traffic: any TrafficControl) { self.traffic = traffic }

    // MARK: one look

    /// Begins a rollout for each service that is to be led from what runs to what is wanted.
    func openRollouts(_ state: inout StackState, _ observed: [ObservedContainer]) {
        guard !state.record.isLeaving else {
            state.shares = [:]
            return
        }
        let definition = state.revision.definition
        let routed = routedByHand(in: state.record.name)
        for name in definition.services.keys.sorted() {
            guard let digest = state.wanted.services[name]?.specDigest else { continue }
            let present = state.rollouts[name]
            let containers = observed.filter { $0.service == name }
            // Nothing to lead over: no look at the settings is needed.
            let isLed = present.map { $0.digest == digest && $0.state.isOpen } ?? false
            guard !isLed, containers.contains(where: { $0.state == .running && differs($0, digest, state) }) else {
                continue
            }
            let choice = UpdateChoice(
                of: name,
                in: definition,
                canSteer: traffic != nil,
                isRouted: routed.contains(name),
                relaying: relays.ability
            )
            state.lockFiles[name] = nil
            let record = RolloutOpening.record(
                for: name,
                in: state.wanted,
                choice: choice,
                present: present,
                containers: containers,
                forced: state.history.forced,
                deployment: state.deployment?.id,
                fromRevision: goodRevision(before: state),
                isRollback: state.revision.origin.hasPrefix("rollback to"),
                lock: lock(on: name, choice.settings, state),
                now: clocks.wall()
            )
            guard var record else { continue }
            record.fromRevision = record.fromRevision ?? servingRevision(containers, record)
            state.rollouts[name] = record
            state.windows[name] = nil
            tellOpened(record, superseding: present, &state)
        }
        state.history.kept = Set(state.rollouts.values.filter { !$0.state.isOpen }.flatMap(\.kept))
    }

    private func differs(_ container: ObservedContainer, _ digest: String, _ state: StackState) -> Bool {
        container.specDigest != digest || state.history.forced.contains(container.id)
    }

    private func goodRevision(before state: StackState) -> Int? {
        state.record.lastGoodRevision.flatMap { $0 == state.revision.number ? nil : $0 }
    }

    /// Where none has proved good yet: the one that those which serve were made for.
    private func servingRevision(_ containers: [ObservedContainer], _ record: RolloutRecord) -> Int? {
        containers.filter { record.replaced.contains($0.id) }.compactMap(\.revision)
            .filter { $0 < record.toRevision }.max()
    }

    private func tellOpened(_ record: RolloutRecord, superseding old: RolloutRecord?, _ state: inout StackState) {
        later([.putRollout(record)])
        let words =
            switch record.state {
            case .held: "the update of '\(record.service)' is held off: \(record.pauseReason ?? "")"
            default:
                record.isRollback
                    ? "'\(record.service)' goes back to its former version"
                    : "'\(record.service)' is updated: \(record.strategy.rawValue)"
            }
        let event = record.deployment == state.deployment?.id ? state.deploymentEvent : nil
        self.record(
            .info,
            "rollout.started",
            words,
            stack: record.stack,
            service: record.service,
            cause: event,
            detail: old.map { $0.state.isOpen ? "it takes the place of an unfinished one" : nil } ?? nil
        )
    }

    /// The rollouts that lead their services now: open ones, and failed ones that wait for the way back.
    func situations(of state: StackState, _ observed: [ObservedContainer]) -> [ServiceName: RolloutSituation] {
        var situations: [ServiceName: RolloutSituation] = [:]
        for (name, record) in state.rollouts where leads(record, state) {
            let isSteered = traffic != nil && isExposed(name, state)
            situations[name] = RolloutSituation(
                record: record,
                traffic: isSteered ? trafficView(observed.filter { $0.service == name }) : nil,
                isSteered: isSteered,
                window: state.windows[name],
                lock: lock(on: name, record.settings, state),
                now: clocks.wall()
            )
        }
        return situations
    }

    private func leads(_ record: RolloutRecord, _ state: StackState) -> Bool {
        guard !state.record.isLeaving, state.wanted.services[record.service]?.specDigest == record.digest else {
            return false
        }
        if record.state.isOpen { return true }
        // Without anything to go back to, what is wanted is tried on, as it is without a rollout.
        return record.state == .failed && !record.isRollback && record.settings.onFailure != .proceed
            && record.fromRevision != nil
    }

    private func isExposed(_ name: ServiceName, _ state: StackState) -> Bool {
        guard let service = state.revision.definition.services[name] else { return false }
        if routedByHand(in: state.record.name).contains(name) { return true }
        let reader = RouteReader(stack: state.record.name, service: name, definition: service)
        return (try? reader.routes().isEmpty) == false
    }

    private func trafficView(_ containers: [ObservedContainer]) -> [String: ReplicaTraffic]? {
        guard let gatewayReport, gatewayReport.isWorking else { return nil }
        var view: [String: ReplicaTraffic] = [:]
        for container in containers { view[container.id] = gatewayReport.replicas[String(container.id.prefix(12))] }
        return view
    }

    /// Takes over what the plan made of the rollouts.
    func followRollouts(_ state: inout StackState, _ plan: StackPlan, now: TimeSpan) {
        // A service whose image is not known yet keeps its shares.
        for name in state.shares.keys where plan.rollouts[name] == nil {
            let isUnknown = state.wanted.services[name] != nil && state.wanted.services[name]?.specDigest == nil
            if !isUnknown || state.record.isLeaving { state.shares[name] = nil }
        }
        for (name, rollout) in plan.rollouts {
            state.shares[name] = rollout.shares
            let before = state.rollouts[name]
            guard before != rollout.record else { continue }
            state.rollouts[name] = rollout.record
            later([.putRollout(rollout.record)])
            if let before { tell(from: before, to: rollout.record, state.deploymentEvent) }
            markDirty(state.record.name)
        }
        // What was decided now counts from now.
        state.history.noteRollouts(state.rollouts, now: now, wall: clocks.wall())
        let draining = state.shares.values.flatMap { $0 }.filter { $0.value == .draining }.map(\.key)
        for id in draining where state.history.draining[id] == nil { state.history.draining[id] = now }
        let all = Set(draining)
        state.history.draining = state.history.draining.filter { all.contains($0.key) }
        state.history.kept = Set(state.rollouts.values.filter { !$0.state.isOpen }.flatMap(\.kept))
    }

    /// What rollouts and stops ask of the gateway.
    func sharesOfTraffic() -> RoutePlanner.Traffic {
        // What is being stopped finishes what it has.
        var traffic = RoutePlanner.Traffic(draining: stopping)
        for (stack, state) in stacks {
            for (service, shares) in state.shares {
                let key = RoutePlanner.ServiceKey(stack, service)
                traffic.led.insert(key)
                if let record = state.rollouts[service], record.isMeasured { traffic.measured.insert(key) }
                for (id, share) in shares {
                    switch share {
                    case .trial: continue
                    case .weight(let weight): traffic.weights[id] = weight
                    case .draining: traffic.draining.insert(id)
                    }
                }
            }
        }
        return traffic
    }

    // MARK: the gateway

    /// Takes in how the gateway stands, for ever.
    func followGateway() async {
        if let traffic {
            for await report in await traffic.reports() {
                gatewayReport = report
                for (name, state) in stacks where state.rollouts.values.contains(where: \.state.isOpen) {
                    markDirty(name)
                }
            }
        }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }

    /// Fetches what canaries are judged by, for ever.
    func measureCanaries() async {
        while !Task.isCancelled {
            // Without a gateway there is nothing to fetch.
            do { try await Task.sleep(for: traffic == nil ? .seconds(5) : .milliseconds(500)) } catch { return }
            guard let traffic else { continue }
            for (name, state) in stacks {
                for (service, record) in state.rollouts where record.isMeasured {
                    guard let since = record.stepStartedAt else { continue }
                    let containers = mirror.containers(of: name).filter { $0.service == service }
                    let new = containers.filter { $0.specDigest == record.digest }.map(\.id)
                    let old = containers.filter { $0.specDigest != record.digest }.map(\.id)
                    let window = await traffic.window(new: new, old: old, since: since)
                    guard stacks[name]?.rollouts[service]?.stepStartedAt == since,
                        stacks[name]?.windows[service] != window
                    else { continue }
                    stacks[name]?.windows[service] = window
                    markDirty(name)
                }
            }
        }
    }
}

extension RolloutRecord {
    /// A canary that is being judged.
    var isMeasured: Bool { strategy == .canary && !isRollback && !isPromoted && state == .progressing }
}
