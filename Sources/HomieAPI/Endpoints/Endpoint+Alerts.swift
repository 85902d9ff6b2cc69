import HomieModel

extension Endpoint {
    private static let base = "/api/v1/alerts"
    private static let done = [Answer(200, "it is done", .reference("Health"))]

    /// Alerts, what is set about them, and incoming webhooks.
    static let alerts = looking + rules + routes + silences + hooks

    private static let looking = [
        Endpoint(
            .listAlerts,
            .get,
            base,
            "The alerts that are pending or fire",
            query: [QueryParameter("past", .flag, "also those that are over")],
            answers: [Answer(200, "the alerts, the worst first", .reference("Alerts"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .listDeliveries,
            .get,
            base + "/deliveries",
            "Notifications on their way, delivered and given up",
            query: [
                QueryParameter("state", .choice(Delivery.State.allCases.map(\.rawValue)), "only those in this state")
            ],
            answers: [Answer(200, "the newest first", .reference("Deliveries"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .retryDelivery,
            .post,
            base + "/deliveries/{delivery}/retry",
            "Tries a delivery that waits or was given up anew",
            answers: done,
            errors: [.notFound]
        ),
    ]

    private static let rules = [
        Endpoint(
            .listAlertRules,
            .get,
            base + "/rules",
            "When somebody is told: the standard rules, and those set instead of and beside them",
            answers: [Answer(200, "the rules, by name", .reference("AlertRules"))],
            errors: [.notFound]
        ),
        Endpoint(
            .putAlertRule,
            .put,
            base + "/rules/{rule}",
            "Sets a rule; one with a standard rule's name takes its place",
            body: .reference("AlertRule"),
            answers: done,
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .removeAlertRule,
            .delete,
            base + "/rules/{rule}",
            "Removes a rule that was set; a standard one of that name holds again",
            answers: done,
            errors: [.usage, .notFound]
        ),
    ]

    private static let routes = [
        Endpoint(
            .listAlertRoutes,
            .get,
            base + "/routes",
            "Who is told, and how; without secrets",
            answers: [Answer(200, "the routes, by name", .reference("AlertRoutes"))],
            errors: [.notFound]
        ),
        Endpoint(
            .putAlertRoute,
            .put,
            base + "/routes/{route}",
            "Sets a route; its secret stays when none is given, and goes when it is empty",
            body: .reference("AlertRouteRequest"),
            answers: done,
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .removeAlertRoute,
            .delete,
            base + "/routes/{route}",
            "Removes a route with its secret",
            answers: done,
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .testAlertRoute,
            .post,
            base + "/routes/{route}/test",
            "Sends a made-up notification now",
            answers: [Answer(200, "what became of it", .reference("SendReport"))],
            errors: [.usage, .notFound]
        ),
    ]

    private static let silences = [
        Endpoint(
            .listSilences,
            .get,
            base + "/silences",
            "What keeps alerts quiet: silences and maintenance windows",
            answers: [Answer(200, "both", .reference("Silences"))],
            errors: [.notFound]
        ),
        Endpoint(
            .addSilence,
            .post,
            base + "/silences",
            "Keeps alerts quiet for a while",
            body: .reference("SilenceRequest"),
            answers: [Answer(200, "the silence", .reference("Silence"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .removeSilence,
            .delete,
            base + "/silences/{silence}",
            "Ends a silence",
            answers: done,
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .putAlertWindow,
            .put,
            base + "/windows/{window}",
            "Sets a maintenance window, in which alerts are expected",
            body: .reference("QuietWindow"),
            answers: done,
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .removeAlertWindow,
            .delete,
            base + "/windows/{window}",
            "Removes a maintenance window",
            answers: done,
            errors: [.usage, .notFound]
        ),
    ]

    private static let hooks = [
        Endpoint(
            .listHooks,
            .get,
            "/api/v1/hooks",
            "Incoming webhooks; without their keys",
            answers: [Answer(200, "the hooks, by name", .reference("Hooks"))],
            errors: [.notFound]
        ),
        Endpoint(
            .putHook,
            .put,
            "/api/v1/hooks/{hook}",
            "Sets an incoming webhook; its key stays when none is given",
            body: .reference("HookRequest"),
            answers: done,
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .removeHook,
            .delete,
            "/api/v1/hooks/{hook}",
            "Removes an incoming webhook with its key",
            answers: done,
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .receiveHook,
            .post,
            "/api/v1/hooks/{hook}/receive",
            "Where others send their webhooks: checked by their signature, acted upon once; the body is what they send",
            answers: [Answer(202, "what it set off", .reference("HookReceipt"))],
            errors: [.usage, .notFound, .refused, .conflict, .tooLarge]
        ),
    ]
}
