import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")
    private static let stackName = Schema.string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}$")
    private static let serviceName = Schema.string(pattern: "^[a-zA-Z0-9._-]{1,128}$")
    private static let routeName = Schema.string(pattern: RouteName.pattern)

    /// The shapes of the gateway.
    static let gateway: [String: Schema] = [
        "Routes": .object([.init("routes", .array(.reference("Route")))]),
        "Route": .object([
            .init("name", routeName, isRequired: false, "of one that was made by hand"),
            .init("stack", stackName, isRequired: false, "absent when it leads to no service"),
            .init("service", serviceName, isRequired: false),
            .init("address", .string(), isRequired: false, "where it leads when it leads to no service"),
            .init("number", .integer(minimum: 1), "its place among those of its service"),
            .init("version", .string(), isRequired: false, "of a version beside the route itself"),
            .init("urls", .array(.string()), "addresses it is reached by, best first"),
            .init("port", .integer(minimum: 1), "the port in the container"),
            .init("access", .choice(GatewayRoute.Access.allCases.map(\.rawValue)), "who may use it"),
            .init(
                "replicas",
                .array(
                    .object([
                        .init("container", .string(), "the first 12 digits of its ID"),
                        .init("address", .string()),
                        .init("port", .integer(minimum: 1)),
                        .init("weight", .integer(minimum: 0)),
                        .init("state", .choice(RouteStatus.Replica.State.allCases.map(\.rawValue))),
                        .init("connections", .integer(minimum: 0), "those that serve a client now"),
                    ])
                )
            ),
            .init(
                "published",
                .array(
                    .object([
                        .init("name", .string()),
                        .init("state", .choice(PublishedName.State.allCases.map(\.rawValue))),
                        .init("problem", .string(), isRequired: false, "what stands in the way"),
                    ])
                ),
                "its names under .local, as far as such names are published"
            ),
            .init("problem", .string(), isRequired: false, "what is wrong with it"),
        ]),
        "RouteRequest": .object(
            [
                .init(
                    "service",
                    .string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}/[a-zA-Z0-9._-]{1,128}$"),
                    isRequired: false,
                    "STACK/SERVICE; needs 'port'"
                ),
                .init("address", .string(length: 1...300), isRequired: false, "e.g. http://192.168.1.20:8123"),
            ]
                + [
                    "port", "scheme", "host", "hosts", "path", "strip_path", "path_form", "auth", "tls", "balance",
                    "headers", "rate_limit", "cache", "max_body", "timeout", "health", "verify", "server_name", "ca",
                    "versions",
                ].map { .init($0, .any, isRequired: false, "as in 'x-homie.gateway'") }
        ),
        "HandRoute": .object([
            .init("name", routeName),
            .init("target", .string(), "a service, or an address"),
            .init("settings", .map(.any), "as they were written"),
            .init("createdAt", time),
        ]),
        "Certificates": .object([.init("certificates", .array(.reference("Certificate")))]),
        "Certificate": .object([
            .init("names", .array(.string()), "those it is for"),
            .init("origin", .choice(CertificateStatus.Origin.allCases.map(\.rawValue))),
            .init("issuer", .string(), isRequired: false, "who signed it; absent while there is none"),
            .init("expiresAt", time, isRequired: false),
            .init("problem", .string(), isRequired: false, "what is wrong"),
        ]),
        "Authority": .object([
            .init("certificate", .string(), "PEM"),
            .init("fingerprint", .string(), "SHA-256, as browsers show it"),
            .init("instructions", .array(.string()), "how to trust it"),
        ]),
        "RouteTraceRequest": .object([
            .init("url", .string(length: 8...2000), "what a client would ask for"),
            .init("asks", .boolean, isRequired: false, "ask the gateway, too; true when absent"),
        ]),
        "RouteTrace": .object([
            .init("url", .string()),
            .init("outcome", .choice(RouteTrace.Outcome.allCases.map(\.rawValue))),
            .init("route", .reference("Route"), isRequired: false),
            .init("steps", .array(.string()), "what was looked at, and what came of it"),
            .init(
                "answer",
                .object([
                    .init("status", .integer(minimum: 100), isRequired: false),
                    .init("milliseconds", .number, isRequired: false),
                    .init("location", .string(), isRequired: false, "where the client is sent to"),
                    .init("problem", .string(), isRequired: false, "why there is no answer"),
                ]),
                isRequired: false
            ),
        ]),
    ]
}
