internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie events`
struct Events: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Shows what happened, oldest first.",
        discussion: """
            Example:
              homie events --stack shop --follow
            """
    )

    @Flag(
        name: [.customShort("f"), .customLong("follow")],
        help: "Go on as events happen; without --since, from the last 10."
    )
    var follows = false
    @Option(
        name: .customLong("since"),
        help: ArgumentHelp("Only events after the one of this number.", valueName: "id")
    )
    var since: Int64?
    @Option(name: .customLong("stack"), help: ArgumentHelp("Only this stack's.", valueName: "name"))
    var stack: StackName?
    @Option(
        name: .customLong("service"),
        help: ArgumentHelp("Only this service's; with its stack as shop/web.", valueName: "name")
    )
    var service: ServiceArgument?
    @Option(name: .customLong("deployment"), help: ArgumentHelp("Only this deployment's.", valueName: "id"))
    var deployment: Int64?
    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp("At most the newest so many (default: 200).", valueName: "count")
    )
    var limit: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, !(1...1000).contains(limit) { throw ValidationError("--limit goes from 1 to 1000") }
        if let since, since < 0 { throw ValidationError("--since takes the number of an event") }
        if let deployment, deployment < 1 { throw ValidationError("--deployment takes the number of a deployment") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        var query = EventQuery(
            stack: stack ?? service?.stack,
            service: service?.service,
            deployment: deployment,
            after: since,
            limit: limit ?? (follows && since == nil ? 10 : 200)
        )
        guard follows else {
            let page = try await client.events(query)
            let stream = surroundings.console.output
            if output.isJSON {
                try stream.write(JSONOutput.document(EventsAnswer(events: page)))
            } else {
                let text = EventText(palette: stream.palette)
                try stream.write(page.map { text.line($0) + "\n" }.joined())
            }
            return .done
        }
        if since == nil || limit != nil {
            let page = try await client.events(query)
            for event in page { try show(event, on: surroundings.console.output) }
            query.after = page.last?.id ?? since ?? 0
        }
        try await follow(query, client, in: surroundings)
        return .done
    }

    /// Goes on for ever; a daemon that is away is waited for, and nothing is missed.
    private func follow(_ query: EventQuery, _ client: APIClient, in surroundings: Surroundings) async throws {
        var query = query
        var wasReached = false
        var isAway = false
        while true {
            do {
                let events = try await client.eventStream(query)
                wasReached = true
                isAway = false
                for try await event in events {
                    query.after = event.id
                    try show(event, on: surroundings.console.output)
                }
            } catch let error as any UserFacingError where error.kind == .unreachable && wasReached {
                if !isAway { try surroundings.console.errors.print("the daemon is away; waiting for it") }
                isAway = true
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func show(_ event: EventRecord, on stream: ConsoleStream) throws {
        try stream.write(
            output.isJSON ? JSONOutput.line(event) : EventText(palette: stream.palette).line(event) + "\n"
        )
    }
}
