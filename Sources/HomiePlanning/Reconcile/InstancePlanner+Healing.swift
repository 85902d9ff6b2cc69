import HomieModel

extension InstancePlanner {
    /// What the ladder says of a replica in trouble; nil when nothing is wrong with it.
    func ladder(_ instance: Instance) -> HealingDecision? {
        guard let past = history.healing[instance], past.trouble != nil,
            let policy = wanted.services[instance.service]?.healing
        else { return nil }
        let decision = HealingPlanner.decide(past, policy: policy, lastGood: wanted.lastGood, now: now)
        return decision.verdict == .leave ? nil : decision
    }

    /// Brings a replica up with a chain, unless the ladder, which knows how earlier tries went, says something else.
    ///
    /// - Parameters:
    ///   - container: the one that counts, if there is one.
    ///   - phase: how the replica stands while the ladder waits.
    mutating func attempt(
        _ instance: Instance,
        _ chain: Chain,
        _ container: ObservedContainer?,
        phase: ServiceStatus.Phase = .failed
    ) {
        if history.isReturning {
            show(
                instance,
                Disposition(.failed, "an earlier revision returns", isFailure: true, container: container?.id)
            )
            return
        }
        guard let decision = ladder(instance) else {
            emit(instance, chain, container?.id)
            return
        }
        switch decision.verdict {
        case .leave: return
        case .wait(let action, let until):
            wake(at: until)
            if let steady = history.healing[instance]?.trouble?.blocker.flatMap(history.steadyFrom), steady > now {
                wake(at: steady)
            }
            show(
                instance,
                Disposition(
                    phase,
                    decision.reason,
                    isFailure: isFailure(instance, action, phase),
                    container: container?.id
                )
            )
        case .act(let action): take(action, instance, chain, container, decision.reason)
        }
        if phase == .unhealthy, plan.dispositions[instance]?.phase == .working {
            // The loop tells of the failing check before the work begins.
            show(instance, Disposition(.unhealthy, chain.reason, isFailure: true, container: container?.id))
        }
    }

    private func isFailure(_ instance: Instance, _ action: HealingAction, _ phase: ServiceStatus.Phase) -> Bool {
        let past = history.instances[instance] ?? InstanceHistory()
        return phase == .unhealthy || past.deploymentRestarts >= 3 || action != .restart
    }

    private mutating func take(
        _ action: HealingAction,
        _ instance: Instance,
        _ chain: Chain,
        _ container: ObservedContainer?,
        _ reason: String
    ) {
        let healing = Healing(instance: instance, action: action, reason: reason)
        switch action {
        case .restart, .tryAgain:
            guard let container, let memory = memory(for: instance) else {
                if emit(instance, chain, container?.id) { add(healing) }
                return
            }
            var raised = chain
            raised.steps.insert(.limitMemory(container.id, memory), at: 0)
            if emit(instance, raised, container.id) {
                add(Healing(instance: instance, action: action, reason: reason, memory: memory))
            }
        case .recreate:
            let before = plan.chains.count
            if let container, container.startedAt != nil {
                make(instance, replacing: [container], reason: reason)
            } else {
                emit(instance, chain, container?.id)
            }
            if plan.chains.count > before { add(healing) }
        case .rollBack:
            add(healing)
            show(instance, Disposition(.failed, reason, isFailure: true, container: container?.id))
        case .quarantine(let stops):
            let steps = stops ? container.map(Self.stopping) ?? [] : []
            let chain = Chain(key: .instance(instance), reason: reason, steps: steps)
            guard steps.isEmpty || emit(instance, chain, container?.id) else { return }
            add(healing)
            wake(at: now)
            show(instance, Disposition(.failed, reason, isFailure: true, container: container?.id))
        }
    }

    /// The next memory limit of what ran out of memory, as far as its file allows.
    private func memory(for instance: Instance) -> ByteCount? {
        guard let past = history.healing[instance], past.trouble?.cause == .outOfMemory,
            let service = wanted.services[instance.service], let most = service.healing.mostMemory,
            let limit = past.memory ?? service.definition.resources.memory
        else { return nil }
        let fitting = history.usage[instance.service]?.fittingMemory(replicas: service.definition.replicas)
        return MemoryGrowth.next(after: limit, fitting: fitting, most: most)
    }
}
