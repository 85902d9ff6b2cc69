import HomieModel

/// Takes a stack down: dependents first, then networks, then volumes if that was asked for.
struct DeparturePlanner {
    let wanted: WantedStack
    let observed: [ObservedContainer]
    let history: StackHistory
    let now: TimeSpan

    func plan() -> StackPlan {
        var plan = StackPlan()
        let leaving = observed.filter { !$0.isOneOff && (isOurs($0) || wanted.removesOrphans) }
        let present = Set(leaving.compactMap(\.service))
        for container in leaving.sorted(by: { $0.id < $1.id }) {
            let instance = container.service.map { Instance($0, container.index) }
            let blockers = container.service.map { dependents(of: $0).intersection(present) } ?? []
            if let instance {
                let first = blockers.min()
                plan.dispositions[instance] = Disposition(
                    first == nil ? .working : .waiting,
                    first.map { "waits until '\($0)' is gone" },
                    container: container.id
                )
            }
            guard blockers.isEmpty, container.state != .removing else { continue }
            let key = WorkKey.departure(container.id)
            guard isFree(key, &plan) else { continue }
            plan.chains.append(
                Chain(key: key, reason: "the stack is taken down", steps: InstancePlanner.removal(of: container))
            )
        }
        if leaving.isEmpty { planResources(&plan) }
        return plan
    }

    private func planResources(_ plan: inout StackPlan) {
        // A network someone else still uses stays; one failure is reason enough to leave it.
        guard !history.resourcesReady, history.failures[.resources] == nil else {
            plan.verdict = .succeeded
            return
        }
        guard isFree(.resources, &plan) else { return }
        var steps = wanted.networks.values.filter { !$0.isExternal }.map(\.name).sorted().map(Step.removeNetwork)
        if wanted.removesVolumes {
            steps += wanted.volumes.values.filter { !$0.isExternal }.map(\.name).sorted().map(Step.removeVolume)
        }
        guard !steps.isEmpty else {
            plan.verdict = .succeeded
            return
        }
        plan.chains.append(Chain(key: .resources, reason: "the stack is taken down", steps: steps))
    }

    private func isOurs(_ container: ObservedContainer) -> Bool {
        container.isOwned || (container.service.map { wanted.services[$0] != nil } ?? false)
    }

    /// The services that need this one to run.
    private func dependents(of service: ServiceName) -> Set<ServiceName> {
        Set(
            wanted.services.compactMap { name, other in
                guard name != service else { return nil }
                let needs = other.definition.dependsOn[service] != nil
                return needs || other.definition.namespaceParents.contains(service) ? name : nil
            }
        )
    }

    private func isFree(_ key: WorkKey, _ plan: inout StackPlan) -> Bool {
        guard !history.busy.contains(key) else { return false }
        guard let failure = history.failures[key], failure.due > now else { return true }
        plan.wake(at: failure.due)
        return false
    }
}
