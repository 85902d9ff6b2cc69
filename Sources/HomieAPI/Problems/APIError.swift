public import HomieModel

/// What a client of the API meets.
public enum APIError: UserFacingError {
    /// The daemon answered with a problem.
    case problem(ProblemDocument)
    /// The daemon answered with something that is not the API's.
    case unexpected(status: Int, underlying: (any Error)?)

    public var summary: String {
        switch self {
        case .problem(let document): document.detail
        case .unexpected(let status, _): "the daemon's answer (status \(status)) cannot be understood"
        }
    }

    public var hint: String? {
        switch self {
        case .problem(let document): document.hint
        case .unexpected: "check that 'homie' and 'homied' are of the same release ('homie --version')"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .problem(let document): document.kind
        case .unexpected: .failed
        }
    }

    public var underlying: (any Error)? {
        switch self {
        case .problem(let document): RemoteCause(document.causes ?? [])
        case .unexpected(_, let error): error
        }
    }
}

/// A chain of causes that came over the wire.
public struct RemoteCause: UserFacingError, Hashable {
    public let summary: String
    private let rest: [String]

    /// Nil when there are none.
    init?(_ causes: [String]) {
        guard let first = causes.first else { return nil }
        summary = first
        rest = Array(causes.dropFirst())
    }

    public var kind: ErrorKind { .failed }
    public var underlying: (any Error)? { RemoteCause(rest) }
}
