internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie whoami`
struct WhoAmI: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "As whom the device knows you.",
        discussion: """
            Example:
              homie whoami --host https://homie.local
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let identity = try await connection.client(in: surroundings).whoAmI()
        let scopes = identity.scopes.map { ", for " + $0.map(\.description).joined(separator: ", ") } ?? ""
        try output.print(
            identity,
            "\(identity.name) (\(identity.role?.rawValue ?? "no role"))\(scopes)",
            on: surroundings
        )
        return .done
    }
}

/// `homie session`
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Who is signed in, and from where.",
        discussion: """
            Example:
              homie session ls
              homie session end Ab12Cd34
            """,
        subcommands: [SessionList.self, SessionEnd.self, SessionAllow.self],
        defaultSubcommand: SessionList.self
    )
}

/// `homie session ls`
struct SessionList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists your sessions; an admin sees everybody's.",
        discussion: """
            Example:
              homie session ls
            """
    )

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only identities.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let sessions = try await connection.client(in: surroundings).sessions()
        let now = surroundings.now()
        let listing = Listing(
            SessionsAnswer(sessions: sessions),
            rows: sessions,
            columns: [
                Column("SESSION") { Cell($0.id, .strong) },
                Column("USER") { Cell($0.user.text) },
                Column("FROM") { Cell($0.address) },
                Column("WITH") { Cell($0.client) },
                Column("BEGAN") { Cell(TimeText.relative($0.createdAt, now: now)) },
                Column("RENEWED") { Cell(TimeText.relative($0.renewedAt, now: now)) },
                Column("IS") { Cell($0.isCurrent ? "this one" : "") },
            ],
            nothing: "Nobody is signed in.",
            identity: { $0.id }
        )
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : isQuiet ? .quiet : .table)
        return .done
    }
}

/// `homie session end`
struct SessionEnd: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "Ends a session: its tokens are refused from now on.",
        discussion: """
            Example:
              homie session end Ab12Cd34
            """
    )

    @Argument(help: "The session's identity, as 'homie session ls' shows it.")
    var id: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let identity = try await connection.client(in: surroundings).endSession(id)
        try output.print(identity, "session \(id) was ended", on: surroundings)
        return .done
    }
}

/// `homie session allow`
struct SessionAllow: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "allow",
        abstract: "Lets in, as yourself, the device that shows this code.",
        discussion: """
            The other device shows it after 'homie login --device https://NAME'. Only let in what is before you.

            Example:
              homie session allow BCDF-GHJK
            """
    )

    @Argument(help: "The code.")
    var code: String
    @Flag(name: .customLong("deny"), help: "Turn the device away.")
    var isDenial = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let answer = try await connection.client(in: surroundings).decideDevice(code, allows: !isDenial)
        try output.print(answer, "'\(answer.client)' was \(answer.allows ? "let in" : "turned away")", on: surroundings)
        return .done
    }
}
