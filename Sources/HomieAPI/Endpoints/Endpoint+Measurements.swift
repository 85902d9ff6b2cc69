import HomieModel

extension Endpoint {
    /// What was measured, and what is used now.
    static let measurements = [
        Endpoint(
            .listSeries,
            .get,
            "/api/v1/measurements/series",
            "The names of all series that the history knows",
            answers: [Answer(200, "the names", .reference("SeriesNames"))],
            errors: [.notFound]
        ),
        Endpoint(
            .queryRange,
            .get,
            "/api/v1/measurements/range",
            "What was measured in a range, in steps",
            query: [
                QueryParameter(
                    "series",
                    .pattern(SeriesSelector.pattern),
                    #"which series, e.g. container_cpu_usage_seconds{stack="shop"}"#,
                    isRequired: true
                ),
                QueryParameter(
                    "function",
                    .pattern(MeasurementFunction.pattern),
                    "mean, sum, rate, min, max or a percentile such as p95; mean when absent"
                ),
                QueryParameter("start", .time, "an hour before the end when absent"),
                QueryParameter("end", .time, "excluded; now when absent"),
                QueryParameter("step", .integer(1...31_536_000), "seconds; rounded up to what is stored"),
                QueryParameter("total", .flag, "add up the series that match"),
            ],
            answers: [Answer(200, "the values", .reference("MeasuredRange"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .showUsage,
            .get,
            "/api/v1/measurements/usage",
            "What services and the host use right now",
            answers: [Answer(200, "means of the last minute", .reference("UsageTable"))],
            errors: [.notFound]
        ),
    ]
}
