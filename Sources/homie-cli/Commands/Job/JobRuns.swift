internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie job run`
struct JobRun: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Starts a run of a job now.",
        discussion: """
            With --wait the exit code says how it ended: 0 for success, 6 for anything else.

            Example:
              homie job run shop/dump --wait
            """
    )

    @Argument(help: "The job, as STACK/JOB.")
    var name: JobName
    @Flag(name: [.customShort("w"), .customLong("wait")], help: "Show what it writes, and wait until it is over.")
    var waits = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        var run = try await client.run(name)
        if waits {
            if !output.isJSON {
                let printer = JobLogPrinter(stream: surroundings.console.output, isJSON: false, showsTimes: false)
                for try await entry in try await client.jobLog(of: run.id, follows: true) { try printer.print(entry) }
            }
            run = try await JobWait(client: client).end(of: run.id)
        }
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(run))
            return waits && run.state != .succeeded ? .ended(.unhealthy) : .done
        }
        guard waits else {
            try surroundings.console.output.print("run \(run.id) of '\(run.job)' \(run.outcome)")
            return .done
        }
        guard run.state == .succeeded else { throw JobCommandError.ended(run) }
        try surroundings.console.errors.print("run \(run.id) of '\(run.job)' succeeded")
        return .done
    }
}

/// Waits for the end of a run.
struct JobWait {
    let client: APIClient

    func end(of run: Int64) async throws -> JobRunRecord {
        var pause = 50
        while true {
            let now = try await client.jobRun(run)
            if now.state.isFinal { return now }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, 1000)
        }
    }
}

/// `homie job cancel`
struct JobCancel: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ends a run; it is not tried again.",
        discussion: """
            Example:
              homie job cancel 42
              homie job cancel shop/dump --wait
            """
    )

    @Argument(help: "The run's number, or a job for its newest run.")
    var target: RunArgument
    @Flag(name: [.customShort("w"), .customLong("wait")], help: "Wait until it is over.")
    var waits = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        var run = try await client.cancelJobRun(try await target.id(client))
        if waits { run = try await JobWait(client: client).end(of: run.id) }
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(run))
        } else {
            let text = run.state.isFinal ? run.outcome : run.reason ?? "is being cancelled"
            try surroundings.console.output.print("run \(run.id) of '\(run.job)' \(text)")
        }
        return .done
    }
}

/// `homie job logs`
struct JobLogs: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Shows what a run wrote.",
        discussion: """
            Example:
              homie job logs shop/dump --follow
              homie job logs 42
            """
    )

    @Argument(help: "The run's number, or a job for its newest run.")
    var target: RunArgument
    @Flag(name: [.customShort("f"), .customLong("follow")], help: "Go on until the run is over.")
    var follows = false
    @Flag(name: [.customShort("t"), .customLong("timestamps")], help: "Show when each line was written.")
    var showsTimes = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let printer = JobLogPrinter(
            stream: surroundings.console.output,
            isJSON: output.isJSON,
            showsTimes: showsTimes
        )
        let run = try await target.id(client)
        for try await entry in try await client.jobLog(of: run, follows: follows) { try printer.print(entry) }
        return .done
    }
}

/// Prints lines of a run's log.
struct JobLogPrinter {
    let stream: ConsoleStream
    let isJSON: Bool
    let showsTimes: Bool

    func print(_ entry: LogEntry) throws {
        if isJSON { return try stream.write(JSONOutput.line(entry)) }
        let time = showsTimes ? entry.at.map { stream.palette.paint($0.rfc3339, .faint) + " " } ?? "" : ""
        try stream.write(time + SafeText.logLine(entry.text, keepsColours: stream.palette.isColoured) + "\n")
    }
}

extension RunArgument {
    /// The number of the run that is meant.
    ///
    /// - Throws: ``JobCommandError/noRuns(_:)``
    func id(_ client: APIClient) async throws -> Int64 {
        switch self {
        case .run(let id): return id
        case .newest(let name):
            let runs = try await client.jobRuns(JobRunQuery(stack: name.stack, job: name.job, limit: 1))
            if let newest = runs.first { return newest.id }
            _ = try await client.job(name)
            throw JobCommandError.noRuns(name)
        }
    }
}
