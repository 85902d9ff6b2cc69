import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")
    private static let name = Schema.string(pattern: AlertName.pattern)
    private static let stack = Schema.string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}$")
    private static let service = Schema.string(pattern: "^[a-zA-Z0-9._-]{1,128}$")
    private static let severity = Schema.choice(AlertRule.Severity.allCases.map(\.rawValue))
    private static let jobName = "^[a-z0-9][a-z0-9_-]{0,62}/[a-zA-Z0-9._-]{1,128}$"
    /// `90s`, `5m`, `1h30m`, `2d`.
    private static let period = Schema.string(pattern: "^([0-9]+(ms|s|m|h|d|w))+$")

    /// The shapes of alerts and webhooks.
    static let alerts: [String: Schema] = [
        "Alerts": .object([.init("alerts", .array(.reference("Alert")))]),
        "Alert": alert,
        "AlertRules": .object([.init("rules", .array(.reference("AlertRule")))]),
        "AlertRule": rule,
        "AlertRoutes": .object([.init("routes", .array(.reference("AlertRoute")))]),
        "AlertRoute": .object(route + [.init("hasSecret", .boolean, isRequired: false)]),
        "AlertRouteRequest": .object(
            route + [
                .init("secret", .string(), isRequired: false, "a password, token or signing key; never shown again")
            ]
        ),
        "SendReport": .object([
            .init("isDelivered", .boolean),
            .init("reason", .string(), isRequired: false, "why not"),
        ]),
        "Silences": .object([
            .init("silences", .array(.reference("Silence"))),
            .init("windows", .array(.reference("QuietWindow"))),
        ]),
        "Silence": .object([
            .init("id", .integer(minimum: 1)),
            .init("matcher", matcher),
            .init("from", time),
            .init("until", time),
            .init("comment", .string()),
        ]),
        "SilenceRequest": .object([
            .init("matcher", matcher),
            .init("for", period),
            .init("comment", .string(), isRequired: false),
        ]),
        "QuietWindow": .object([
            .init("name", name, isRequired: false),
            .init("matcher", matcher),
            .init("when", .string(), "local time, e.g. 'sun 02:00-04:00'"),
        ]),
        "Deliveries": .object([.init("deliveries", .array(.reference("Delivery")))]),
        "Delivery": .object([
            .init("id", .string(), "the same at every attempt"),
            .init("route", name),
            .init("title", .string()),
            .init("state", .choice(Delivery.State.allCases.map(\.rawValue))),
            .init("attempts", .integer(minimum: 0)),
            .init("createdAt", time),
            .init("dueAt", time),
            .init("deliveredAt", time, isRequired: false),
            .init("lastError", .string(), isRequired: false),
        ]),
        "Hooks": .object([.init("hooks", .array(.reference("Hook")))]),
        "Hook": .object(hook),
        "HookRequest": .object(hook + [.init("secret", .string(), isRequired: false, "the key; never shown again")]),
        "HookReceipt": .object([
            .init("hook", name),
            .init("did", .string()),
            .init("deployment", .integer(minimum: 1), isRequired: false),
        ]),
    ]

    private static let matcher = Schema.object([
        .init("rule", name, isRequired: false),
        .init("stack", stack, isRequired: false),
        .init("service", service, isRequired: false),
    ])

    private static let alert = Schema.object([
        .init("rule", name),
        .init(
            "subject",
            .object([
                .init("stack", stack, isRequired: false),
                .init("service", service, isRequired: false),
                .init("series", .string(), isRequired: false),
                .init("issue", .string(), isRequired: false, "the ID of an open issue"),
            ])
        ),
        .init("severity", severity),
        .init("state", .choice(Alert.State.allCases.map(\.rawValue))),
        .init("summary", .string()),
        .init("value", .number, isRequired: false),
        .init("since", time),
        .init("firedAt", time, isRequired: false),
        .init("resolvedAt", time, isRequired: false),
        .init("lastHeld", time, "when the condition held for the last time"),
        .init("heldUntil", time, isRequired: false),
        .init("event", .integer(minimum: 1), isRequired: false),
        .init("isRoot", .boolean, "it concerns the whole device"),
        .init("group", .string(), isRequired: false, "named after the root cause"),
    ])

    private static let rule = Schema.object([
        .init("name", name, isRequired: false),
        .init("severity", severity, isRequired: false),
        .init(
            "condition",
            .oneMember([.init("health", health), .init("metric", metric), .init("event", event)]),
            "exactly one of them"
        ),
        .init("for", period, isRequired: false, "the condition must hold this long"),
        .init("lingers", period, isRequired: false, "the alert goes on this long after it held last"),
        .init("isRoot", .boolean, isRequired: false, "it concerns the whole device"),
        .init("isOn", .boolean, isRequired: false),
    ])

    private static let health = Schema.object([
        .init("phases", .array(.string())),
        .init("stack", stack, isRequired: false),
        .init("service", service, isRequired: false),
    ])

    private static let metric = Schema.object([
        .init("series", .string()),
        .init("function", .string(), isRequired: false, "mean, sum, rate, min, max or a percentile such as p95"),
        .init("over", period, isRequired: false, "up to an hour"),
        .init("above", .number, isRequired: false),
        .init("below", .number, isRequired: false),
        .init("clears", .number, isRequired: false, "where it is well again"),
    ])

    private static let event = Schema.object([
        .init("kinds", .array(.string()), "dotted names; a star at the end stands for anything"),
        .init("clearedBy", .array(.string()), isRequired: false),
        .init("stack", stack, isRequired: false),
        .init("service", service, isRequired: false),
        .init("lasts", period, isRequired: false),
    ])

    private static let route: [Property] = [
        .init("name", name, isRequired: false),
        .init("kind", .choice(AlertRoute.Kind.allCases.map(\.rawValue))),
        .init("url", .string()),
        .init("from", .string(), isRequired: false),
        .init("to", .array(.string()), isRequired: false),
        .init("user", .string(), isRequired: false),
        .init("least", severity, isRequired: false),
        .init("rules", .array(name), isRequired: false),
        .init("allowsLocal", .boolean, isRequired: false, "addresses of the local network and of this device, too"),
        .init("tellsResolved", .boolean, isRequired: false),
        .init("isOn", .boolean, isRequired: false),
    ]

    private static let hook: [Property] = [
        .init("name", name, isRequired: false),
        .init("signature", .choice(IncomingHook.Signature.allCases.map(\.rawValue)), isRequired: false),
        .init(
            "action",
            .oneMember([.init("deploy", stack), .init("job", .string(pattern: Self.jobName))]),
            "exactly one of them"
        ),
        .init("isOn", .boolean, isRequired: false),
    ]
}
