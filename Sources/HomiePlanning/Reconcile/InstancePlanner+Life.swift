import HomieModel

extension InstancePlanner {
    /// The one container of a replica: keep it as it should be.
    mutating func live(_ instance: Instance, _ container: ObservedContainer) {
        let key = WorkKey.instance(instance)
        switch container.state {
        case .running: keepRunning(instance, container)
        case .paused:
            emit(instance, Chain(key: key, reason: "it was paused", steps: [.unpause(container.id)]), container.id)
        case .restarting: show(instance, Disposition(.starting, container: container.id))
        case .removing: wait(instance, "is being removed", container.id)
        case .dead:
            let chain = Chain(key: key, reason: "the engine gave it up", steps: [.remove(container.id)])
            emit(instance, chain, container.id)
        case .created: startFirst(instance, container)
        case .exited:
            if container.startedAt == nil {
                startFirst(instance, container)
            } else {
                bringBack(instance, container)
            }
        }
    }

    private mutating func startFirst(_ instance: Instance, _ container: ObservedContainer) {
        switch survey.gateForFirstStart(of: instance.service) {
        case .waiting(let why): wait(instance, why, container.id)
        case .failed(let why): show(instance, Disposition(.failed, why, isFailure: true, container: container.id))
        case .open:
            let steps = renaming(instance, container) + [.start(.existing(container.id))]
            attempt(instance, Chain(key: .instance(instance), reason: "it is ready to start", steps: steps), container)
        }
    }

    private mutating func bringBack(_ instance: Instance, _ container: ObservedContainer) {
        let past = history.instances[instance] ?? InstanceHistory()
        let start: [Step] = [.start(.existing(container.id))]
        if past.isHeld {
            show(instance, Disposition(.stopped, "was stopped by hand", container: container.id))
            keepName(instance, container)
            return
        }
        if let until = past.undecidedUntil, until > now {
            wake(at: until)
            wait(instance, "ended; why is being looked into", container.id)
            return
        }
        let policy = wanted.services[instance.service]?.definition.restart ?? .never
        let ending = RestartDecision.ending(of: container)
        switch RestartDecision(policy: policy, container: container, restarts: past.restarts) {
        case .completed:
            show(instance, Disposition(.completed, container: container.id))
            keepName(instance, container)
        case .failed(let why):
            if history.revived.contains(instance) {
                let chain = Chain(key: .instance(instance), reason: "the last run failed", steps: start)
                emit(instance, chain, container.id)
            } else {
                show(instance, Disposition(.failed, why, isFailure: true, container: container.id))
                keepName(instance, container)
            }
        case .restart:
            // Where the ladder does not say when, the growing waits of a plain restart do.
            if ladder(instance) == nil && past.restartDue > now {
                wake(at: past.restartDue)
                let reason = "\(ending); it is restarted after a wait, \(past.restarts) times so far"
                show(
                    instance,
                    Disposition(.failed, reason, isFailure: past.deploymentRestarts >= 3, container: container.id)
                )
                return
            }
            if case .waiting(let why) = survey.gateForRestart(of: instance.service) {
                wait(instance, why, container.id)
                return
            }
            let chain = Chain(
                key: .instance(instance),
                reason: history.healing[instance]?.trouble?.clause ?? ending,
                steps: renaming(instance, container) + start,
                isRestart: true
            )
            attempt(instance, chain, container)
        }
    }

    private mutating func keepRunning(_ instance: Instance, _ container: ObservedContainer) {
        if let cause = restartCause(instance, container) {
            let steps: [Step] = [.stop(container.id), .start(.existing(container.id))]
            emit(instance, Chain(key: .instance(instance), reason: cause, steps: steps), container.id)
            return
        }
        if container.owesHooks, wanted.services[instance.service]?.definition.postStart != nil {
            let steps: [Step] = [.runHooks(.existing(container.id))]
            let chain = Chain(key: .instance(instance), reason: "its post_start hooks are to be run", steps: steps)
            emit(instance, chain, container.id)
            return
        }
        keepName(instance, container)
        let hasHealthcheck = wanted.services[instance.service]?.hasHealthcheck ?? false
        let phase: ServiceStatus.Phase =
            switch container.health {
            case .none: hasHealthcheck ? .starting : .running
            case .starting: .starting
            case .healthy: .healthy
            case .unhealthy: .unhealthy
            }
        let isUnhealthy = phase == .unhealthy
        if isUnhealthy, history.healing[instance]?.failingSince != nil {
            let chain = Chain(
                key: .instance(instance),
                reason: history.healing[instance]?.trouble?.clause ?? FaultCause.unhealthy.clause,
                steps: [.stop(container.id), .start(.existing(container.id))],
                isRestart: true
            )
            attempt(instance, chain, container, phase: .unhealthy)
            return
        }
        show(
            instance,
            Disposition(
                phase,
                isUnhealthy ? "its health check fails" : nil,
                isFailure: isUnhealthy,
                container: container.id
            )
        )
    }

    private mutating func keepName(_ instance: Instance, _ container: ObservedContainer) {
        let rename = renaming(instance, container)
        guard !rename.isEmpty else { return }
        addTidying(Chain(key: .tidying(container.id), reason: "it gets its proper name", steps: rename))
    }

    /// The rename that gives a container its proper name back, when nothing else bears it.
    private func renaming(_ instance: Instance, _ container: ObservedContainer) -> [Step] {
        let name = wanted.containerName(of: instance)
        guard container.name != name else { return [] }
        // What is kept stopped needs no name that people know. With its ID and the name alone its successor is called.
        if let kept = survey.keptNames[name] {
            let aside = "\(kept.prefix(12))_former_\(name)"
            return [.rename(.existing(kept), aside), .rename(.existing(container.id), name)]
        }
        return survey.names.contains(name) ? [] : [.rename(.existing(container.id), name)]
    }

    /// Why a running container must be restarted for the sake of another one.
    private func restartCause(_ instance: Instance, _ container: ObservedContainer) -> String? {
        guard let definition = wanted.services[instance.service]?.definition, let startedAt = container.startedAt else {
            return nil
        }
        for name in definition.namespaceParents {
            guard let parent = survey.parent(name), parent.state == .running, let parentStart = parent.startedAt else {
                continue
            }
            let known = history.joined[container.id]?[parent.id]
            if known.map({ $0 != parentStart }) ?? (parentStart > startedAt) {
                return "'\(name)', whose namespace it shares, was restarted"
            }
        }
        let seen = history.followed[container.id] ?? []
        for (name, dependency) in definition.dependsOn.sorted(by: { $0.key < $1.key })
        where dependency.restarts {
            let containers = survey.members(of: name).compactMap(\.current)
            let isNewer = containers.contains { $0.createdAt > startedAt && !seen.contains($0.id) }
            if isNewer, survey.gateForFirstStart(of: instance.service) == .open { return "'\(name)' was re-created" }
        }
        return nil
    }
}
