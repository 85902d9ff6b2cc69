internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie issues`
struct IssuesCommand: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "issues",
        abstract: "Lists the open problems of this device, with what led to them and what helps.",
        discussion: """
            With an ID it tells everything about one of them. Ends with 6 when there are errors.

            Example:
              homie issues
              homie issues service:shop:web
            """
    )

    @Argument(help: "Only this issue, with all that is known of it.")
    var issue: String?
    @Option(help: "Only this stack's.")
    var stack: StackName?
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only IDs.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let issues = try await connection.client(in: surroundings).issues()
            .filter { (stack == nil || $0.stack == stack) && (issue == nil || $0.id == issue) }
        if let issue {
            guard let found = issues.first else { throw CommandError.noIssue(issue) }
            try print(found, in: surroundings)
        } else {
            let form: ListForm = output.isJSON ? .json : isQuiet ? .quiet : .table
            try surroundings.console.output.print(Listings.issues(issues, now: surroundings.now()), as: form)
        }
        return issues.contains { $0.severity == .error } ? .ended(.unhealthy) : .done
    }

    private func print(_ issue: DeviceIssue, in surroundings: Surroundings) throws {
        let stream = surroundings.console.output
        if output.isJSON {
            try stream.write(JSONOutput.document(issue))
            return
        }
        try stream.print(SafeText.line(issue.summary))
        try stream.print("since     \(TimeText.relative(issue.since, now: surroundings.now()))")
        for line in issue.evidence { try stream.print("seen      \(SafeText.line(line))") }
        for line in issue.excerpt { try stream.print("log       \(SafeText.line(line))") }
        for cause in issue.causes { try stream.print("because   \(SafeText.line(cause.text))") }
        guard let remedy = issue.remedy else { return }
        try stream.print(
            "remedy    \(SafeText.line(remedy.text))\(remedy.isAutomatic ? " (Homie does it by itself)" : "")"
        )
        try stream.print("          \(SafeText.line(remedy.command))")
    }
}

/// `homie fix`
struct FixCommand: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "fix",
        abstract: "Does what an issue's remedy says.",
        discussion: """
            Asks first unless --yes is given. What only a person can do is said, and ends with 5.

            Example:
              homie fix service:shop:web
            """
    )

    @Argument(help: "The issue's ID, as 'homie issues' shows it.")
    var issue: String
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let stream = surroundings.console.output
        if consent.isDryRun || !consent.isGiven {
            guard let found = try await client.issues().first(where: { $0.id == issue }) else {
                throw CommandError.noIssue(issue)
            }
            let text = found.remedy?.text ?? "nothing: a person has to see to it"
            if consent.isDryRun {
                if output.isJSON {
                    try stream.write(JSONOutput.document(found))
                } else {
                    try stream.print("Would \(SafeText.line(text)).")
                }
                return .done
            }
            if found.remedy.map({ $0.action != .byHand }) ?? false {
                try Prompt(surroundings: surroundings).confirm(
                    "\(SafeText.line(found.summary)).\nRemedy: \(SafeText.line(text)). Do it?",
                    deed: "fixing '\(issue)'"
                )
            }
        }
        let report = try await client.fix(issue)
        if output.isJSON {
            try stream.write(JSONOutput.document(report))
        } else {
            try stream.print("\(SafeText.line(report.message)).")
        }
        return .done
    }
}

/// `homie health`
struct HealthCommand: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Shows how every replica does, and how one knows.",
        discussion: """
            Ends with 6 when one of them is unhealthy or in trouble.

            Example:
              homie health shop
            """
    )

    @Argument(help: "Only this stack's.")
    var stack: StackName?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let replicas = try await connection.client(in: surroundings).health(of: stack)
        let listing = Listings.health(replicas, now: surroundings.now())
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : .table)
        return replicas.contains { $0.health == .unhealthy || $0.trouble != nil } ? .ended(.unhealthy) : .done
    }
}

extension Listings {
    static func issues(_ issues: [DeviceIssue], now: Timestamp) -> Listing<IssuesAnswer> {
        Listing(
            IssuesAnswer(issues: issues),
            rows: issues,
            columns: [
                Column("ISSUE") { Cell($0.id, .strong) },
                Column("IS") { Cell($0.severity.rawValue, $0.severity == .error ? .bad : .busy) },
                Column("SINCE") { Cell(TimeText.relative($0.since, now: now)) },
                Column("WHAT") { Cell($0.summary) },
                Column("REMEDY") {
                    Cell($0.remedy.map { $0.isAutomatic ? "under way: \($0.text)" : $0.command } ?? "")
                },
            ],
            nothing: "There are no open issues.",
            identity: { $0.id }
        )
    }

    static func health(_ replicas: [ServiceHealth], now: Timestamp) -> Listing<HealthListAnswer> {
        Listing(
            HealthListAnswer(replicas: replicas),
            rows: replicas,
            columns: [
                Column("STACK") { Cell($0.stack.text) },
                Column("SERVICE") { Cell("\($0.service)/\($0.replica)", .strong) },
                Column("HEALTH") { Cell($0.health.rawValue, style($0.health)) },
                Column("CHECK") { Cell($0.check ?? "none") },
                Column("TOOK", .right) { Cell($0.latencyMilliseconds.map { "\(($0 * 10).rounded() / 10) ms" } ?? "") },
                Column("SAW") { replica in
                    let expiry = replica.certificateExpires.map { "certificate until \($0.rfc3339.prefix(10))" }
                    return Cell([replica.detail, expiry, replica.trouble].compactMap { $0 }.joined(separator: "; "))
                },
            ],
            nothing: "There are no services.",
            identity: { "\($0.stack)/\($0.service)/\($0.replica)" }
        )
    }

    private static func style(_ health: ObservedContainer.Health) -> Style {
        switch health {
        case .none: .faint
        case .starting: .busy
        case .healthy: .good
        case .unhealthy: .bad
        }
    }
}
