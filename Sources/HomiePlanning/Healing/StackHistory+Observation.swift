public import HomieModel

extension StackHistory {
    /// Takes over what is observed: starts, endings, and who runs well and who does not.
    ///
    /// - Parameters:
    ///   - now: the daemon's uptime.
    ///   - wall: the clock's time, for the first look.
    public mutating func absorb(
        _ observed: [ObservedContainer],
        wanted: WantedStack,
        now: TimeSpan,
        wall: Timestamp? = nil
    ) {
        noteRuns(observed, now: now, wall: wall)
        var running: [Instance: Bool] = [:]
        var newest: [Instance: ObservedContainer] = [:]
        for container in observed where !container.isOneOff {
            guard let service = container.service else { continue }
            let instance = Instance(service, container.index)
            running[instance] = (running[instance] ?? false) || container.state == .running
            guard container.startedAt != nil, !container.isStandIn else { continue }
            if let other = newest[instance], other.createdAt > container.createdAt { continue }
            newest[instance] = container
        }
        for (instance, isRunning) in running {
            if isRunning {
                instances[instance, default: InstanceHistory()].noteRunning(now: now)
            } else if instances[instance]?.runningSince != nil {
                instances[instance]?.noteEnded(now: now)
            }
        }
        for (instance, container) in newest { judge(instance, container, wanted, now) }
        let working = Self.working(observed)
        for instance in healing.keys { setBlocker(of: instance, wanted, working, now) }
    }

    /// A piece of work on a replica failed for a reason that lies with it or its surroundings.
    public mutating func noteTrouble(of instance: Instance, _ cause: FaultCause, wanted: WantedStack, now: TimeSpan) {
        guard let policy = wanted.services[instance.service]?.healing, policy.climbs else { return }
        healing[instance, default: HealingHistory()].note(.failed(cause), now: now, policy: policy)
    }

    /// What was taken for a kill was a lack of memory: the ladder goes on with that cause.
    public mutating func noteOutOfMemory(_ instance: Instance) { healing[instance]?.noteOutOfMemory() }

    /// Rungs of the ladder were taken.
    public mutating func noteHealings(_ healings: [Healing], wanted: WantedStack, now: TimeSpan) {
        for one in healings {
            let policy = wanted.services[one.instance.service]?.healing ?? HealingPolicy()
            healing[one.instance]?.note(.acted(one.action), now: now, policy: policy)
            if let memory = one.memory { healing[one.instance]?.noteMemory(memory) }
            if case .rollBack = one.action { isReturning = true }
        }
    }

    private mutating func judge(
        _ instance: Instance,
        _ container: ObservedContainer,
        _ wanted: WantedStack,
        _ now: TimeSpan
    ) {
        guard let service = wanted.services[instance.service], service.healing.climbs else {
            healing[instance] = nil
            return
        }
        let past = instances[instance] ?? InstanceHistory()
        if past.isHeld {
            healing[instance] = nil
            return
        }
        // What is being worked on shows how it is when the work is done.
        guard !busy.contains(.instance(instance)) else { return }
        let policy = service.healing
        healing[instance]?.settle(now: now, policy: policy)
        // What an older definition made, and is to be replaced, says nothing of the present one.
        guard !isReturning, container.specDigest == service.specDigest, !forced.contains(container.id) else { return }
        guard let cause = fault(of: container, service, past, now) else {
            if Self.runsWell(container, service) {
                healing[instance, default: HealingHistory()].note(.well, now: now, policy: policy)
            }
            return
        }
        // What was stopped for its quarantine keeps the cause it has. What ran well since, be it that a person started it,
        // has failed anew.
        if let past = healing[instance], past.trouble?.isQuarantined == true, past.wellSince == nil,
            container.state == .exited
        {
            return
        }
        healing[instance, default: HealingHistory()].note(.failed(cause), now: now, policy: policy)
    }

    private func fault(
        of container: ObservedContainer,
        _ service: WantedService,
        _ past: InstanceHistory,
        _ now: TimeSpan
    ) -> FaultCause? {
        let policy = service.definition.restart
        switch container.state {
        case .running:
            guard container.health == .unhealthy, !service.healing.ignoresHealth else { return nil }
            return policy != .never || service.healing.overridesRestartPolicy ? .unhealthy : nil
        case .exited:
            if let until = past.undecidedUntil, until > now { return nil }
            guard RestartDecision(policy: policy, container: container, restarts: past.restarts) == .restart else {
                return nil
            }
            if let until = engineEndedUntil, until > now { return .engineEnded }
            // Work that is done and begins anew, as some do every few minutes, is no fault.
            if container.exitCode == 0, !container.isOOMKilled, Self.ranSteadily(container) { return nil }
            return FaultCause(ending: container)
        case .created, .paused, .restarting, .removing, .dead: return nil
        }
    }

    private static func runsWell(_ container: ObservedContainer, _ service: WantedService) -> Bool {
        guard container.state == .running else { return false }
        return service.hasHealthcheck ? container.health == .healthy : container.health != .unhealthy
    }

    private static func ranSteadily(_ container: ObservedContainer) -> Bool {
        guard let start = container.startedAt, let end = container.finishedAt else { return false }
        return (end - start).nanoseconds >= InstanceHistory.steadyAfter.nanoseconds
    }

    /// Services of which a replica runs and does not fail its check, or whose work is done.
    private static func working(_ observed: [ObservedContainer]) -> Set<ServiceName> {
        Set(
            observed.compactMap { container in
                let isDone = container.state == .exited && container.startedAt != nil && container.exitCode == 0
                let runs = container.state == .running && container.health != .unhealthy
                return !container.isOneOff && (runs || isDone) ? container.service : nil
            }
        )
    }

    /// Finds the service that a replica in trouble needs and that does not work, or has done so for a moment only. Why it
    /// does not, whether it crashes, was stopped by hand or was given up by its own policy, makes no difference.
    private mutating func setBlocker(
        of instance: Instance,
        _ wanted: WantedStack,
        _ working: Set<ServiceName>,
        _ now: TimeSpan
    ) {
        guard healing[instance]?.trouble != nil, let service = wanted.services[instance.service] else { return }
        let needs =
            service.definition.namespaceParents
            + service.definition.dependsOn.filter {
                $0.value.condition != .completedSuccessfully && $0.value.isRequired
            }.keys.sorted()
        let blocker = needs.first { need in
            guard let other = wanted.services[need], other.definition.replicas > 0 else { return false }
            return !working.contains(need)
                || healing.contains { $0.key.service == need && $0.value.isShaky(now: now) }
        }
        healing[instance]?.setBlocker(blocker)
    }

    /// When the replicas of the service that holds up another one count as well again.
    func steadyFrom(_ service: ServiceName) -> TimeSpan? {
        healing.filter { $0.key.service == service }.compactMap(\.value.steadyFrom).max()
    }
}
