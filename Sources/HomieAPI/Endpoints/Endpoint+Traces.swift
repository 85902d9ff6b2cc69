import HomieModel

extension Endpoint {
    static let traces = [
        Endpoint(
            .listTraces,
            .get,
            "/api/v1/traces",
            "The traces that ended last, newest first",
            query: [QueryParameter("limit", .integer(1...1000), "at most so many; 50 when absent")],
            answers: [Answer(200, "the traces", .reference("Traces"))],
            errors: [.usage]
        ),
        Endpoint(
            .getTrace,
            .get,
            "/api/v1/traces/{trace}",
            "What is kept of one trace",
            answers: [Answer(200, "its spans", .reference("Trace"))],
            errors: [.usage, .notFound]
        ),
    ]
}
