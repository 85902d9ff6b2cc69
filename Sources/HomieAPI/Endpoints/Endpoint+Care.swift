import HomieModel

extension Endpoint {
    /// Health, issues and their remedies.
    static let care = [
        Endpoint(
            .listHealth,
            .get,
            "/api/v1/health",
            "How every replica does, and how one knows",
            query: [QueryParameter("stack", .stack, "only this stack's")],
            answers: [Answer(200, "one entry for each replica", .reference("HealthList"))],
            errors: [.usage]
        ),
        Endpoint(
            .listIssues,
            .get,
            "/api/v1/issues",
            "The open issues of this device, errors first, each with its evidence, causes and remedy",
            answers: [Answer(200, "the issues", .reference("Issues"))]
        ),
        Endpoint(
            .fixIssue,
            .post,
            "/api/v1/issues/{issue}/fix",
            "Does what an issue's remedy says",
            answers: [Answer(200, "what was done or begun", .reference("FixReport"))],
            errors: [.usage, .notFound, .conflict, .refused, .unreachable]
        ),
    ]
}
