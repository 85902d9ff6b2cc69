public import ArgumentParser
internal import HomieAPI
internal import HomieConsole
public import HomieModel
internal import HomieReceipts

/// `homie alert route`
struct AlertRouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Sets and removes routes.",
        discussion: """
            Example:
              homie alert route set mail --kind smtp --url smtps://mail.example.org --from homie@example.org --to me@example.org
            """,
        subcommands: [AlertRouteSet.self, AlertRouteRemove.self]
    )
}

/// `homie alert route set`
struct AlertRouteSet: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Sets who is told, and how.",
        discussion: """
            The secret is a password (smtp, alertmanager with --user), a token (ntfy, gotify, alertmanager) or a signing key
            'whsec_…' (webhook). It is read from a file, or with '-' from standard input, and never shown again.

            Example:
              homie alert route set phone --kind ntfy --url https://ntfy.sh/my-secret-topic --least warning
              homie alert route set hook --kind webhook --url https://example.org/hook --secret-file key
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @Option(name: .customLong("kind"), help: "smtp, ntfy, gotify, webhook or alertmanager.")
    var kind: AlertRoute.Kind
    @Option(name: .customLong("url"), help: "Where it goes.")
    var url: String
    @Option(name: .customLong("from"), help: "The sender of mail.")
    var from: String?
    @Option(name: .customLong("to"), help: "A recipient of mail; may be given several times.")
    var to: [String] = []
    @Option(name: .customLong("user"), help: "The user's name at the receiver.")
    var user: String?
    @Option(
        name: .customLong("secret-file"),
        help: ArgumentHelp("The file with the secret; '-' for standard input.", valueName: "path")
    )
    var secretFile: String?
    @Option(name: .customLong("least"), help: "Only alerts of this severity or worse.")
    var least = AlertRule.Severity.info
    @Option(name: .customLong("rule"), help: "Only alerts of this rule; may be given several times.")
    var rules: [AlertName] = []
    @Flag(name: .customLong("local"), help: "Allow addresses of the local network and of this device.")
    var allowsLocal = false
    @Flag(name: .customLong("only-firing"), help: "Do not tell when alerts are over.")
    var isOnlyFiring = false
    @Flag(name: .customLong("off"), help: "Keep the route, and do not use it.")
    var isOff = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let route = AlertRoute(
            name: name,
            kind: kind,
            url: url,
            from: from,
            to: to,
            user: user,
            least: least,
            rules: rules.isEmpty ? nil : rules,
            allowsLocal: allowsLocal,
            tellsResolved: !isOnlyFiring,
            isOn: !isOff
        )
        try route.check()
        let secret = try SecretInput.read(secretFile, in: surroundings)
        try await connection.client(in: surroundings).put(route, secret: secret)
        return try Done.say("the route '\(name)' is set; try it with 'homie alert test \(name)'", output, surroundings)
    }
}

/// `homie alert route rm`
struct AlertRouteRemove: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a route with its secret.",
        discussion: """
            Example:
              homie alert route rm phone
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await connection.client(in: surroundings).removeRoute(name)
        return try Done.say("the route '\(name)' is gone", output, surroundings)
    }
}

extension AlertRoute.Kind: ExpressibleByArgument {}

/// Secrets come from files or standard input: what stands on the command line, every user of the host can read.
enum SecretInput {
    /// Nil when none is given.
    static func read(_ path: String?, in surroundings: Surroundings) throws -> String? {
        guard let path else { return nil }
        let text = try surroundings.text(of: path)
        return String(text.split(separator: "\n", omittingEmptySubsequences: false).first ?? "")
    }
}

extension Surroundings {
    /// A file's content; `-` is standard input.
    func text(of path: String) throws -> String {
        let bytes: [UInt8]
        if path == "-" {
            bytes = try input.readAll()
        } else {
            let full = absolute(path)
            do {
                bytes =
                    try HostFiles().read(full)
                    ?? { throw CommandError.unreadableFile(path: path, reason: "it is not there") }()
            } catch let fault as FileFault {
                throw CommandError.unreadableFile(path: path, reason: fault.description)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
