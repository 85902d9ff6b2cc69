internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie trace`
struct TraceCommand: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Shows what a request, a deployment, a job or an act of healing did, and how long each part took.",
        discussion: """
            Without a number the newest traces are listed. The numbers are also in the journal (HOMIE_TRACE), in the history of
            jobs, in the answer header 'traceresponse', and in 'X-Request-ID' of what the gateway serves.

            Example:
              homie trace
              homie trace 4bf92f3577b3
            """
    )

    @Argument(help: "The trace's number, or the beginning of it.")
    var id: String?
    @Option(name: .customLong("limit"), help: ArgumentHelp("List at most so many (default: 20).", valueName: "count"))
    var limit: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, !(1...1000).contains(limit) { throw ValidationError("--limit goes from 1 to 1000") }
        if let id, !(4...32).contains(id.count) || !id.allSatisfy({ $0.isHexDigit }) {
            throw ValidationError("the number of a trace has up to 32 hexadecimal digits; give at least four")
        }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let stream = surroundings.console.output
        guard let id else {
            let traces = try await client.traces(limit: limit ?? 20)
            try stream.print(Listings.traces(traces, now: surroundings.now()), as: output.isJSON ? .json : .table)
            return .done
        }
        let trace = try await client.trace(try await Self.find(id.lowercased(), client))
        if output.isJSON {
            try stream.write(JSONOutput.document(trace))
        } else {
            try stream.write(TraceText(palette: stream.palette).tree(trace))
        }
        return .done
    }

    private static func find(_ text: String, _ client: APIClient) async throws -> TraceID {
        if let whole = TraceID(text) { return whole }
        let found = try await client.traces(limit: 1000).map(\.trace).filter { $0.description.hasPrefix(text) }
        guard let first = found.first else { throw TraceCommandError.none(text) }
        guard found.count == 1 else { throw TraceCommandError.several(text) }
        return first
    }
}

enum TraceCommandError: UserFacingError, Equatable {
    case none(String)
    case several(String)

    var summary: String {
        switch self {
        case .none(let text): "no trace that is kept begins with '\(text)'"
        case .several(let text): "several traces begin with '\(text)'"
        }
    }

    var hint: String? { "'homie trace' lists them" }

    var kind: ErrorKind {
        switch self {
        case .none: .notFound
        case .several: .usage
        }
    }
}

extension Listings {
    static func traces(_ traces: [TraceSummary], now: Timestamp) -> Listing<TracesAnswer> {
        Listing(
            TracesAnswer(traces: traces),
            rows: traces,
            columns: [
                Column("TRACE") { Cell(String($0.trace.description.prefix(12)), .strong) },
                Column("BEGAN") { Cell(TimeText.relative($0.startedAt, now: now)) },
                Column("TOOK", .right) { Cell(TraceText.length($0.duration)) },
                Column("SPANS", .right) { Cell(String($0.spans)) },
                Column("WHAT") { Cell($0.name, $0.hasErrors ? .bad : .plain) },
            ],
            nothing: "Nothing was traced yet.",
            identity: { $0.trace.description }
        )
    }
}

/// A trace as a tree: parts under the whole, each with when it began and how long it took.
struct TraceText {
    let palette: Palette

    func tree(_ trace: TraceAnswer) -> String {
        guard let start = trace.spans.map(\.startedAt).min() else { return "" }
        let known = Set(trace.spans.map(\.span))
        let children = Dictionary(grouping: trace.spans) { span in
            span.parent.flatMap { known.contains($0) ? $0 : nil }
        }
        var lines: [(span: SpanRecord, depth: Int)] = []
        func add(_ parent: SpanID?, _ depth: Int) {
            // A parent that is its own descendant cannot be reached from the top, and ends nothing here.
            for span in children[parent] ?? [] {
                lines.append((span, depth))
                if depth < 32 { add(span.span, depth + 1) }
            }
        }
        add(nil, 0)
        let names = lines.map { String(repeating: "  ", count: $0.depth) + SafeText.line($0.span.name) }
        let width = min(names.map(DisplayWidth.of).max() ?? 0, 72)
        var text = palette.paint("trace \(trace.trace)", .faint) + "\n"
        for (name, line) in zip(names, lines) {
            let offset = Self.length(line.span.startedAt - start)
            let took = Self.length(line.span.duration)
            let padding = String(repeating: " ", count: max(0, 9 - took.count))
            text += DisplayWidth.padded(name, to: width) + "  " + padding + took
            text += palette.paint("  at \(offset)", .faint)
            if line.span.outcome == .error {
                text += "  " + palette.paint(SafeText.line(line.span.reason ?? "failed"), .bad)
            }
            text += "\n"
        }
        return text
    }

    /// `0.4 ms`, `12.3 ms`, `1.25 s`, `2 min 5 s`.
    static func length(_ span: TimeSpan) -> String {
        let micros = max(0, span.nanoseconds) / 1000
        if micros < 1_000_000 { return "\(micros / 1000).\(micros / 100 % 10) ms" }
        if micros < 60_000_000 {
            let hundredths = micros / 10_000 % 100
            return "\(micros / 1_000_000).\(hundredths < 10 ? "0" : "")\(hundredths) s"
        }
        return TimeText.elapsed(span)
    }
}
