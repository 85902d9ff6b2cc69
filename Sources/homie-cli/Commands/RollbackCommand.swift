internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie rollback`
struct Rollback: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Returns a stack to an earlier revision; needs no registry.",
        discussion: """
            Without --to it is the newest good revision before the present one. 'homie stacks --revisions' shows them all.

            Example:
              homie rollback shop --to 3
            """
    )

    @Argument(help: "The stack.")
    var stack: StackName
    @Option(name: .customLong("to"), help: ArgumentHelp("The revision to return to.", valueName: "number"))
    var revision: Int?
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let revision, revision < 1 { throw ValidationError("revisions are numbered from 1") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let deployment = try await client.rollback(stack, to: revision)
        return try await waiting.report(deployment, client: client, isJSON: output.isJSON, in: surroundings) {
            last,
            _ in
            "revision \(last.revision) runs again\(WaitOptions.duration(last))"
        }
    }
}
