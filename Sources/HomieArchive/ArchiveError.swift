public import HomieModel

/// What keeps an archive from being written.
public enum ArchiveError: UserFacingError {
    /// libarchive said so; `path` is the entry it was about.
    case cannotWrite(path: String?, reason: String)
    case cannotRead(path: String, code: Int32)
    /// The directory that is to be packed is none.
    case notADirectory(path: String)
    case badIgnorePattern(String)

    public var summary: String {
        switch self {
        case .cannotWrite(let path?, let reason): "cannot put '\(path)' into the archive (\(reason))"
        case .cannotWrite(nil, let reason): "cannot write the archive (\(reason))"
        case .cannotRead(let path, let code): "cannot read '\(path)' (system error \(code))"
        case .notADirectory(let path): "'\(path)' is not a directory"
        case .badIgnorePattern(let pattern): "'\(pattern)' is not a pattern for .dockerignore"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .cannotWrite, .cannotRead: .failed
        case .notADirectory: .notFound
        case .badIgnorePattern: .usage
        }
    }
}
