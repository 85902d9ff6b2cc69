import HomieModel

extension Endpoint {
    /// The largest request body in bytes.
    public static let bodyLimit = 8 << 20

    /// The endpoint of an operation.
    public static func of(_ operation: Operation) -> Endpoint { byOperation[operation] ?? all[0] }

    private static let byOperation = Dictionary(uniqueKeysWithValues: all.map { ($0.operation, $0) })

    /// The table: what the server serves, the client calls and the OpenAPI document shows.
    public static let all: [Endpoint] =
        daemon + stacks + details + gateway + history + measurements + alerts + rollouts + jobs + traces + access
        + system + care

    private static let root = "/api/v1"
    private static let stack = root + "/stacks/{stack}"

    private static let daemon = [
        Endpoint(
            .version,
            .get,
            root + "/version",
            "The daemon's release",
            answers: [Answer(200, "the release", .reference("Version"))]
        ),
        Endpoint(
            .doctor,
            .get,
            root + "/doctor",
            "What works on this device and what does not",
            answers: [Answer(200, "the findings", .reference("Findings"))]
        ),
        Endpoint(
            .openAPI,
            .get,
            root + "/openapi.json",
            "This document",
            answers: [Answer(200, "an OpenAPI 3.1 document", .map(.any))]
        ),
        Endpoint(
            .isAlive,
            .get,
            "/healthz",
            "Whether the daemon answers",
            answers: [Answer(200, "it does", .reference("Health"))]
        ),
        Endpoint(
            .isReady,
            .get,
            "/readyz",
            "Whether the daemon has its state and its engine",
            answers: [Answer(200, "it does", .reference("Health"))],
            errors: [.unhealthy]
        ),
        Endpoint(
            .metrics,
            .get,
            "/metrics",
            "Everything measured, for Prometheus; OpenMetrics when 'Accept' prefers it",
            answers: [
                Answer(200, "the metrics", .string(), as: ContentType.prometheus),
                Answer(200, "the metrics", .string(), as: ContentType.openMetrics),
            ]
        ),
    ]

    private static let deployed = [
        Answer(200, "there was nothing to do, or it is done", .reference("Deployment")),
        Answer(202, "it runs; ask for the deployment to see how it ends", .reference("Deployment")),
    ]

    private static let page = [
        QueryParameter("limit", .integer(1...1000), "so many of a page; all when absent"),
        QueryParameter("cursor", .cursor, "go on where the page before ended"),
    ]

    private static let stacks = [
        Endpoint(
            .listStacks,
            .get,
            root + "/stacks",
            "All stacks and how they do",
            query: page,
            answers: [Answer(200, "the stacks, by name", .reference("Stacks"))],
            errors: [.usage]
        ),
        Endpoint(
            .applyStack,
            .put,
            stack,
            "Makes a Compose project the wanted state of a stack",
            body: .reference("ApplyRequest"),
            answers: deployed,
            errors: [.usage, .conflict, .refused, .unreachable, .tooLarge]
        ),
        Endpoint(
            .confirmStack,
            .post,
            stack + "/confirm",
            "Whether an applied request still holds, by its digest; changes nothing, and is a conflict when it does not",
            body: .reference("ConfirmRequest"),
            answers: deployed,
            errors: [.usage, .conflict, .tooLarge]
        ),
        Endpoint(
            .planStack,
            .post,
            stack + "/plan",
            "What applying a project would do",
            body: .reference("ApplyRequest"),
            answers: [Answer(200, "the changes", .reference("Plan"))],
            errors: [.usage, .conflict, .refused, .unreachable, .tooLarge]
        ),
        Endpoint(
            .getStack,
            .get,
            stack,
            "One stack and how it does",
            answers: [Answer(200, "the stack", .reference("Stack"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .removeStack,
            .delete,
            stack,
            "Stops and removes a stack's containers and networks",
            query: [QueryParameter("volumes", .flag, "remove its named volumes and all they hold, too")],
            answers: deployed,
            errors: [.usage, .notFound, .conflict, .unreachable]
        ),
        Endpoint(
            .rollbackStack,
            .post,
            stack + "/rollback",
            "Returns a stack to an earlier revision",
            body: .reference("RollbackRequest"),
            isBodyRequired: false,
            answers: deployed,
            errors: [.usage, .notFound, .conflict, .tooLarge]
        ),
        Endpoint(
            .adoptStack,
            .post,
            stack + "/adopt",
            "Takes over a running Compose project's containers without restarting them",
            body: .reference("AdoptRequest"),
            answers: deployed,
            errors: [.usage, .notFound, .conflict, .unreachable, .tooLarge]
        ),
    ]

    private static let details = [
        Endpoint(
            .listRevisions,
            .get,
            stack + "/revisions",
            "The revisions of a stack that are kept",
            answers: [Answer(200, "the revisions", .reference("Revisions"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .listServices,
            .get,
            stack + "/services",
            "The services of a stack and how they do",
            answers: [Answer(200, "the services", .reference("Services"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .listAllServices,
            .get,
            root + "/services",
            "The services of all stacks and how they do",
            query: [
                QueryParameter("stack", .stack, "only this stack's"),
                QueryParameter("service", .service, "only those of this name"),
                QueryParameter(
                    "phase",
                    .choice(ServiceStatus.Phase.allCases.map(\.rawValue)),
                    "only those that are so"
                ),
            ] + page,
            answers: [Answer(200, "the services, by stack and name", .reference("Services"))],
            errors: [.usage]
        ),
        Endpoint(
            .explainService,
            .get,
            stack + "/services/{service}/why",
            "The events that explain a service's present state, cause before effect",
            answers: [Answer(200, "the events", .reference("Events"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .listContainers,
            .get,
            root + "/containers",
            "All containers of all stacks",
            query: [QueryParameter("stack", .stack, "only this stack's")] + page,
            answers: [Answer(200, "the containers", .reference("Containers"))],
            errors: [.usage]
        ),
        Endpoint(
            .readLogs,
            .get,
            root + "/containers/{container}/logs",
            "A container's log, oldest line first, one JSON value on each line",
            query: [
                QueryParameter("follow", .flag, "go on until the container ends"),
                QueryParameter("tail", .integer(0...10_000_000), "only the last so many lines"),
                QueryParameter("since", .time, "only lines from then on"),
                QueryParameter(
                    "grep",
                    .text,
                    "only lines with this text in them; without 'follow' 'tail' counts these"
                ),
            ],
            answers: [Answer(200, "the lines", .reference("LogLine"), as: ContentType.lines)],
            errors: [.usage, .notFound, .unreachable]
        ),
    ]

    private static let history = [
        Endpoint(
            .listEvents,
            .get,
            root + "/events",
            "Events: a page of JSON, or server-sent events that go on from 'after' or 'Last-Event-ID'",
            query: [
                QueryParameter("stack", .stack, "only this stack's"),
                QueryParameter("service", .service, "only this service's"),
                QueryParameter("deployment", .integer(1...Int64.max), "only this deployment's"),
                QueryParameter("after", .integer(0...Int64.max), "only those with a larger ID"),
                QueryParameter("limit", .integer(1...1000), "the newest so many of a page; 200 when absent"),
            ],
            answers: [
                Answer(200, "the events", .reference("Events")),
                Answer(200, "events as they come, their ID in 'id'", .reference("Event"), as: ContentType.events),
            ],
            errors: [.usage]
        ),
        Endpoint(
            .getDeployment,
            .get,
            root + "/deployments/{deployment}",
            "One deployment and how far it is",
            answers: [Answer(200, "the deployment", .reference("Deployment"))],
            errors: [.usage, .notFound]
        ),
    ]
}
