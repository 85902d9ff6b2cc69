import HomieModel

extension Endpoint {
    private static let routes = "/api/v1/routes"

    /// How services are reached.
    static let gateway = [
        Endpoint(
            .listRoutes,
            .get,
            routes,
            "What the gateway serves, and by which replicas",
            answers: [Answer(200, "the routes; none while the gateway is off", .reference("Routes"))]
        ),
        Endpoint(
            .putRoute,
            .put,
            routes + "/{route}",
            "Makes or replaces a route beside those of the Compose files",
            body: .reference("RouteRequest"),
            answers: [
                Answer(200, "the route was changed", .reference("HandRoute")),
                Answer(201, "the route was made", .reference("HandRoute")),
            ],
            errors: [.usage, .notFound, .conflict, .tooLarge]
        ),
        Endpoint(
            .removeRoute,
            .delete,
            routes + "/{route}",
            "Removes a route that was made by hand",
            answers: [Answer(200, "the route that was", .reference("HandRoute"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .traceRoute,
            .post,
            "/api/v1/gateway/trace",
            "Which way a request would take through the gateway, and why; the gateway is asked, too",
            body: .reference("RouteTraceRequest"),
            answers: [Answer(200, "the way", .reference("RouteTrace"))],
            errors: [.usage, .notFound, .tooLarge]
        ),
        Endpoint(
            .listCertificates,
            .get,
            "/api/v1/gateway/certificates",
            "The certificates that the gateway presents, and those it should",
            answers: [Answer(200, "the device's own first", .reference("Certificates"))]
        ),
        Endpoint(
            .getAuthority,
            .get,
            "/api/v1/gateway/authority",
            "The device's own certificate authority, its fingerprint, and how to trust it",
            answers: [Answer(200, "the authority", .reference("Authority"))],
            errors: [.notFound]
        ),
    ]
}
