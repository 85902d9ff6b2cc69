internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie token`
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "API tokens for scripts and programs.",
        discussion: """
            Example:
              homie token create backup --user ann --scope backups:write --days 90
              homie token ls
            """,
        subcommands: [TokenList.self, TokenCreate.self, TokenRevoke.self],
        defaultSubcommand: TokenList.self
    )
}

/// `homie token ls`
struct TokenList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists API tokens, without their secrets.",
        discussion: """
            Example:
              homie token ls
            """
    )

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only identities.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let form: ListForm = output.isJSON ? .json : isQuiet ? .quiet : .table
        let tokens = try await connection.client(in: surroundings).tokens()
        try surroundings.console.output.print(Listings.tokens(tokens, now: surroundings.now()), as: form)
        return .done
    }
}

/// `homie token create`
struct TokenCreate: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes an API token and prints it, once.",
        discussion: """
            A token may what its scopes say, and never more than its user. It is stored as a digest: nobody can show it again.

            Example:
              homie token create metrics --user ann --scope system:read
            """
    )

    @Argument(help: "What it is for.")
    var name: String
    @Option(help: "Whose it is; yourself when you are signed in.")
    var user: UserName?
    @Option(
        name: .customLong("scope"),
        help: ArgumentHelp("What it may, e.g. stacks:read; several times for several.", valueName: "area:level")
    )
    var scopes: [Scope]
    @Option(help: "How many days it is good; without end when not given.")
    var days: Int?
    @Option(
        name: .customLong("output-file"),
        help: ArgumentHelp("Write the token into this file (mode 0600) instead of printing it.", valueName: "path"),
        completion: .file()
    )
    var file: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !scopes.isEmpty else { throw ValidationError("give at least one --scope") }
        guard days.map({ $0 >= 1 }) ?? true else { throw ValidationError("--days is less than 1") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let request = TokenRequest(name: name, user: user, scopes: scopes, days: days)
        var token = try await connection.client(in: surroundings).createToken(request)
        let secret = token.secret ?? ""
        guard let file else {
            try output.print(token, secret, on: surroundings)
            return .done
        }
        try SecretFile.write(Array((secret + "\n").utf8), to: surroundings.absolute(file))
        token.secret = nil
        try output.print(token, "token \(token.id) is in \(file)", on: surroundings)
        return .done
    }
}

/// `homie token rm`
struct TokenRevoke: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Revokes an API token: it is refused from now on.",
        discussion: """
            Example:
              homie token rm Ab12Cd34 --yes
            """
    )

    @Argument(help: "The token's identity, as 'homie token ls' shows it.")
    var id: String
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        if consent.isDryRun || !consent.isGiven {
            guard let token = try await client.tokens().first(where: { $0.id == id }) else {
                throw CommandError.noToken(id)
            }
            if consent.isDryRun {
                try output.print(token, "would revoke '\(token.name)' of \(token.user)", on: surroundings)
                return .done
            }
            try Prompt(surroundings: surroundings).confirm(
                "Revoke the token '\(token.name)' of \(token.user)?",
                deed: "revoking the token '\(id)'"
            )
        }
        try output.print(try await client.revokeToken(id), "token \(id) was revoked", on: surroundings)
        return .done
    }
}

extension Listings {
    static func tokens(_ tokens: [TokenSummary], now: Timestamp) -> Listing<TokensAnswer> {
        Listing(
            TokensAnswer(tokens: tokens),
            rows: tokens,
            columns: [
                Column("TOKEN") { Cell($0.id, .strong) },
                Column("NAME") { Cell($0.name) },
                Column("USER") { Cell($0.user.text) },
                Column("SCOPES") { Cell($0.scopes.map(\.description).joined(separator: ", ")) },
                Column("EXPIRES") { Cell($0.expiresAt?.rfc3339 ?? "never") },
                Column("LAST USED") { token in
                    Cell(token.lastUsedAt.map { TimeText.relative($0, now: now) } ?? "never")
                },
            ],
            nothing: "There are no tokens; 'homie token create' makes one.",
            identity: { $0.id }
        )
    }
}
