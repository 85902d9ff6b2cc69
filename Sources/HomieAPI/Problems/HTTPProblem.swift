public import HomieModel

/// An error whose answer over HTTP says more than its kind does.
public protocol HTTPProblem: UserFacingError {
    /// The HTTP status.
    var status: Int { get }
    /// The problem's type (RFC 9457, section 3.1.1); nil for that of its kind.
    var problemType: String? { get }
    /// Header fields of the answer, names in lower case.
    var fields: [String: String] { get }
}

extension HTTPProblem {
    public var problemType: String? { nil }
    public var fields: [String: String] { [:] }
}
