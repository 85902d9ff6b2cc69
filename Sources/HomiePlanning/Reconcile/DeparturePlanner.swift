import HomieModel

/// Takes a stack down: dependents first, then volumes if that was asked for, and networks.
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
            guard blockers.isEmpty else { continue }
            let key = WorkKey.departure(container.id)
            if let instance, let failure = history.failures[key] {
                plan.dispositions[instance]?.reason = failure.reason
            }
            guard isFree(key, &plan) else { continue }
            plan.chains.append(
                Chain(key: key, reason: "the stack is taken down", steps: InstancePlanner.removal(of: container))
            )
        }
        let remaining = leaving.isEmpty ? planResources(&plan) : Set(leaving.map { WorkKey.departure($0.id) })
        if remaining.isEmpty {
            plan.verdict = .succeeded
        } else if let cause = cause(of: remaining) {
            plan.verdict = .failed(cause)
        }
        return plan
    }

    /// Each goes by itself: one that does not go holds up no other.
    ///
    /// - Returns: what is not gone yet. A network that someone else still uses stays, and is nothing to wait for; a volume
    ///   was asked for to go.
    private func planResources(_ plan: inout StackPlan) -> Set<WorkKey> {
        var leaving: [(key: WorkKey, step: Step)] = []
        if wanted.removesVolumes {
            for name in wanted.volumes.values.filter({ !$0.isExternal }).map(\.name).sorted() {
                leaving.append((.volume(name), .removeVolume(name)))
            }
        }
        for name in wanted.networks.values.filter({ !$0.isExternal }).map(\.name).sorted() {
            let key = WorkKey.network(name)
            if history.failures[key]?.isInUse != true { leaving.append((key, .removeNetwork(name))) }
        }
        leaving.removeAll { history.gone.contains($0.key) }
        for (key, step) in leaving where isFree(key, &plan) {
            plan.chains.append(Chain(key: key, reason: "the stack is taken down", steps: [step]))
        }
        return Set(leaving.map(\.key))
    }

    /// Why what is left does not go, when that lasts.
    private func cause(of remaining: Set<WorkKey>) -> String? {
        remaining.compactMap { history.failures[$0] }.filter(\.isLasting).map(\.reason).min()
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
