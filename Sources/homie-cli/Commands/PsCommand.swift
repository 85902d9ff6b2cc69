internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie ps`
struct Ps: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "Lists services and their containers.",
        discussion: """
            Example:
              homie ps --stack shop
            """
    )

    @Option(name: .customLong("stack"), help: ArgumentHelp("Only this stack's.", valueName: "name"))
    var stack: StackName?
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only container IDs.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let services: [ServiceStatus]
        if let stack {
            services = try await client.services(of: stack)
        } else {
            services = try await client.stacks().flatMap(\.services)
        }
        let listing = Listings.services(services, now: surroundings.now())
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : isQuiet ? .quiet : .table)
        return .done
    }
}
