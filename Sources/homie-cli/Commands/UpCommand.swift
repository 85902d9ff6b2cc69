internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel
internal import HomieReceipts

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
        let request = ApplyRequest(project: wire.document, options: apply.settings).bytes
        let deployment = try await client.apply(request, as: wire.name)
        keepReceipt(of: request, wire, in: surroundings)
        let wasFinal = deployment.state.isFinal
        let count = wire.serviceCount
        return try await waiting.report(deployment, client: client, isJSON: output.isJSON, in: surroundings) {
            last,
            _ in
            let text = UpText.done(revision: Int64(last.revision), wasFinal: wasFinal, services: count)
            return text + WaitOptions.duration(last)
        }
    }

    /// Lets the next run of the same command ask whether all is in place before it does anything else.
    private func keepReceipt(of request: [UInt8], _ wire: WireProject, in surroundings: Surroundings) {
        // Those options ask for something to be done each time, and a document shows more than a receipt knows.
        guard !apply.pulls, !apply.forcesRecreate, !output.isJSON, let observations = wire.observations,
            let store = ReceiptStore(environment: surroundings.environment),
            let key = ReceiptKey.of(
                surroundings.arguments,
                workingDirectory: surroundings.workingDirectory,
                environment: surroundings.environment,
                program: surroundings.program
            ),
            case .socket(let socket)? = try? connection.address(in: surroundings)
        else { return }
        store.put(
            Receipt(
                stack: wire.name,
                request: ContentDigest(of: request),
                serviceCount: wire.serviceCount,
                socket: PathText.absolute(socket, from: surroundings.workingDirectory),
                warnings: wire.warnings,
                observations: observations
            ),
            for: key
        )
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
