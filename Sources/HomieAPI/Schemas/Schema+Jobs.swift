import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")
    private static let name = Schema.string(pattern: "^[a-zA-Z0-9._-]{1,128}$")
    private static let jobName = Schema.string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}/[a-zA-Z0-9._-]{1,128}$")

    /// The shapes of jobs.
    static let jobs: [String: Schema] = [
        "Jobs": .object([.init("jobs", .array(.reference("Job")), "by name")]),
        "Job": .object([
            .init("name", jobName, "STACK/JOB"),
            .init("service", name),
            .init(
                "action",
                .choice(JobStatus.Action.allCases.map(\.rawValue)),
                "a container of its own, or a command in one"
            ),
            .init("command", .array(.string()), isRequired: false, "the service's own when absent"),
            .init("triggers", .array(.string()), "what starts it, for people"),
            .init("origin", .choice(JobStatus.Origin.allCases.map(\.rawValue))),
            .init("isSuspended", .boolean),
            .init("next", time, isRequired: false, "the next run of the clock"),
            .init("open", .array(.reference("JobRun")), "runs that are not over"),
            .init("last", .reference("JobRun"), isRequired: false),
            .init(
                "totals",
                .map(.object([.init("count", .integer(minimum: 0)), .init("lastAt", time)])),
                "how often runs ended, by state"
            ),
            .init("problem", .string(), isRequired: false, "why it cannot run"),
        ]),
        "JobRequest": .object(
            [.init("service", name, "whose container is run")]
                + [
                    "name", "cron", "zone", "on", "after", "run", "exec", "random_delay", "missed", "conflict",
                    "groups",
                    "timeout", "retries", "retry_wait", "healthy", "needs", "deadline", "suspended",
                ].map { .init($0, .any, isRequired: false, "as in 'x-homie.schedule'") }
        ),
        "JobRuns": .object([.init("runs", .array(.reference("JobRun")), "newest first")]),
        "JobRun": .object([
            .init("id", .integer(minimum: 1), "rises with every run of this device"),
            .init("job", jobName),
            .init("state", .choice(JobRunRecord.State.allCases.map(\.rawValue))),
            .init("cause", .string(), "clock, missed, asked, event …, after …"),
            .init("due", time),
            .init("startedAt", time, isRequired: false),
            .init("endedAt", time, isRequired: false),
            .init("attempts", .integer(minimum: 0)),
            .init("exitCode", .integer(minimum: nil), isRequired: false),
            .init("reason", .string(), isRequired: false, "why it waits, was skipped or failed"),
            .init("count", .integer(minimum: 1), "how many runs of the clock this stands for"),
            .init("trace", .string(), isRequired: false, "the trace it belongs to"),
        ]),
        "JobTimes": .object([.init("job", jobName), .init("times", .array(time))]),
    ]
}
