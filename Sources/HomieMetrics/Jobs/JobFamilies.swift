import HomieModel

/// Jobs, from what their keeper knows.
enum JobFamilies {
    static func families(of jobs: [JobStatus]) -> [MetricFamily] {
        var runs = MetricFamily("homie_job_runs", .counter, "Runs of a job that are over, by how they ended.")
        var open = MetricFamily("homie_job_open_runs", .gauge, "Runs of a job that are not over, by state.")
        var success = MetricFamily(
            "homie_job_last_success_timestamp_seconds",
            .gauge,
            "When a job succeeded last, in unixtime."
        )
        var state = MetricFamily(
            "homie_job_last_run_succeeded",
            .gauge,
            "Whether the last run of a job that was not skipped, cancelled or replaced succeeded."
        )
        var duration = MetricFamily(
            "homie_job_last_run_duration_seconds",
            .gauge,
            "How long the last run of a job took."
        )
        var next = MetricFamily("homie_job_next_run_timestamp_seconds", .gauge, "When a job runs next, in unixtime.")
        var backup = MetricFamily(
            "homie_backup_last_success_timestamp_seconds",
            .gauge,
            "When a job that makes backups succeeded last, in unixtime."
        )
        for job in jobs {
            let labels = [MetricFamily.Label("stack", job.name.stack.text), .init("job", job.name.job.text)]
            for each in JobRunRecord.State.allCases {
                let label = labels + [.init("state", each.rawValue)]
                if each.isFinal {
                    runs.add(Double(job.totals[each.rawValue]?.count ?? 0), label)
                } else {
                    open.add(Double(job.open.count { $0.state == each }), label)
                }
            }
            if let last = job.totals[JobRunRecord.State.succeeded.rawValue]?.lastAt {
                success.add(last.unixSeconds, labels)
                if job.makesBackups { backup.add(last.unixSeconds, labels) }
            }
            // A run that was skipped since changes nothing of that.
            if let outcome = job.outcome { state.add(outcome.isSuccess ? 1 : 0, labels) }
            if let last = job.last, last.state != .skipped, let start = last.startedAt, let end = last.endedAt {
                duration.add((end - start).seconds, labels)
            }
            if let time = job.next { next.add(time.unixSeconds, labels) }
        }
        return [runs, open, success, state, duration, next, backup].filter { !$0.samples.isEmpty }
    }
}
