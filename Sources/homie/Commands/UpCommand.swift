internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie up`
struct Up: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Deploys a Compose project and waits until it is healthy.",
        discussion: """
            What already runs as the files say is left alone. Ctrl-C leaves the deployment running.

            Example:
              homie up -f compose.yaml --timeout 5m
            """
    )

    @OptionGroup var project: ProjectOptions
    @OptionGroup var apply: ApplyOptions
    @OptionGroup var waiting: WaitOptions
    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and do nothing; as 'homie plan'.")
    var isDry = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let wire = try ProjectReader(surroundings: surroundings).wire(project)
        if isDry {
            let changes = try await client.plan(wire.document, as: wire.name, options: apply.settings)
            try surroundings.console.output.print(Listings.changes(changes), as: output.isJSON ? .json : .table)
            return .done
        }
        let deployment = try await client.apply(wire.document, as: wire.name, options: apply.settings)
        let wasFinal = deployment.state.isFinal
        let count = wire.serviceCount
        return try await waiting.report(deployment, client: client, isJSON: output.isJSON, in: surroundings) {
            last,
            _ in
            let services = "\(count) service\(count == 1 ? "" : "s")"
            let news = wasFinal ? "nothing to do, revision \(last.revision) runs" : "revision \(last.revision) runs"
            return "\(news), \(services)\(WaitOptions.duration(last))"
        }
    }
}

/// How a project is applied.
struct ApplyOptions: ParsableArguments {
    @Flag(name: .customLong("pull"), help: "Pull images even when they are there.")
    var pulls = false

    @Flag(name: .customLong("force-recreate"), help: "Re-create containers even when nothing has changed.")
    var forcesRecreate = false

    @Flag(name: .customLong("remove-orphans"), help: "Remove containers of the project that the files do not name.")
    var removesOrphans = false

    var settings: ApplySettings {
        ApplySettings(pulls: pulls, forcesRecreate: forcesRecreate, removesOrphans: removesOrphans)
    }
}
