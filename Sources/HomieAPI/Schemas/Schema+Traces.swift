import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")
    private static let traceID = Schema.string(pattern: "^[0-9a-f]{32}$")
    private static let spanID = Schema.string(pattern: "^[0-9a-f]{16}$")

    /// The shapes of traces.
    static let traces: [String: Schema] = [
        "Traces": .object([.init("traces", .array(.reference("TraceSummary")), "newest first")]),
        "TraceSummary": .object([
            .init("trace", traceID),
            .init("name", .string(), "of its first span"),
            .init("startedAt", time),
            .init("duration", .integer(minimum: 0), "in nanoseconds"),
            .init("spans", .integer(minimum: 1)),
            .init("hasErrors", .boolean),
        ]),
        "Trace": .object([.init("trace", traceID), .init("spans", .array(.reference("Span")), "by their beginnings")]),
        "Span": .object([
            .init("trace", traceID),
            .init("span", spanID),
            .init("parent", spanID, isRequired: false),
            .init("name", .string()),
            .init("kind", .choice(SpanRecord.Kind.allCases.map(\.rawValue))),
            .init("startedAt", time),
            .init("duration", .integer(minimum: 0), "in nanoseconds"),
            .init("outcome", .choice(SpanRecord.Outcome.allCases.map(\.rawValue))),
            .init("reason", .string(), isRequired: false, "why it failed"),
            .init("attributes", .map(.any)),
            .init(
                "notes",
                .array(.object([.init("at", time), .init("name", .string()), .init("attributes", .map(.any))])),
                "what happened meanwhile"
            ),
        ]),
    ]
}
