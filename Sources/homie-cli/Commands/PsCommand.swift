public import ArgumentParser
internal import HomieAPI
internal import HomieConsole
public import HomieModel

/// `homie ps`
struct Ps: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "Lists services and their containers.",
        discussion: """
            Example:
              homie ps --stack shop
              homie ps --phase failed
            """
    )

    @Option(name: .customLong("stack"), help: ArgumentHelp("Only this stack's.", valueName: "name"))
    var stack: StackName?
    @Option(
        name: .customLong("phase"),
        help: ArgumentHelp(
            "Only services that are so: \(ServiceStatus.Phase.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "phase"
        )
    )
    var phase: ServiceStatus.Phase?
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only container IDs.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        var services: [ServiceStatus]
        if let stack {
            // Whose stack is not there has mistyped its name.
            services = try await client.services(of: stack)
            if let phase { services.removeAll { $0.phase != phase } }
        } else {
            services = try await client.services(being: phase)
        }
        let listing = Listings.services(services, now: surroundings.now())
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : isQuiet ? .quiet : .table)
        return .done
    }
}

extension ServiceStatus.Phase: ExpressibleByArgument {}
