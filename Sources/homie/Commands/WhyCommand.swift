internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie why`
struct Why: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Says why a service is in the state it is in, from cause to effect.",
        discussion: """
            Example:
              homie why shop/web
            """
    )

    @Argument(help: "The service; with its stack as shop/web when several stacks have one of that name.")
    var service: ServiceArgument
    @Option(name: .customLong("stack"), help: ArgumentHelp("The service's stack.", valueName: "name"))
    var stack: StackName?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let status = try ServiceFinder.find(service, stack: stack, in: try await client.stacks())
        let events = try await client.why(status.service, in: status.stack)
        let stream = surroundings.console.output
        if output.isJSON {
            try stream.write(JSONOutput.document(Explanation(service: status, events: events)))
            return .done
        }
        let name = stream.palette.paint("\(status.stack)/\(status.service)", .strong)
        let phase = stream.palette.paint(status.phaseText, status.phase.style)
        let reason = status.reason.map { ": \(SafeText.line($0))" } ?? ""
        let story = EventText(palette: stream.palette).story(events, now: surroundings.now())
        try stream.write("\(name) is \(phase)\(reason)\n" + (story.isEmpty ? "Nothing is recorded of it.\n" : story))
        return .done
    }

    /// What `--json` prints.
    struct Explanation: Encodable {
        let service: ServiceStatus
        let events: [EventRecord]
    }
}
