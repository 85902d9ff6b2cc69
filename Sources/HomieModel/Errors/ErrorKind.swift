/// What sort of failure an error is. The exit codes and HTTP statuses are part of Homie's API.
public enum ErrorKind: String, Sendable, Codable, CaseIterable {
    /// Something was tried and did not work.
    case failed
    /// The request itself is wrong: arguments, syntax, types.
    case usage
    /// The named object does not exist.
    case notFound
    /// The request contradicts the present state, e.g. another operation is running.
    case conflict
    /// Understood, and not allowed by policy or permissions.
    case refused
    /// The operation ran, and what it started is not healthy.
    case unhealthy
    /// The daemon, the engine or another peer does not answer.
    case unreachable
    /// The request is larger than what is accepted.
    case tooLarge

    /// The exit code of every Homie program: 0 is success, these are the rest.
    public var exitCode: Int32 {
        switch self {
        case .failed: 1
        case .usage, .tooLarge: 2
        case .notFound: 3
        case .conflict: 4
        case .refused: 5
        case .unhealthy: 6
        case .unreachable: 7
        }
    }

    /// The HTTP status of a problem document (RFC 9457) for this kind.
    public var httpStatus: Int {
        switch self {
        case .failed: 500
        case .usage: 400
        case .notFound: 404
        case .conflict: 409
        case .refused: 403
        case .unhealthy: 503
        case .unreachable: 502
        case .tooLarge: 413
        }
    }
}
