internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie stacks`
struct Stacks: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "stacks",
        abstract: "Lists the stacks and how they do, or their revisions.",
        discussion: """
            Example:
              homie stacks --revisions shop
            """
    )

    @Argument(help: "Only these stacks.")
    var stacks: [StackName] = []
    @Flag(name: .customLong("revisions"), help: "List the revisions that are kept.")
    var listsRevisions = false
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only names.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let form: ListForm = output.isJSON ? .json : isQuiet ? .quiet : .table
        let stream = surroundings.console.output
        if listsRevisions {
            var names = stacks
            if names.isEmpty { names = try await client.stacks().map(\.name) }
            var revisions: [RevisionSummary] = []
            for name in names { revisions += try await client.revisions(of: name) }
            try stream.print(Listings.revisions(revisions, now: surroundings.now()), as: form)
            return .done
        }
        var found: [StackStatus] = []
        if stacks.isEmpty { found = try await client.stacks() }
        for name in stacks { found.append(try await client.stack(name)) }
        try stream.print(Listings.stacks(found, now: surroundings.now()), as: form)
        return .done
    }
}
