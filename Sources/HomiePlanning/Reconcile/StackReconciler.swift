public import HomieModel

/// Looks at what is wanted and what is there, and says what to do next (pure; level-triggered: it never assumes that an
/// earlier plan was carried out).
public enum StackReconciler {
    /// The plan for one stack.
    ///
    /// - Parameters:
    ///   - observed: every container that carries the stack's project label.
    ///   - rollouts: services that are led from one version to the next.
    ///   - now: the daemon's uptime.
    public static func plan(
        _ wanted: WantedStack,
        observed: [ObservedContainer],
        history: StackHistory,
        rollouts: [ServiceName: RolloutSituation] = [:],
        now: TimeSpan
    ) -> StackPlan {
        if wanted.isLeaving {
            return DeparturePlanner(wanted: wanted, observed: observed, history: history, now: now).plan()
        }
        let survey = Survey(wanted, observed, forced: history.forced, kept: history.kept)
        var planner = InstancePlanner(survey: survey, history: history, now: now)
        planner.planResources()
        planner.planImages()
        let led = rollouts.filter { wanted.services[$0.key]?.specDigest != nil }
        for instance in survey.members.keys.sorted() where led[instance.service] == nil { planner.plan(instance) }
        for (service, situation) in led.sorted(by: { $0.key < $1.key }) { planner.lead(service, situation) }
        planner.planSurplus(except: Set(led.keys))
        var plan = planner.plan.withHooks(of: wanted)
        VerdictJudge(survey: survey, history: history, now: now).judge(&plan)
        return plan
    }
}
