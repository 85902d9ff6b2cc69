internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie why`
struct Why: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Says why a service is in its state, from cause to effect; without one, why this system runs.",
        discussion: """
            A fall-back to the system from before an update is part of the story.

            Example:
              homie why shop/web
              homie why
            """
    )

    @Argument(help: "The service; with its stack as shop/web when several stacks have one of that name.")
    var service: ServiceArgument?
    @Option(name: .customLong("stack"), help: ArgumentHelp("The service's stack.", valueName: "name"))
    var stack: StackName?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if service == nil, stack != nil { throw ValidationError("--stack needs a service") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        guard let service else { return try await explainSystem(client, in: surroundings) }
        let status = try ServiceFinder.find(service, stack: stack, in: try await client.stacks())
        let events = try await client.why(status.service, in: status.stack)
        let updates = try await updates(client, on: surroundings.console.errors)
        let stream = surroundings.console.output
        let relevant = UpdateStory.relevant(updates, to: status, since: events.first?.at)
        if output.isJSON {
            try stream.write(
                JSONOutput.document(Explanation(service: status, events: events, updates: relevant))
            )
            return .done
        }
        let name = stream.palette.paint("\(status.stack)/\(status.service)", .strong)
        let phase = stream.palette.paint(status.phaseText, status.phase.style)
        let reason = status.reason.map { ": \(SafeText.line($0))" } ?? ""
        let story = EventText(palette: stream.palette)
            .story(UpdateStory.merged(events, relevant), now: surroundings.now())
        try stream.write("\(name) is \(phase)\(reason)\n" + (story.isEmpty ? "Nothing is recorded of it.\n" : story))
        return .done
    }

    private func explainSystem(_ client: APIClient, in surroundings: Surroundings) async throws -> Outcome {
        let status = try await client.system()
        let stream = surroundings.console.output
        if output.isJSON {
            try stream.write(JSONOutput.document(SystemExplanation(version: status.version, updates: status.history)))
            return .done
        }
        let version = stream.palette.paint(status.version.map { "version \($0)" } ?? "an unknown version", .strong)
        let slot = status.booted.map { " from slot \($0)" } ?? ""
        let trial = status.isOnTrial ? ", on trial" : ""
        let story = EventText(palette: stream.palette)
            .story(UpdateStory.merged([], status.history.suffix(10)), now: surroundings.now())
        try stream.write(
            "the device runs \(version)\(slot)\(trial)\n" + (story.isEmpty ? "It has not been updated.\n" : story)
        )
        return .done
    }

    /// Updates of the system, where there is one that is updated; the service's own story is told without them, too.
    private func updates(_ client: APIClient, on errors: ConsoleStream) async throws -> [UpdateRecord] {
        do {
            return try await client.system().history
        } catch let error as any UserFacingError where error.kind == .notFound {
            return []
        } catch let error as any UserFacingError {
            try errors.print("warning: updates of the system are left out: \(SafeText.line(error.summary))")
            return []
        }
    }

    /// What `--json` prints.
    struct Explanation: Encodable {
        let service: ServiceStatus
        let events: [EventRecord]
        let updates: [UpdateRecord]
    }

    /// What `--json` prints without a service.
    struct SystemExplanation: Encodable {
        let version: SystemVersion?
        let updates: [UpdateRecord]
    }
}
