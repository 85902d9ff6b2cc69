internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// Which alerts are meant.
struct MatcherOptions: ParsableArguments {
    @Option(name: .customLong("rule"), help: ArgumentHelp("Only alerts of this rule.", valueName: "name"))
    var rule: AlertName?
    @Option(name: .customLong("stack"), help: ArgumentHelp("Only this stack's.", valueName: "name"))
    var stack: StackName?
    @Option(name: .customLong("service"), help: ArgumentHelp("Only this service's.", valueName: "name"))
    var service: ServiceName?

    var matcher: AlertMatcher { AlertMatcher(rule: rule, stack: stack, service: service) }
}

/// `homie alert silence`
struct AlertSilence: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Keeps alerts quiet for a while; what still fires afterwards is told then.",
        discussion: """
            Example:
              homie alert silence --stack shop --for 2h --comment 'moving the disk'
            """
    )

    @OptionGroup var matcher: MatcherOptions
    @Option(name: .customLong("for"), help: "How long, e.g. 2h.")
    var length: Period
    @Option(name: .customLong("comment"), help: "Why.")
    var comment: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let request = SilenceRequest(matcher: matcher.matcher, length: length, comment: comment)
        let silence = try await connection.client(in: surroundings).silence(request)
        let stream = surroundings.console.output
        if output.isJSON {
            try stream.write(JSONOutput.document(silence))
        } else {
            try stream.print(
                "quiet until \(TimeText.clock(silence.until)) UTC; 'homie alert unsilence \(silence.id)' ends it"
            )
        }
        return .done
    }
}

/// `homie alert silences`
struct AlertSilences: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "silences",
        abstract: "Lists what keeps alerts quiet: silences and maintenance windows.",
        discussion: """
            Example:
              homie alert silences
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let answer = try await connection.client(in: surroundings).silences()
        try surroundings.console.output.print(Listings.silences(answer), as: output.isJSON ? .json : .table)
        return .done
    }
}

/// `homie alert unsilence`
struct AlertUnsilence: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "unsilence",
        abstract: "Ends a silence.",
        discussion: """
            Example:
              homie alert unsilence 3
            """
    )

    @Argument(help: "Its number.")
    var id: Int64
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await connection.client(in: surroundings).removeSilence(id)
        return try Done.say("silence \(id) has ended", output, surroundings)
    }
}

/// `homie alert window`
struct AlertWindow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "window",
        abstract: "Sets and removes maintenance windows, in which alerts are expected.",
        discussion: """
            Example:
              homie alert window set backup --when '02:00-04:00' --stack shop
            """,
        subcommands: [AlertWindowSet.self, AlertWindowRemove.self]
    )
}

/// `homie alert window set`
struct AlertWindowSet: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Sets a maintenance window.",
        discussion: """
            Example:
              homie alert window set updates --when 'sun 02:00-04:00'
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @Option(name: .customLong("when"), help: "Days and times of the device, e.g. 'sat-sun 02:00-04:00'.")
    var when: String
    @OptionGroup var matcher: MatcherOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let window = QuietWindow(name: name, matcher: matcher.matcher, when: try MaintenanceWindow(parsing: when))
        try await connection.client(in: surroundings).put(window)
        return try Done.say("the window '\(name)' is set", output, surroundings)
    }
}

/// `homie alert window rm`
struct AlertWindowRemove: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a maintenance window.",
        discussion: """
            Example:
              homie alert window rm updates
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await connection.client(in: surroundings).removeWindow(name)
        return try Done.say("the window '\(name)' is gone", output, surroundings)
    }
}
