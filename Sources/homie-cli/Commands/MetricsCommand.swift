internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie metrics`
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Asks the history of what was measured.",
        discussion: """
            Example:
              homie metrics query 'container_cpu_usage_seconds{stack="shop"}' --since 6h
            """,
        subcommands: [MetricsList.self, MetricsQuery.self]
    )
}

/// `homie metrics ls`
struct MetricsList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the series that the history knows.",
        discussion: """
            Example:
              homie metrics ls container_memory
            """
    )

    @Argument(help: "Only those whose names have this in them.")
    var part: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let names = try await connection.client(in: surroundings).seriesNames()
            .filter { name in part.map { name.contains($0) } ?? true }
        let listing = Listing(
            SeriesNamesAnswer(series: names),
            rows: names,
            columns: [Column("SERIES") { Cell($0) }],
            nothing: "Nothing has been measured yet.",
            identity: { $0 }
        )
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie metrics query`
struct MetricsQuery: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Shows what a series did in a range.",
        discussion: """
            Example:
              homie metrics query 'container_network_receive_bytes{service="web"}' --function sum --since 7d --step 1d
            """
    )

    @Argument(help: ArgumentHelp("The series: a metric, and labels that must be there.", valueName: "series"))
    var selector: String
    @Option(name: .customLong("function"), help: "mean, sum, rate, min, max, or a percentile such as p95.")
    var function = "mean"
    @Option(name: .customLong("since"), help: "From when on: a time, or how long ago.")
    var since = MomentArgument.ago(.seconds(3600))
    @Option(name: .customLong("until"), help: "Until when: a time, or how long ago.")
    var until = MomentArgument.ago(.seconds(0))
    @Option(name: .customLong("step"), help: "The length of a step, e.g. 5m; chosen by itself when absent.")
    var step: LengthArgument?
    @Flag(name: .customLong("total"), help: "Add up the series that match.")
    var isTotal = false
    @Flag(name: .customLong("points"), help: "Print every point.")
    var printsPoints = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let now = surroundings.now()
        let request = RangeRequest(
            selector: try SeriesSelector(parsing: selector),
            function: try MeasurementFunction(parsing: function),
            start: since.time(now: now),
            end: until.time(now: now),
            step: step?.span,
            isTotal: isTotal
        )
        let range = try await connection.client(in: surroundings).range(request)
        let stream = surroundings.console.output
        guard printsPoints, !output.isJSON else {
            try stream.print(Listings.range(range), as: output.isJSON ? .json : .table)
            return .done
        }
        try stream.print(Listings.points(range), as: .table)
        return .done
    }
}

extension Listings {
    static func range(_ range: MeasuredRange) -> Listing<MeasuredRange> {
        let function = range.function
        return Listing(
            range,
            rows: range.series,
            columns: [
                Column("SERIES") { Cell($0.name, .strong) },
                Column("LAST", .right) { text($0, function) { $0.last } },
                Column("MIN", .right) { text($0, function) { $0.min() } },
                Column("MEAN", .right) { text($0, function) { $0.isEmpty ? nil : $0.reduce(0, +) / Double($0.count) } },
                Column("MAX", .right) { text($0, function) { $0.max() } },
                Column("COURSE") { Cell(MeasureText.sparkline($0.points.map { $0[1] })) },
            ],
            nothing: "Nothing was measured in this range.",
            identity: { $0.name }
        )
    }

    private static func text(
        _ series: MeasuredRange.Series,
        _ function: MeasurementFunction,
        _ pick: ([Double]) -> Double?
    ) -> Cell {
        Cell(pick(series.points.map { $0[1] }).map { MeasureText.value($0, of: series.metric, function) } ?? "")
    }

    static func points(_ range: MeasuredRange) -> Listing<MeasuredRange> {
        let function = range.function
        let rows = range.series.flatMap { series in series.points.map { (series, $0) } }
        return Listing(
            range,
            rows: rows,
            columns: [
                Column("SERIES") { Cell($0.0.name) },
                Column("FROM (UTC)") { row in
                    Cell(TimeText.clock(Timestamp(nanoseconds: Int64(row.1[0]) * 1_000_000_000)))
                },
                Column("VALUE", .right) { Cell(MeasureText.value($0.1[1], of: $0.0.metric, function)) },
            ],
            nothing: "Nothing was measured in this range.",
            identity: { "\($0.0.name) \($0.1[0])" }
        )
    }
}
