internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie rollout`
struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Shows how services go from one version to the next, and leads them by hand.",
        discussion: """
            Example:
              homie rollout status shop
              homie rollout promote shop web
            """,
        subcommands: [
            RolloutList.self, RolloutPause.self, RolloutResume.self, RolloutPromote.self, RolloutAbort.self,
            RolloutLock.self,
            RolloutUnlock.self,
        ],
        defaultSubcommand: RolloutList.self
    )
}

/// `homie rollout status`
struct RolloutList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Lists the newest update of each service.",
        discussion: """
            Example:
              homie rollout status shop
            """
    )

    @Argument(help: "Only this stack's.")
    var stack: StackName?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let rollouts = try await connection.client(in: surroundings).rollouts(of: stack)
        try surroundings.console.output.print(Listings.rollouts(rollouts), as: output.isJSON ? .json : .table)
        return .done
    }
}

/// The service a command is about.
struct RolloutTarget: ParsableArguments {
    @Argument(help: "The stack.")
    var stack: StackName
    @Argument(help: "The service.")
    var service: ServiceName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func steer(_ action: RolloutAction, in surroundings: Surroundings) async throws -> Outcome {
        let rollout = try await connection.client(in: surroundings).steer(service, in: stack, action)
        try surroundings.console.output.print(Listings.rollouts([rollout]), as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie rollout pause`
struct RolloutPause: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stops an update where it is; what has begun comes up.",
        discussion: """
            Example:
              homie rollout pause shop web
            """
    )
    @OptionGroup var target: RolloutTarget

    func run(in surroundings: Surroundings) async throws -> Outcome { try await target.steer(.pause, in: surroundings) }
}

/// `homie rollout resume`
struct RolloutResume: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets a paused or held update go on.",
        discussion: """
            Example:
              homie rollout resume shop web
            """
    )
    @OptionGroup var target: RolloutTarget

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await target.steer(.resume, in: surroundings)
    }
}

/// `homie rollout promote`
struct RolloutPromote: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Ends a canary: the new version gets everything.",
        discussion: """
            Example:
              homie rollout promote shop web
            """
    )
    @OptionGroup var target: RolloutTarget

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await target.steer(.promote, in: surroundings)
    }
}

/// `homie rollout abort`
struct RolloutAbort: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Ends an update and goes back to what ran before; needs no registry.",
        discussion: """
            Example:
              homie rollout abort shop web
            """
    )
    @OptionGroup var target: RolloutTarget

    func run(in surroundings: Surroundings) async throws -> Outcome { try await target.steer(.abort, in: surroundings) }
}

/// `homie rollout lock`
struct RolloutLock: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Holds updates of a service off until 'homie rollout unlock'.",
        discussion: """
            Example:
              homie rollout lock shop web --reason "the sale ends on Sunday"
            """
    )
    @OptionGroup var target: RolloutTarget
    @Option(help: "Why, in one clause.")
    var reason = "it is locked by hand"

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try target.connection.client(in: surroundings)
        try await client.lock(target.service, in: target.stack, reason: reason)
        return try await RolloutUnlock.show(target, client, in: surroundings)
    }
}

/// `homie rollout unlock`
struct RolloutUnlock: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Lets updates of a service go on.",
        discussion: """
            Example:
              homie rollout unlock shop web
            """
    )
    @OptionGroup var target: RolloutTarget

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try target.connection.client(in: surroundings)
        try await client.lock(target.service, in: target.stack, reason: nil)
        return try await Self.show(target, client, in: surroundings)
    }

    static func show(_ target: RolloutTarget, _ client: APIClient, in surroundings: Surroundings) async throws
        -> Outcome
    {
        let rollouts = try await client.rollouts(of: target.stack).filter { $0.service == target.service }
        try surroundings.console.output.print(Listings.rollouts(rollouts), as: target.output.isJSON ? .json : .table)
        return .done
    }
}

extension Listings {
    static func rollouts(_ rollouts: [RolloutStatus]) -> Listing<RolloutsAnswer> {
        Listing(
            RolloutsAnswer(rollouts: rollouts),
            rows: rollouts,
            columns: [
                Column("STACK") { Cell($0.stack.text) },
                Column("SERVICE") { Cell($0.service.text, .strong) },
                Column("BY") { Cell($0.isRollback ? "rollback" : $0.strategy.rawValue) },
                Column("STATE") { rollout in
                    let word = rollout.isPaused ? "paused" : rollout.state.rawValue
                    return Cell(word, rollout.state == .failed ? .bad : rollout.state == .succeeded ? .good : .busy)
                },
                Column("NEW VERSION", .right) { Cell("\($0.share) %") },
                Column("REVISIONS") { Cell("\($0.fromRevision.map(String.init) ?? "?") to \($0.toRevision)") },
                Column("BECAUSE") { rollout in
                    Cell(rollout.cause ?? rollout.pauseReason ?? rollout.figures.last?.verdict ?? "")
                },
            ],
            nothing: "No service was updated yet.",
            identity: { "\($0.stack)/\($0.service)" }
        )
    }
}
