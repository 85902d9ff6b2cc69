internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie job add`
struct JobAdd: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Makes or replaces a job beside those of the Compose files.",
        discussion: """
            The command after -- runs in a fresh container of the service; with --exec in the one that is running.

            Example:
              homie job add shop/dump --service db --cron "30 3 * * *" --exec -- pg_dumpall -f /backup/all.sql
            """
    )

    @Argument(help: "The job, as STACK/JOB.")
    var name: JobName
    @Option(name: .customLong("service"), help: ArgumentHelp("The service whose container is run.", valueName: "name"))
    var service: ServiceName
    @Option(
        name: .customLong("cron"),
        help: ArgumentHelp("When, as in a crontab; may be repeated.", valueName: "times")
    )
    var cron: [String] = []
    @Option(name: .customLong("zone"), help: ArgumentHelp("The time zone of --cron (default: UTC).", valueName: "name"))
    var zone: String?
    @Option(
        name: .customLong("on"),
        help: ArgumentHelp("An event that starts it; may be repeated.", valueName: "event")
    )
    var events: [String] = []
    @Option(name: .customLong("after"), help: ArgumentHelp("A job whose success starts it.", valueName: "job"))
    var after: [String] = []
    @Flag(name: .customLong("by-hand"), help: "Nothing starts it but 'homie job run' and webhooks.")
    var isByHand = false
    @Flag(name: .customLong("exec"), help: "Run the command in the service's running container.")
    var isExecuted = false
    @Option(
        name: .customLong("timeout"),
        help: ArgumentHelp("Stop a run that takes longer: 90s, 1h30m.", valueName: "time")
    )
    var timeout: String?
    @Option(name: .customLong("retries"), help: ArgumentHelp("Try a failed run again so often.", valueName: "count"))
    var retries: Int?
    @Option(name: .customLong("conflict"), help: ArgumentHelp("skip, queue or replace.", valueName: "policy"))
    var conflict: String?
    @Option(name: .customLong("missed"), help: ArgumentHelp("skip, once or all.", valueName: "policy"))
    var missed: String?
    @Argument(parsing: .postTerminator, help: "The command; the service's own when absent.")
    var command: [String] = []
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if isExecuted && command.isEmpty { throw ValidationError("--exec needs a command after --") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        guard isByHand || !(cron + events + after).isEmpty else { throw JobCommandError.nothingStarts }
        let job = try await connection.client(in: surroundings).put(block, as: name)
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(job))
        } else {
            let next = job.next.map { ", next \(TimeText.relative($0, now: surroundings.now()))" } ?? ""
            try surroundings.console.output.print("'\(job.name)' is set\(next)")
        }
        return .done
    }

    private var block: JSONValue {
        var members: [String: JSONValue] = ["service": .string(service.text)]
        func list(_ key: String, _ texts: [String]) {
            if !texts.isEmpty { members[key] = .array(texts.map(JSONValue.string)) }
        }
        list("cron", cron)
        list("on", events)
        list("after", after)
        list(isExecuted ? "exec" : "run", command)
        members["zone"] = zone.map(JSONValue.string)
        members["timeout"] = timeout.map(JSONValue.string)
        members["retries"] = retries.map { .integer(Int64($0)) }
        members["conflict"] = conflict.map(JSONValue.string)
        members["missed"] = missed.map(JSONValue.string)
        return .object(members)
    }
}

/// `homie job rm`
struct JobRemove: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a job that was made with 'homie job add'; what runs of it is stopped.",
        discussion: """
            Example:
              homie job rm shop/dump --yes
            """
    )

    @Argument(help: "The job, as STACK/JOB.")
    var name: JobName
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let job = try await client.job(name)
        if !consent.isDryRun {
            if !consent.isGiven {
                let prompt = Prompt(surroundings: surroundings)
                try prompt.confirm("Remove the job '\(name)'?", deed: "removing the job '\(name)'")
            }
            _ = try await client.removeJob(name)
        }
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(job))
        } else {
            let stopped =
                job.open.isEmpty ? "" : ", and what runs of it \(consent.isDryRun ? "would be" : "is being") stopped"
            let verb = consent.isDryRun ? "would be removed" : "is removed"
            try surroundings.console.output.print("'\(name)' \(verb)\(stopped)")
        }
        return .done
    }
}
