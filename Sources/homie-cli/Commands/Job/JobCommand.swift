public import ArgumentParser
public import HomieModel

/// `homie job`
struct JobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Shows, starts and ends jobs: what runs by the clock, on events or by hand.",
        discussion: """
            Jobs are written in a Compose file, in 'x-homie.schedule' of a service, or made with 'homie job add'.

            Example:
              homie job ls
              homie job run shop/dump --wait
              homie job logs shop/dump
            """,
        subcommands: [
            JobList.self, JobRun.self, JobLogs.self, JobCancel.self, JobHistory.self, JobNext.self, JobAdd.self,
            JobRemove.self,
        ],
        defaultSubcommand: JobList.self
    )
}

extension JobName: ExpressibleByArgument {
    public init?(argument: String) {
        guard let name = try? JobName(parsing: argument) else { return nil }
        self = name
    }
}

/// A run: its number, or a job's name for its newest one.
enum RunArgument: ExpressibleByArgument, Sendable, Hashable {
    case run(Int64)
    case newest(JobName)

    init?(argument: String) {
        if let id = Int64(argument), id >= 1 {
            self = .run(id)
        } else if let name = JobName(argument: argument) {
            self = .newest(name)
        } else {
            return nil
        }
    }
}

/// A job, or all of a stack's.
enum JobScope: ExpressibleByArgument, Sendable, Hashable {
    case stack(StackName)
    case job(JobName)

    init?(argument: String) {
        if let name = JobName(argument: argument) {
            self = .job(name)
        } else if let stack = StackName(argument: argument) {
            self = .stack(stack)
        } else {
            return nil
        }
    }

    var stack: StackName {
        switch self {
        case .stack(let stack): stack
        case .job(let name): name.stack
        }
    }

    var job: ServiceName? {
        guard case .job(let name) = self else { return nil }
        return name.job
    }
}

/// What goes wrong in the commands of jobs.
enum JobCommandError: UserFacingError {
    case noRuns(JobName)
    case ended(JobRunRecord)
    case nothingStarts

    var summary: String {
        switch self {
        case .noRuns(let name): "job '\(name)' has not run yet"
        case .ended(let run): "run \(run.id) of '\(run.job)' \(run.outcome)"
        case .nothingStarts: "nothing starts this job"
        }
    }

    var hint: String? {
        switch self {
        case .noRuns(let name): "homie job run \(name)"
        case .ended(let run): run.state == .skipped ? nil : "homie job logs \(run.id)"
        case .nothingStarts: "give --cron, --on or --after; 'homie job run' starts it in any case with --by-hand"
        }
    }

    var kind: ErrorKind {
        switch self {
        case .noRuns: .notFound
        case .ended: .unhealthy
        case .nothingStarts: .usage
        }
    }
}

extension JobRunRecord {
    /// How it ended, as the end of a sentence.
    var outcome: String {
        let why = reason.map { ": \($0)" } ?? ""
        return switch state {
        case .waiting: "waits\(why)"
        case .running: "is running"
        case .resting: "is tried again soon\(why)"
        case .succeeded: "succeeded"
        case .failed: "failed\(why)"
        case .timedOut: "was stopped\(why)"
        case .cancelled: "was cancelled"
        case .replaced: "was stopped\(why)"
        case .skipped: "was skipped\(why)"
        }
    }
}
