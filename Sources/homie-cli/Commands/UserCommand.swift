internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie user`
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Who may sign in, and with which role.",
        discussion: """
            Roles: viewer looks, operator runs what is there, admin decides what runs and who may.

            Example:
              homie user add ann --role admin
              homie user ls
            """,
        subcommands: [UserList.self, UserAdd.self, UserSet.self, UserRemove.self, UserPassword.self, UserTOTP.self],
        defaultSubcommand: UserList.self
    )
}

/// `homie user ls`
struct UserList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the users.",
        discussion: """
            Example:
              homie user ls --json
            """
    )

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only names.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let form: ListForm = output.isJSON ? .json : isQuiet ? .quiet : .table
        let users = try await connection.client(in: surroundings).users()
        try surroundings.console.output.print(Listings.users(users, now: surroundings.now()), as: form)
        return .done
    }
}

/// `homie user add`
struct UserAdd: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Makes a user.",
        discussion: """
            Example:
              homie user add ann --role operator --password-file -
            """
    )

    @Argument(help: "The name: lower-case letters, digits, '.', '-', '_' and '@'.")
    var name: UserName
    @Option(help: "viewer, operator or admin.")
    var role: Role = .viewer
    @OptionGroup var password: PasswordOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        guard try await !client.users().contains(where: { $0.name == name }) else {
            throw CommandError.userExists(name)
        }
        let secret = try Prompt(surroundings: surroundings).secret("Password for \(name)", from: password.file)
        let user = try await client.put(name, UserRequest(role: role, password: secret))
        try output.print(user, "'\(user.name)' can sign in as \(user.role.rawValue)", on: surroundings)
        return .done
    }
}

/// `homie user set`
struct UserSet: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Changes a user's role; one who loses rights is signed out everywhere.",
        discussion: """
            Example:
              homie user set ann --role admin
            """
    )

    @Argument(help: "The user.")
    var name: UserName
    @Option(help: "viewer, operator or admin.")
    var role: Role
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        guard try await client.users().contains(where: { $0.name == name }) else { throw CommandError.noUser(name) }
        let user = try await client.put(name, UserRequest(role: role))
        try output.print(user, "'\(user.name)' is \(user.role.rawValue)", on: surroundings)
        return .done
    }
}

/// `homie user rm`
struct UserRemove: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a user with all tokens and sessions.",
        discussion: """
            Example:
              homie user rm ann --yes
            """
    )

    @Argument(help: "The user.")
    var name: UserName
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        guard let user = try await client.users().first(where: { $0.name == name }) else {
            throw CommandError.noUser(name)
        }
        let tokens = try await client.tokens().count { $0.user == name }
        if consent.isDryRun {
            try output.print(user, "would remove '\(name)' with \(tokens) tokens", on: surroundings)
            return .done
        }
        if !consent.isGiven {
            try Prompt(surroundings: surroundings).confirm(
                "Remove the user '\(name)' with \(tokens) tokens?",
                deed: "removing the user '\(name)'"
            )
        }
        try output.print(try await client.remove(name), "'\(name)' was removed", on: surroundings)
        return .done
    }
}

/// `homie user password`
struct UserPassword: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Sets a password; the user's other sessions end.",
        discussion: """
            Example:
              homie user password ann
            """
    )

    @Argument(help: "The user.")
    var name: UserName
    @Option(
        name: .customLong("current-file"),
        help: ArgumentHelp("A file with the present password, needed for one's own over https.", valueName: "path"),
        completion: .file()
    )
    var currentFile: String?
    @OptionGroup var password: PasswordOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let prompt = Prompt(surroundings: surroundings)
        let isOwn = try await client.whoAmI().user == name
        let current = isOwn || currentFile != nil ? try prompt.secret("Present password", from: currentFile) : nil
        let secret = try prompt.secret("New password for \(name)", from: password.file)
        let user = try await client.setPassword(of: name, PasswordRequest(current: current, password: secret))
        try output.print(user, "the password of '\(name)' was set", on: surroundings)
        return .done
    }
}

/// `homie user totp`
struct UserTOTP: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "totp",
        abstract: "Sets up an authenticator app, or removes it (--remove).",
        discussion: """
            Shows a secret for the app and asks for its first code. From then on sign-in asks for one. Before your own app is
            replaced or removed, a code of it is asked for.

            Example:
              homie user totp ann
              homie user totp ann --remove
            """
    )

    @Argument(help: "The user.")
    var name: UserName
    @Flag(name: .customLong("remove"), help: "Ask for no code any more.")
    var isRemoval = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let prompt = Prompt(surroundings: surroundings)
        let isOwn = try await client.whoAmI().user == name
        if isRemoval {
            let code = isOwn ? try prompt.secret("Code of the app", from: nil) : nil
            let user = try await client.removeTimeCode(of: name, code: code)
            try output.print(user, "'\(name)' signs in without a code", on: surroundings)
            return .done
        }
        let replaces = isOwn ? try await client.user(name).hasTimeCode : false
        let present = replaces ? try prompt.secret("Code of the app in use", from: nil) : nil
        let secret = try await client.beginTimeCode(of: name, code: present)
        try surroundings.console.errors.write(
            "Secret for the app: \(secret.secret)\nor as an address: \(secret.address)\n"
        )
        try surroundings.console.errors.write("First code: ")
        let code = surroundings.input.nextLine() ?? ""
        let user = try await client.confirmTimeCode(of: name, code: code)
        try output.print(user, "'\(name)' signs in with a code from now on", on: surroundings)
        return .done
    }
}

/// `--password-file`
struct PasswordOption: ParsableArguments {
    @Option(
        name: .customLong("password-file"),
        help: ArgumentHelp(
            "A file with the password; '-' reads standard input. Asked for when it is not given.",
            valueName: "path"
        ),
        completion: .file()
    )
    var file: String?
}

extension OutputOptions {
    /// One value: as a JSON document, or in one sentence.
    func print(_ value: some Encodable, _ sentence: String, on surroundings: Surroundings) throws {
        if isJSON {
            try surroundings.console.output.write(JSONOutput.document(value))
        } else {
            try surroundings.console.output.print(sentence)
        }
    }
}

extension Listings {
    static func users(_ users: [UserSummary], now: Timestamp) -> Listing<UsersAnswer> {
        Listing(
            UsersAnswer(users: users),
            rows: users,
            columns: [
                Column("USER") { Cell($0.name.text, .strong) },
                Column("ROLE") { Cell($0.role.rawValue) },
                Column("SIGNS IN WITH") { user in
                    let ways = [
                        user.hasPassword ? "password" : nil, user.hasTimeCode ? "code" : nil,
                        user.isExternal ? "identity provider" : nil,
                    ]
                    return Cell(ways.compactMap { $0 }.joined(separator: ", "))
                },
                Column("LAST SIGN-IN") { user in
                    Cell(user.lastSignInAt.map { TimeText.relative($0, now: now) } ?? "never")
                },
            ],
            nothing: "There are no users; 'homie user add' makes one.",
            identity: { $0.name.text }
        )
    }
}
