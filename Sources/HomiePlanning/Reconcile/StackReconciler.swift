public import HomieModel

/// Looks at what is wanted and what is there, and says what to do next (pure; level-triggered: it never assumes that an
/// earlier plan was carried out).
public enum StackReconciler {
    /// The plan for one stack.
    ///
    /// - Parameters:
    ///   - observed: every container that carries the stack's project label.
    ///   - now: the daemon's uptime.
    public static func plan(
        _ wanted: WantedStack,
        observed: [ObservedContainer],
        history: StackHistory,
        now: TimeSpan
    ) -> StackPlan {
        if wanted.isLeaving {
            return DeparturePlanner(wanted: wanted, observed: observed, history: history, now: now).plan()
        }
        let survey = Survey(wanted, observed, forced: history.forced)
        var planner = InstancePlanner(survey: survey, history: history, now: now)
        planner.planResources()
        planner.planImages()
        for instance in survey.members.keys.sorted() { planner.plan(instance) }
        planner.planSurplus()
        var plan = planner.plan
        VerdictJudge(survey: survey, history: history, now: now).judge(&plan)
        return plan
    }
}
