public import ArgumentParser
internal import HomieAPI
internal import HomieConsole
public import HomieModel

/// `homie alert`
struct AlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert",
        abstract: "Shows what is wrong and decides who is told.",
        discussion: """
            Example:
              homie alert ls
              homie alert route set phone --kind ntfy --url https://ntfy.sh/my-secret-topic
              homie alert test phone
            """,
        subcommands: [
            AlertList.self, AlertRules.self, AlertRuleCommand.self, AlertRoutes.self, AlertRouteCommand.self,
            AlertTest.self, AlertSilence.self, AlertSilences.self, AlertUnsilence.self, AlertWindow.self,
            AlertDeliveries.self, AlertRetry.self,
        ],
        defaultSubcommand: AlertList.self
    )
}

/// `homie alert ls`
struct AlertList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the alerts that are pending or fire, the worst first.",
        discussion: """
            Example:
              homie alert ls --past
            """
    )

    @Flag(name: .customLong("past"), help: "Also those that are over.")
    var includesPast = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let alerts = try await connection.client(in: surroundings).alerts(includesPast: includesPast)
        let listing = Listings.alerts(alerts, now: surroundings.now())
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie alert rules`
struct AlertRules: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Lists when somebody is told.",
        discussion: """
            Example:
              homie alert rules --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let rules = try await connection.client(in: surroundings).alertRules()
        try surroundings.console.output.print(Listings.rules(rules), as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie alert routes`
struct AlertRoutes: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes",
        abstract: "Lists who is told, and how.",
        discussion: """
            Example:
              homie alert routes
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let routes = try await connection.client(in: surroundings).alertRoutes()
        try surroundings.console.output.print(Listings.alertRoutes(routes), as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie alert test`
struct AlertTest: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Sends a made-up notification over a route now.",
        discussion: """
            Example:
              homie alert test phone
            """
    )

    @Argument(help: "The route.")
    var route: AlertName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let report = try await connection.client(in: surroundings).testRoute(route)
        let stream = surroundings.console.output
        if output.isJSON {
            try stream.write(JSONOutput.document(report))
        } else {
            try stream.print(
                report.isDelivered ? "'\(route)' took it" : "'\(route)' did not take it: \(report.reason ?? "")"
            )
        }
        return report.isDelivered ? .done : .ended(.failed)
    }
}

/// `homie alert deliveries`
struct AlertDeliveries: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "Lists notifications on their way, delivered and given up.",
        discussion: """
            Example:
              homie alert deliveries --state dead
            """
    )

    @Option(name: .customLong("state"), help: "Only those that are waiting, delivered or dead.")
    var state: DeliveryState?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    enum DeliveryState: String, ExpressibleByArgument, CaseIterable { case waiting, delivered, dead }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let wanted = state.flatMap { Delivery.State(rawValue: $0.rawValue) }
        let deliveries = try await connection.client(in: surroundings).deliveries(wanted)
        let listing = Listings.deliveries(deliveries, now: surroundings.now())
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie alert retry`
struct AlertRetry: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Tries a delivery that waits or was given up anew.",
        discussion: """
            Example:
              homie alert retry msg_0123456789abcdef0123456789abcdef
            """
    )

    @Argument(help: "Its ID.")
    var delivery: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await connection.client(in: surroundings).retryDelivery(delivery)
        return try Done.say("'\(delivery)' is tried again", output, surroundings)
    }
}

/// What a command says that has nothing to show.
enum Done {
    static func say(_ text: String, _ output: OutputOptions, _ surroundings: Surroundings) throws -> Outcome {
        let stream = surroundings.console.output
        if output.isJSON {
            try stream.write(JSONOutput.document(["status": "ok"] as JSONValue))
        } else {
            try stream.print(text)
        }
        return .done
    }
}

extension AlertName: ExpressibleByArgument {
    public init?(argument: String) {
        guard let name = try? AlertName(parsing: argument) else { return nil }
        self = name
    }
}

extension Period: ExpressibleByArgument {
    public init?(argument: String) {
        guard let period = try? Period(parsing: argument) else { return nil }
        self = period
    }
}
