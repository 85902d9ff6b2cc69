import HomieModel

extension StackPlan {
    /// The plan with the `post_start` hooks of what it starts: whatever starts a replica, they follow.
    func withHooks(of wanted: WantedStack) -> StackPlan {
        guard wanted.services.values.contains(where: { $0.definition.postStart != nil }) else { return self }
        var plan = self
        for index in plan.chains.indices {
            guard case .instance(let instance) = plan.chains[index].key,
                wanted.services[instance.service]?.definition.postStart != nil
            else { continue }
            plan.chains[index].steps = plan.chains[index].steps.flatMap { step in
                guard case .start(let reference) = step else { return [step] }
                return [step, .runHooks(reference)]
            }
        }
        return plan
    }
}
