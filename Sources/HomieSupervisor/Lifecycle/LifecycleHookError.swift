public import HomieModel

/// A hook of a Compose file that did not do its work.
public enum LifecycleHookError: UserFacingError {
    /// It ended with another exit code than 0; `output` is the end of what it wrote.
    case failed(key: String, command: String, exitCode: Int, output: String)
    /// It could not be run, or did not end.
    case notRun(key: String, command: String, underlying: any Error)

    public var summary: String {
        switch self {
        case .failed(let key, let command, let code, _): "its \(key) hook '\(command)' ended with exit code \(code)"
        case .notRun(let key, let command, _): "its \(key) hook '\(command)' was not run to its end"
        }
    }

    public var hint: String? {
        switch self {
        case .failed(_, _, _, let output): output.isEmpty ? nil : "it wrote: \(output)"
        case .notRun: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .failed: .refused
        case .notRun: .failed
        }
    }

    public var underlying: (any Error)? {
        switch self {
        case .failed: nil
        case .notRun(_, _, let error): error
        }
    }
}
