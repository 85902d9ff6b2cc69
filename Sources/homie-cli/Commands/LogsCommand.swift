internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie logs`
struct Logs: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Shows the logs of services, merged in order of time.",
        discussion: """
            Without a service it is all of the stack's. Containers that start later are followed, too.

            Example:
              homie logs shop/web shop/db --follow --since 10m
            """
    )

    @Argument(help: "Services; with their stack as shop/web when several stacks have one of that name.")
    var services: [ServiceArgument] = []
    @Option(name: .customLong("stack"), help: ArgumentHelp("The services' stack.", valueName: "name"))
    var stack: StackName?
    @Flag(
        name: [.customShort("f"), .customLong("follow")],
        help: "Go on as lines come; without --tail and --since, from the last 20."
    )
    var follows = false
    @Option(
        name: [.customShort("n"), .customLong("tail")],
        help: ArgumentHelp("Only the last so many lines of each container, or 'all'.", valueName: "count")
    )
    var tail: TailArgument?
    @Option(
        name: .customLong("since"),
        help: ArgumentHelp("Only lines from then on: 10m for ten minutes ago, or an RFC 3339 time.", valueName: "time")
    )
    var since: MomentArgument?
    @Option(
        name: [.customShort("g"), .customLong("grep")],
        help: ArgumentHelp("Only lines with this in them.", valueName: "text")
    )
    var text: String?
    @Flag(name: [.customShort("t"), .customLong("timestamps")], help: "Show when each line was written.")
    var showsTimes = false
    @Flag(name: .customLong("no-log-prefix"), help: "Do not show which container a line is from.")
    var hidesLabels = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let text, !(1...2048).contains(text.utf8.count) { throw ValidationError("--grep takes 1 to 2048 bytes") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let first = try await sources(client)
        var selection = LogSelection(tail: tail?.count, since: since?.time(now: surroundings.now()), text: text)
        if follows, tail == nil, since == nil { selection.tail = 20 }
        var printer = LogPrinter(
            stream: surroundings.console.output,
            isJSON: output.isJSON,
            showsTimes: showsTimes,
            showsLabels: !hidesLabels
        )
        printer.prepare(first)
        if follows {
            try await follow(client, selection, printer, in: surroundings)
        } else {
            try await read(first, client, selection, printer)
        }
        return .done
    }

    private func read(
        _ sources: [LogSource],
        _ client: APIClient,
        _ selection: LogSelection,
        _ printer: LogPrinter
    ) async throws {
        var logs: [(source: LogSource, lines: AsyncThrowingStream<LogEntry, any Error>)] = []
        for source in sources {
            let id = source.container.id
            let lines = try await client.logs(
                of: id,
                tail: selection.tail,
                since: selection.since,
                containing: selection.text
            )
            logs.append((source, lines))
        }
        var merge = try await LogMerge(logs)
        var text = ""
        while let (source, entry) = try await merge.next() {
            text += try printer.text(entry, from: source)
            guard text.utf8.count > 32 * 1024 else { continue }
            try printer.stream.write(text)
            text = ""
        }
        try printer.stream.write(text)
    }

    private func follow(
        _ client: APIClient,
        _ selection: LogSelection,
        _ printer: LogPrinter,
        in surroundings: Surroundings
    ) async throws {
        var printer = printer
        let follow = LogFollow(client: client, selection: selection) { try await sources(client) }
        try await follow.run { output in
            switch output {
            case .daemonAway: try surroundings.console.errors.print("the daemon is away; waiting for it")
            case .lines(let lines):
                printer.prepare(lines.map(\.source))
                var text = ""
                for (source, entry) in lines { text += try printer.text(entry, from: source) }
                try printer.stream.write(text)
            }
        }
    }

    /// The containers that are meant.
    ///
    /// - Throws: ``CommandError`` when it is not clear which, or there is none.
    private func sources(_ client: APIClient) async throws -> [LogSource] {
        let stacks: [StackStatus]
        if let stack { stacks = [try await client.stack(stack)] } else { stacks = try await client.stacks() }
        var wanted: [ServiceStatus] = []
        if services.isEmpty {
            guard stacks.count == 1, let only = stacks.first else {
                throw CommandError.needsStack(stacks.map(\.name).sorted())
            }
            wanted = only.services
        }
        for service in services { wanted.append(try ServiceFinder.find(service, stack: stack, in: stacks)) }
        let namesStack = Set(wanted.map(\.stack)).count > 1
        return wanted.flatMap(\.containers).map { LogSource($0, namesStack: namesStack) }
            .sorted { $0.label < $1.label }
    }
}

/// `--tail`: a number of lines, or `all`.
struct TailArgument: ExpressibleByArgument, Sendable, Hashable {
    /// Nil for all.
    let count: Int?

    init?(argument: String) {
        if argument == "all" {
            count = nil
        } else {
            guard let number = Int(argument), (0...10_000_000).contains(number) else { return nil }
            count = number
        }
    }
}
