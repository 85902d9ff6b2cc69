import HomieModel

/// Judges how the present deployment stands.
struct VerdictJudge {
    let survey: Survey
    let history: StackHistory
    let now: TimeSpan

    /// A replica without a health check is taken for good after running this long.
    static let goodAfter = TimeSpan.seconds(5)

    func judge(_ plan: inout StackPlan) {
        if let cause = failure(plan) {
            plan.verdict = .failed(cause)
            return
        }
        // Stopped containers that are only left to be removed hold up nobody.
        guard history.resourcesReady, plan.rollouts.values.allSatisfy({ !$0.record.state.isOpen }),
            plan.chains.allSatisfy(\.key.isTidying), history.busy.allSatisfy(\.isTidying),
            plan.dispositions.values.allSatisfy(\.isConverged), survey.surplus.isEmpty,
            survey.members.values.allSatisfy({ $0.current != nil && $0.standIns.isEmpty })
        else { return }
        plan.verdict = .succeeded
        plan.isGood = plan.chains.isEmpty && history.busy.isEmpty
        for (instance, disposition) in plan.dispositions {
            if disposition.phase == .stopped { plan.isGood = false }
            guard disposition.phase == .running else { continue }
            let since = history.instances[instance]?.runningSince ?? now
            let due = TimeSpan(nanoseconds: since.nanoseconds + Self.goodAfter.nanoseconds)
            guard due > now else { continue }
            plan.isGood = false
            plan.wake(at: due)
        }
    }

    private func failure(_ plan: StackPlan) -> String? {
        if let failure = history.failures[.resources], failure.isLasting {
            return failure.reason
        }
        for (service, rollout) in plan.rollouts.sorted(by: { $0.key < $1.key }) where rollout.record.state == .failed {
            return "service '\(service)': \(rollout.record.cause ?? "its rollout failed")"
        }
        for (instance, disposition) in plan.dispositions.sorted(by: { $0.key < $1.key }) where disposition.isFailure {
            return "service '\(instance.service)': \(disposition.reason ?? "failed")"
        }
        return nil
    }
}
