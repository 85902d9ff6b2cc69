public import ArgumentParser
internal import HomieAPI
internal import HomieConsole
public import HomieModel

/// `homie hook`
struct HookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook",
        abstract: "Incoming webhooks: others deploy a stack or run a job with a signed request.",
        discussion: """
            Example:
              homie hook set push --deploy shop --signature github --secret-file key
            """,
        subcommands: [HookList.self, HookSet.self, HookRemove.self],
        defaultSubcommand: HookList.self
    )
}

/// `homie hook ls`
struct HookList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the incoming webhooks.",
        discussion: """
            Example:
              homie hook ls
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let hooks = try await connection.client(in: surroundings).hooks()
        try surroundings.console.output.print(Listings.hooks(hooks), as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie hook set`
struct HookSet: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Sets an incoming webhook.",
        discussion: """
            Others send to /api/v1/hooks/NAME/receive. The key is 'whsec_…' for Standard Webhooks, any text of at least 16
            characters for GitHub, Gitea and Forgejo. It is read from a file, or with '-' from standard input.

            Example:
              homie hook set push --deploy shop --signature github --secret-file key
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @Option(
        name: .customLong("deploy"),
        help: ArgumentHelp("Deploy this stack anew, its images pulled.", valueName: "stack")
    )
    var stack: StackName?
    @Option(name: .customLong("job"), help: ArgumentHelp("Run this job.", valueName: "name"))
    var job: String?
    @Option(name: .customLong("signature"), help: "standard or github.")
    var signature = IncomingHook.Signature.standard
    @Option(
        name: .customLong("secret-file"),
        help: ArgumentHelp("The file with the key; '-' for standard input.", valueName: "path")
    )
    var secretFile: String?
    @Flag(name: .customLong("off"), help: "Keep the hook, and take nothing from it.")
    var isOff = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if (stack == nil) == (job == nil) { throw ValidationError("give exactly one of --deploy and --job") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let action: IncomingHook.Action = stack.map { .deploy($0) } ?? .job(job ?? "")
        let hook = IncomingHook(name: name, signature: signature, action: action, isOn: !isOff)
        let secret = try SecretInput.read(secretFile, in: surroundings)
        try await connection.client(in: surroundings).put(hook, secret: secret)
        return try Done.say("the hook '\(name)' is set: POST /api/v1/hooks/\(name)/receive", output, surroundings)
    }
}

extension IncomingHook.Signature: ExpressibleByArgument {}

/// `homie hook rm`
struct HookRemove: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes an incoming webhook with its key.",
        discussion: """
            Example:
              homie hook rm push
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await connection.client(in: surroundings).removeHook(name)
        return try Done.say("the hook '\(name)' is gone", output, surroundings)
    }
}
