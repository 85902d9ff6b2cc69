public import HomieModel

/// What cannot be done with jobs.
public enum JobError: UserFacingError {
    case noJob(JobName)
    case noRun(Int64)
    case ofComposeFile(JobName)
    case unknownZone(String, JobName)
    case noRunningContainer(ServiceName, StackName)
    case containerGone(String)
    case executionGone
    case noParent(ServiceName, StackName)
    /// The command has no end that anyone could bring about.
    case cannotEnd(String)
    case notWritten(underlying: any Error)

    public var summary: String {
        switch self {
        case .noJob(let name): "there is no job '\(name)'"
        case .noRun(let id): "there is no run \(id)"
        case .ofComposeFile(let name): "'\(name)' is a job of its stack's Compose file"
        case .unknownZone(let zone, let name): "job '\(name)': this device knows no time zone '\(zone)'"
        case .noRunningContainer(let service, let stack): "'\(stack)/\(service)' has no running container"
        case .containerGone(let name): "its container '\(name)' was removed by someone else"
        case .executionGone: "the container in which it ran was stopped or replaced"
        case .noParent(let service, let stack): "'\(stack)/\(service)', whose network it shares, does not run"
        case .cannotEnd(let reason): "its command cannot be ended: \(reason)"
        case .notWritten: "the job's state cannot be written yet"
        }
    }

    public var hint: String? {
        switch self {
        case .noJob: "'homie job ls' lists them"
        case .noRun: "'homie job history' lists them"
        case .ofComposeFile: "change 'x-homie.schedule' and deploy the file with 'homie up'"
        case .unknownZone: "write it like 'Europe/Berlin'; the zones come with the package tzdata"
        case .noRunningContainer, .noParent: "'homie ps' shows how it does"
        case .notWritten: "it is tried again; free some disk space"
        case .containerGone, .executionGone, .cannotEnd: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .noJob, .noRun: .notFound
        case .ofComposeFile: .conflict
        case .unknownZone: .usage
        case .noRunningContainer, .noParent, .containerGone, .executionGone, .cannotEnd, .notWritten: .failed
        }
    }

    public var underlying: (any Error)? {
        guard case .notWritten(let error) = self else { return nil }
        return error
    }
}
