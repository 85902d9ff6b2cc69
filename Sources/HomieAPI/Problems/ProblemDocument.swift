public import HomieModel

/// An error on the wire (RFC 9457, `application/problem+json`).
public struct ProblemDocument: Sendable, Hashable, Codable {
    /// `urn:homie:problem:<kind>`, or a more exact one.
    public var type: String
    public var title: String
    public var status: Int
    /// The error's summary.
    public var detail: String
    public var kind: ErrorKind
    public var hint: String?
    /// Summaries of what led to it, nearest first.
    public var causes: [String]?
    /// Places in the request's body.
    public var errors: [SchemaViolation]?

    public init(
        status: Int,
        detail: String,
        kind: ErrorKind,
        hint: String? = nil,
        causes: [String]? = nil,
        errors: [SchemaViolation]? = nil,
        type: String? = nil
    ) {
        self.type = type ?? "urn:homie:problem:\(kind.rawValue)"
        title = kind.title
        self.status = status
        self.detail = detail
        self.kind = kind
        self.hint = hint
        self.causes = causes
        self.errors = errors
    }

    /// The document of any error; one that is not for users becomes ``ErrorKind/failed``.
    public init(_ error: any Error) {
        guard let known = error as? any UserFacingError else {
            self.init(status: 500, detail: "the request failed", kind: .failed, causes: ["\(error)"])
            return
        }
        var causes: [String] = []
        var cause = known.underlying
        while let current = cause, causes.count < 16 {
            let user = current as? any UserFacingError
            causes.append(user?.summary ?? "\(current)")
            cause = user?.underlying
        }
        var violations: [SchemaViolation]?
        if case .badBody(let found) = error as? RequestError { violations = found }
        self.init(
            status: (error as? any HTTPProblem)?.status ?? known.kind.httpStatus,
            detail: known.summary,
            kind: known.kind,
            hint: known.hint,
            causes: causes.isEmpty ? nil : causes,
            errors: violations,
            type: (error as? any HTTPProblem)?.problemType
        )
    }
}

extension ErrorKind {
    /// A problem's title: the same for every problem of this kind.
    public var title: String {
        switch self {
        case .failed: "It was tried and did not work"
        case .usage: "The request is wrong"
        case .notFound: "There is no such thing"
        case .conflict: "It contradicts the present state"
        case .refused: "It is not allowed"
        case .unhealthy: "What was started is not healthy"
        case .unreachable: "A peer does not answer"
        case .tooLarge: "The request is too large"
        }
    }
}
