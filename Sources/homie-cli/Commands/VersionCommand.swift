internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie version`
struct Version: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the releases of this program and of the daemon.",
        discussion: """
            Ends with 7 when the daemon cannot be reached; this program's release is printed all the same.

            Example:
              homie version --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        var daemon: VersionInformation?
        var failure: (any Error)?
        do {
            daemon = try await connection.client(in: surroundings).version()
        } catch {
            failure = error
        }
        let stream = surroundings.console.output
        if output.isJSON {
            let versions = Versions(client: .init(version: HomieRelease.version), daemon: daemon)
            try stream.write(JSONOutput.document(versions))
        } else {
            try stream.print("homie   \(HomieRelease.version)")
            if let daemon {
                let commit = daemon.commit.map { " (\(SafeText.line($0)))" } ?? ""
                try stream.print("homied  \(SafeText.line(daemon.version))\(commit)")
            }
        }
        if let failure { throw failure }
        return .done
    }

    /// What `--json` prints.
    struct Versions: Encodable {
        struct Client: Encodable {
            let version: String
        }

        let client: Client
        let daemon: VersionInformation?
    }
}
