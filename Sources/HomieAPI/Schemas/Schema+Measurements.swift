import HomieModel

extension Schema {
    /// The shapes of measurements.
    static let measurements: [String: Schema] = [
        "SeriesNames": .object([.init("series", .array(.string()), "in order")]),
        "MeasuredRange": .object([
            .init("function", .string()),
            .init("start", .string(format: "date-time")),
            .init("end", .string(format: "date-time")),
            .init("step", .integer(minimum: 1), "seconds from one point to the next"),
            .init("resolution", .integer(minimum: 1), "seconds that a stored point stands for"),
            .init(
                "series",
                .array(
                    .object([
                        .init("name", .string()),
                        .init("metric", .string()),
                        .init("labels", .map(.string())),
                        .init("points", .array(.array(.number)), "pairs of seconds since 1970 and value"),
                    ])
                )
            ),
        ]),
        "UsageTable": .object([
            .init(
                "host",
                .object([
                    .init("processors", .number, isRequired: false, "a share between 0 and 1"),
                    .init("memory", .number, isRequired: false, "a share between 0 and 1"),
                    .init("load", .number, isRequired: false),
                ])
            ),
            .init("services", .array(usage), "in the order of stack and service"),
        ]),
    ]

    private static let usage = Schema.object([
        .init("stack", .string()),
        .init("service", .string()),
        .init("processors", .number, isRequired: false, "1 is one processor, busy all the time"),
        .init("memory", .number, isRequired: false, "the working set in bytes"),
        .init("received", .number, isRequired: false, "bytes per second"),
        .init("sent", .number, isRequired: false, "bytes per second"),
        .init("read", .number, isRequired: false, "bytes per second"),
        .init("written", .number, isRequired: false, "bytes per second"),
        .init("throttled", .number, isRequired: false, "seconds per second"),
    ])
}
