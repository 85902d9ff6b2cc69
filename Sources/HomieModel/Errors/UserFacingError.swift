/// An error a person reads: one sentence that names the object, and how to mend it.
///
/// Causes are chained through ``underlying``, never pasted into the sentence.
public protocol UserFacingError: Error, CustomStringConvertible {
    /// One sentence, naming the object that is concerned, without a full stop at the end.
    var summary: String { get }
    /// What the reader can do about it; one sentence or command.
    var hint: String? { get }
    /// What sort of failure this is; decides HTTP status and exit code.
    var kind: ErrorKind { get }
    /// The error that led to this one.
    var underlying: (any Error)? { get }
}

extension UserFacingError {
    public var hint: String? { nil }
    public var underlying: (any Error)? { nil }

    /// Summary, then each cause after a colon, then the hint on a line of its own.
    public var description: String {
        var text = summary
        var cause = underlying
        while let current = cause {
            if let known = current as? any UserFacingError {
                text += ": \(known.summary)"
                cause = known.underlying
            } else {
                text += ": \(current)"
                cause = nil
            }
        }
        if let hint { text += "\n  hint: \(hint)" }
        return text
    }
}
