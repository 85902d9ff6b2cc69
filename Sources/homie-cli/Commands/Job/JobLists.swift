internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie job ls`
struct JobList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists jobs, when they run next and how they did last.",
        discussion: """
            Example:
              homie job ls shop
            """
    )

    @Argument(help: "Only this stack's.")
    var stack: StackName?
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only names.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let form: ListForm = output.isJSON ? .json : isQuiet ? .quiet : .table
        let jobs = try await connection.client(in: surroundings).jobs(of: stack)
        try surroundings.console.output.print(Listings.jobs(jobs, now: surroundings.now()), as: form)
        return .done
    }
}

/// `homie job history`
struct JobHistory: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Lists runs of jobs, newest first.",
        discussion: """
            Example:
              homie job history shop/dump --limit 10
            """
    )

    @Argument(help: "Only this job's, or this stack's.")
    var scope: JobScope?
    @Option(name: .customLong("limit"), help: ArgumentHelp("At most so many (default: 50).", valueName: "count"))
    var limit: Int?
    @Option(
        name: .customLong("before"),
        help: ArgumentHelp("Only runs before the one of this number.", valueName: "run")
    )
    var before: Int64?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, !(1...1000).contains(limit) { throw ValidationError("--limit goes from 1 to 1000") }
        if let before, before < 1 { throw ValidationError("--before takes the number of a run") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let query = JobRunQuery(stack: scope?.stack, job: scope?.job, before: before, limit: limit ?? 50)
        let runs = try await connection.client(in: surroundings).jobRuns(query)
        try surroundings.console.output.print(
            Listings.jobRuns(runs, now: surroundings.now()),
            as: output.isJSON ? .json : .table
        )
        return .done
    }
}

/// `homie job next`
struct JobNext: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Shows when jobs run next by the clock.",
        discussion: """
            Example:
              homie job next shop/dump --count 3
            """
    )

    @Argument(help: "Only this job's; all of them, once each, without.")
    var name: JobName?
    @Option(name: .customLong("count"), help: ArgumentHelp("So many times (default: 5).", valueName: "count"))
    var count: Int?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let count, !(1...1000).contains(count) { throw ValidationError("--count goes from 1 to 1000") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let form: ListForm = output.isJSON ? .json : .table
        let now = surroundings.now()
        if let name {
            let answer = try await client.nextRuns(of: name, count: count ?? 5)
            let rows = answer.times.map { (answer.job, $0) }
            try surroundings.console.output.print(Listings.times(answer, rows: rows, now: now), as: form)
        } else {
            let jobs = try await client.jobs()
            let rows = jobs.compactMap { job in job.next.map { (job.name, $0) } }.sorted { $0.1 < $1.1 }
            try surroundings.console.output.print(
                Listings.times(JobsAnswer(jobs: jobs), rows: rows, now: now),
                as: form
            )
        }
        return .done
    }
}

extension Listings {
    static func jobs(_ jobs: [JobStatus], now: Timestamp) -> Listing<JobsAnswer> {
        Listing(
            JobsAnswer(jobs: jobs),
            rows: jobs,
            columns: [
                Column("JOB") { Cell($0.name.description, .strong) },
                Column("IN") { Cell("\($0.action.rawValue) \($0.service)") },
                Column("STARTS") { job in
                    Cell(job.triggers.isEmpty ? "by hand" : job.triggers.joined(separator: "; "))
                },
                Column("NEXT") { job in
                    Cell(job.isSuspended ? "suspended" : job.next.map { TimeText.relative($0, now: now) } ?? "")
                },
                Column("NOW") { job in
                    let first = job.open.first { $0.state == .running } ?? job.open.first
                    return Cell(first?.state.rawValue ?? "", .busy)
                },
                Column("LAST") { job in
                    guard let last = job.last else { return "" }
                    let time = TimeText.relative(last.endedAt ?? last.due, now: now)
                    return Cell("\(last.state.rawValue) \(time)", last.state.style)
                },
                Column("PROBLEM") { Cell($0.problem ?? "", .bad) },
            ],
            nothing: "There are no jobs; 'x-homie: {schedule: \"@daily\"}' at a service makes one.",
            identity: { $0.name.description }
        )
    }

    static func jobRuns(_ runs: [JobRunRecord], now: Timestamp) -> Listing<JobRunsAnswer> {
        Listing(
            JobRunsAnswer(runs: runs),
            rows: runs,
            columns: [
                Column("RUN", .right) { Cell(String($0.id)) },
                Column("JOB") { Cell($0.job.description, .strong) },
                Column("STATE") { Cell($0.state.rawValue, $0.state.style) },
                Column("BECAUSE OF") { Cell($0.cause) },
                Column("DUE") { Cell(TimeText.clock($0.due)) },
                Column("TOOK", .right) { run in
                    guard let start = run.startedAt else { return "" }
                    return Cell(TimeText.elapsed((run.endedAt ?? now) - start))
                },
                Column("TRIES", .right) { Cell($0.attempts > 0 ? String($0.attempts) : "") },
                Column("REASON") { Cell($0.reason ?? "") },
            ],
            nothing: "Nothing has run yet.",
            identity: { String($0.id) }
        )
    }

    static func times<Document: Encodable>(
        _ document: Document,
        rows: [(JobName, Timestamp)],
        now: Timestamp
    ) -> Listing<Document> {
        Listing(
            document,
            rows: rows,
            columns: [
                Column("JOB") { Cell($0.0.description, .strong) },
                Column("AT (UTC)") { Cell(TimeText.clock($0.1)) },
                Column("THAT IS") { Cell(TimeText.relative($0.1, now: now)) },
            ],
            nothing: "Nothing runs by the clock.",
            identity: { $0.1.rfc3339 }
        )
    }
}

extension JobRunRecord.State {
    var style: Style {
        switch self {
        case .waiting, .running, .resting: .busy
        case .succeeded: .good
        case .failed, .timedOut: .bad
        case .cancelled, .replaced, .skipped: .warning
        }
    }
}
