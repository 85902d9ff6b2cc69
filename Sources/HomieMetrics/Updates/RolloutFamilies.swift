import HomieModel

/// How services go from one version to the next: the newest rollout of each.
enum RolloutFamilies {
    static func families(of rollouts: [RolloutStatus]) -> [MetricFamily] {
        var state = MetricFamily(
            "homie_rollout_state",
            .gauge,
            "How the newest rollout of a service stands: 1 for its state, 0 for the others."
        )
        var share = MetricFamily(
            "homie_rollout_new_version_ratio",
            .gauge,
            "The share of the requests that the new version gets."
        )
        var paused = MetricFamily("homie_rollout_paused", .gauge, "Whether the newest rollout of a service is paused.")
        var back = MetricFamily(
            "homie_rollout_is_rollback",
            .gauge,
            "Whether the newest rollout of a service returns to an earlier version."
        )
        var start = MetricFamily(
            "homie_rollout_start_timestamp_seconds",
            .gauge,
            "When the newest rollout of a service began, in unixtime."
        )
        var end = MetricFamily(
            "homie_rollout_end_timestamp_seconds",
            .gauge,
            "When the newest rollout of a service ended, in unixtime."
        )
        for rollout in rollouts {
            let labels = [MetricFamily.Label("stack", rollout.stack.text), .init("service", rollout.service.text)]
            for each in RolloutRecord.State.allCases {
                state.add(each == rollout.state ? 1 : 0, labels + [.init("state", each.rawValue)])
            }
            share.add(Double(rollout.share) / 100, labels)
            paused.add(rollout.isPaused ? 1 : 0, labels)
            back.add(rollout.isRollback ? 1 : 0, labels)
            start.add(rollout.startedAt.unixSeconds, labels)
            if let time = rollout.endedAt { end.add(time.unixSeconds, labels) }
        }
        return [state, share, paused, back, start, end].filter { !$0.samples.isEmpty }
    }
}
