internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie adopt`
struct Adopt: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Takes over the containers of a running Compose project, without restarting them.",
        discussion: """
            Example:
              homie adopt -f /srv/shop/compose.yaml
            """
    )

    @OptionGroup var project: ProjectOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let wire = try ProjectReader(surroundings: surroundings).wire(project)
        let deployment = try await client.adopt(wire.document, as: wire.name)
        return try await waiting.report(deployment, client: client, isJSON: output.isJSON, in: surroundings) {
            last,
            _ in
            "adopted as revision \(last.revision)\(WaitOptions.duration(last))"
        }
    }
}
