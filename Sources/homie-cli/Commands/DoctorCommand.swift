internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie doctor`
struct Doctor: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks what works on this device and what does not.",
        discussion: """
            Ends with 6 when there are errors.

            Example:
              homie doctor
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let findings = try await connection.client(in: surroundings).doctor()
        try surroundings.console.output.print(Listings.findings(findings), as: output.isJSON ? .json : .table)
        return findings.contains { $0.level == .error } ? .ended(.unhealthy) : .done
    }
}
