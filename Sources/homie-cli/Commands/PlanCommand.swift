internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole

/// `homie plan`
struct Plan: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows what 'homie up' would do, and does nothing.",
        discussion: """
            Shown are containers, networks and volumes, the addresses and names (mDNS) that come and go with them, and
            images that would be refused for want of a signature.

            Example:
              homie plan -f compose.yaml
            """
    )

    @OptionGroup var project: ProjectOptions
    @OptionGroup var apply: ApplyOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let wire = try ProjectReader(surroundings: surroundings).wire(project)
        let changes = try await client.plan(wire.document, as: wire.name, options: apply.settings)
        try surroundings.console.output.print(Listings.changes(changes), as: output.isJSON ? .json : .table)
        return .done
    }
}
