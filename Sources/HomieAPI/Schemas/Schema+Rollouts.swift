import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")
    private static let stackName = Schema.string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}$")
    private static let serviceName = Schema.string(pattern: "^[a-zA-Z0-9._-]{1,128}$")

    /// The shapes of updates.
    static let rollouts: [String: Schema] = [
        "Rollouts": .object([.init("rollouts", .array(.reference("Rollout")), "by stack and service")]),
        "Rollout": .object([
            .init("stack", stackName),
            .init("service", serviceName),
            .init("strategy", .choice(UpdateSettings.Strategy.allCases.map(\.rawValue))),
            .init("state", .choice(RolloutRecord.State.allCases.map(\.rawValue))),
            .init("isPaused", .boolean),
            .init("pauseReason", .string(), isRequired: false, "why it is paused or held off"),
            .init("isRollback", .boolean, "it returns to an earlier version"),
            .init("fromRevision", .integer(minimum: 1), isRequired: false, "what an abort returns to"),
            .init("toRevision", .integer(minimum: 0)),
            .init("share", .integer(minimum: 0), "of the requests, that the new version gets, in percent"),
            .init("startedAt", time),
            .init("switchedAt", time, isRequired: false, "when all requests went to the new version"),
            .init("endedAt", time, isRequired: false),
            .init("cause", .string(), isRequired: false, "why it failed, in one sentence"),
            .init("figures", .array(figures), "what each canary step was judged by"),
        ]),
        "RolloutRequest": .object([.init("action", .choice(RolloutAction.allCases.map(\.rawValue)))]),
        "UpdateRequest": .object([
            .init("services", .array(serviceName), isRequired: false, "all of the stack's when absent")
        ]),
        "Images": .object([.init("images", .array(image), "by stack and service")]),
        "LockRequest": .object([.init("reason", .string(), "why updates are held off, in one clause")]),
        "Lock": .object([.init("isLocked", .boolean)]),
    ]

    private static let image = Schema.object([
        .init("stack", stackName),
        .init("service", serviceName),
        .init("reference", .string()),
        .init("digest", .string(), isRequired: false, "what the registry names now"),
        .init("isNewer", .boolean, "the image that runs is another one"),
        .init("firstSeen", time, isRequired: false, "when the digest was first seen"),
        .init("checkedAt", time),
        .init("problem", .string(), isRequired: false, "why the registry did not answer"),
    ])

    private static let sample = Schema.object([
        .init("requests", .integer(minimum: 0)),
        .init("errors", .integer(minimum: 0), "answers of class 5xx, and none at all"),
        .init("slow", .integer(minimum: 0), isRequired: false, "the 95th percentile of the times, in nanoseconds"),
        .init("slower", .integer(minimum: 0), "answers slower than the other version's 95th percentile"),
    ])

    private static let figures = Schema.object([
        .init("share", .integer(minimum: 0)),
        .init("new", sample),
        .init("old", sample),
        .init("verdict", .string()),
        .init("at", time),
    ])
}
