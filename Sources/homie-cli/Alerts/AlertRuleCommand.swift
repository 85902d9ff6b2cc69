public import ArgumentParser
internal import HomieAPI
internal import HomieConsole
public import HomieModel

/// `homie alert rule`
struct AlertRuleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule",
        abstract: "Sets and removes rules.",
        discussion: """
            Example:
              homie alert rule set slow-queue --metric 'node_pressure_io_waiting_seconds' --above 0.5 --for 5m
            """,
        subcommands: [AlertRuleSet.self, AlertRuleRemove.self]
    )
}

/// `homie alert rule set`
struct AlertRuleSet: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Sets a rule on a series, on the health of services, or on events.",
        discussion: """
            A rule with the name of a standard one takes its place.

            Example:
              homie alert rule set disk-filling --metric homie_host_filesystem_used_ratio --above 0.7 --clears 0.65 --for 10m
              homie alert rule set shop-down --health unhealthy,failed --stack shop --for 30s --severity critical
              homie alert rule set pulls --event image.failed --cleared-by image.pulled
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @Option(name: .customLong("metric"), help: ArgumentHelp("The series it looks at.", valueName: "series"))
    var series: String?
    @Option(name: .customLong("function"), help: "mean, sum, rate, min, max, or a percentile such as p95.")
    var function = "mean"
    @Option(name: .customLong("over"), help: "How far back it looks, up to an hour.")
    var over = Period.seconds(60)
    @Option(name: .customLong("above"), help: "It fires above this value.")
    var above: Double?
    @Option(name: .customLong("below"), help: "It fires below this value.")
    var below: Double?
    @Option(name: .customLong("clears"), help: "Where it is well again; the limit itself when absent.")
    var clears: Double?
    @Option(
        name: .customLong("health"),
        help: ArgumentHelp("It fires for services in these phases, e.g. unhealthy,failed.", valueName: "phases")
    )
    var phases: String?
    @Option(
        name: .customLong("event"),
        help: ArgumentHelp(
            "It fires for events of these kinds; a star at the end stands for anything.",
            valueName: "kinds"
        )
    )
    var kinds: String?
    @Option(name: .customLong("cleared-by"), help: ArgumentHelp("Events that end it.", valueName: "kinds"))
    var clearedBy: String?
    @Option(name: .customLong("lasts"), help: "When it ends without such an event.")
    var lasts = Period.seconds(900)
    @Option(name: .customLong("stack"), help: ArgumentHelp("Only this stack's services.", valueName: "name"))
    var stack: StackName?
    @Option(name: .customLong("service"), help: ArgumentHelp("Only this service.", valueName: "name"))
    var service: ServiceName?
    @Option(name: .customLong("severity"), help: "info, warning or critical.")
    var severity = AlertRule.Severity.warning
    @Option(name: .customLong("for"), help: "How long the condition must hold.")
    var holds = Period.seconds(0)
    @Option(name: .customLong("lingers"), help: "How long the alert goes on after that.")
    var lingers = Period.seconds(0)
    @Flag(name: .customLong("root"), help: "It concerns the whole device: others are its consequences.")
    var isRoot = false
    @Flag(name: .customLong("off"), help: "Keep the rule, and do not use it.")
    var isOff = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [series, phases, kinds].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give exactly one of --metric, --health and --event")
        }
        if series != nil, (above == nil) == (below == nil) {
            throw ValidationError("--metric needs exactly one of --above and --below")
        }
        for phase in Self.words(phases) where ServiceStatus.Phase(rawValue: phase) == nil {
            throw ValidationError("there is no phase '\(phase)'")
        }
    }

    private static func words(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
    }

    private func condition() throws -> AlertCondition {
        if let series {
            return .metric(
                MetricCondition(
                    series: try SeriesSelector(parsing: series),
                    function: try MeasurementFunction(parsing: function),
                    over: over,
                    above: above,
                    below: below,
                    clears: clears
                )
            )
        }
        if phases != nil {
            let wanted = Self.words(phases).compactMap(ServiceStatus.Phase.init(rawValue:))
            return .health(HealthCondition(phases: wanted, stack: stack, service: service))
        }
        return .event(
            EventCondition(
                kinds: Self.words(kinds),
                clearedBy: Self.words(clearedBy),
                stack: stack,
                service: service,
                lasts: lasts
            )
        )
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let rule = AlertRule(
            name: name,
            severity: severity,
            condition: try condition(),
            holds: holds,
            lingers: lingers,
            isRoot: isRoot,
            isOn: !isOff
        )
        try await connection.client(in: surroundings).put(rule)
        return try Done.say("the rule '\(name)' is set", output, surroundings)
    }
}

extension AlertRule.Severity: ExpressibleByArgument {}

/// `homie alert rule rm`
struct AlertRuleRemove: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a rule that was set; a standard one of that name holds again.",
        discussion: """
            Example:
              homie alert rule rm disk-filling
            """
    )

    @Argument(help: "Its name.")
    var name: AlertName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        try await connection.client(in: surroundings).removeRule(name)
        return try Done.say("the rule '\(name)' is gone", output, surroundings)
    }
}
