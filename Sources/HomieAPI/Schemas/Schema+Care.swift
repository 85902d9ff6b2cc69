import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")

    /// The shapes of health and issues.
    static let careComponents: [String: Schema] = [
        "HealthList": .object([.init("replicas", .array(.reference("ReplicaHealth")))]),
        "ReplicaHealth": .object([
            .init("stack", .string()),
            .init("service", .string()),
            .init("replica", .integer(minimum: 1)),
            .init("health", .choice(["none", "starting", "healthy", "unhealthy"])),
            .init("check", .string(), isRequired: false, "what is checked; absent when nothing is"),
            .init("latencyMilliseconds", .number, isRequired: false, "of the latest check of Homie's own"),
            .init("detail", .string(), isRequired: false, "what the latest check saw"),
            .init("checkedAt", time, isRequired: false),
            .init("certificateExpires", time, isRequired: false, "of the certificate that the latest check saw"),
            .init("failures", .integer(minimum: 0), "since the last success"),
            .init("trouble", .string(), isRequired: false, "what is wrong and what is done about it"),
        ]),
        "Issues": .object([.init("issues", .array(.reference("Issue")), "errors first")]),
        "Issue": .object([
            .init("id", .string(), "stable while the problem is the same"),
            .init("check", .string(), "the check that found it"),
            .init("severity", .choice(["warning", "error"])),
            .init("summary", .string()),
            .init("stack", .string(), isRequired: false),
            .init("service", .string(), isRequired: false),
            .init("since", time),
            .init("evidence", .array(.string()), "figures and what was seen"),
            .init("excerpt", .array(.string()), "the last lines of a log"),
            .init("causes", .array(.reference("IssueCause")), "the nearest first, the root last"),
            .init("remedy", .reference("Remedy"), isRequired: false),
        ]),
        "IssueCause": .object([
            .init("issue", .string(), isRequired: false, "the ID of the issue it is"),
            .init("text", .string()),
        ]),
        "Remedy": .object([
            .init("action", .choice(RemedyAction.allCases.map(\.rawValue)), "what Homie does when told to"),
            .init("text", .string(), "what it does, as an order"),
            .init("command", .string(), "the one command that does it"),
            .init("isAutomatic", .boolean, "Homie does it by itself, now or when it is due"),
        ]),
        "FixReport": .object([
            .init("issue", .string()),
            .init("message", .string()),
            .init("deployment", .integer(minimum: 1), isRequired: false, "the deployment it began"),
        ]),
    ]
}
