internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie audit`
struct Audit: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Who did what on this device, newest first.",
        discussion: """
            Example:
              homie audit --limit 20
            """
    )

    @Option(help: "So many lines, at most 1000.")
    var limit = 50
    @Option(help: "Only lines with a smaller number, for the page that follows.")
    var before: Int64?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is not from 1 to 1000") }
        guard before.map({ $0 >= 1 }) ?? true else { throw ValidationError("--before is less than 1") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let page = try await connection.client(in: surroundings).audit(before: before, limit: limit)
        let listing = Listing(
            page,
            rows: page.entries,
            columns: [
                Column("NUMBER", .right) { Cell(String($0.id)) },
                Column("AT") { Cell($0.at.rfc3339) },
                Column("WHO") { Cell($0.actor, .strong) },
                Column("FROM") { Cell($0.client) },
                Column("DID") { Cell($0.operation) },
                Column("TO") { Cell($0.target) },
                Column("ANSWER", .right) { Cell(String($0.status), $0.status < 400 ? .plain : .bad) },
                Column("DETAIL") { Cell($0.detail ?? "") },
            ],
            nothing: "The audit log is empty.",
            identity: { String($0.id) }
        )
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : .table)
        return .done
    }
}
