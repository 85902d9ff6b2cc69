public import HomieModel
internal import HomieProcess

/// What goes wrong while an image is made.
public enum ImageError: UserFacingError {
    case file(path: String, reason: String)
    case notInstalled(program: String)
    case toolFailed(program: String, stage: String, reason: String)
    case packages([String])
    case tooLarge(path: String, size: ByteCount, limit: ByteCount)
    case missingProgram(name: String, directory: String)
    case developmentKey(path: String)

    public var summary: String {
        switch self {
        case .file(let path, let reason): "'\(path)' cannot be used: \(reason)"
        case .notInstalled(let program): "'\(program)' is not installed"
        case .toolFailed(let program, let stage, let reason): "\(stage): '\(program)' failed: \(reason)"
        case .packages(let differences):
            "\(differences.count) packages are not those that are pinned: "
                + differences.prefix(4).joined(separator: ", ")
                + (differences.count > 4 ? " …" : "")
        case .tooLarge(let path, let size, let limit):
            "'\(path)' has \(size.bytes >> 20) MiB, and its partition has \(limit.bytes >> 20)"
        case .missingProgram(let name, let directory): "there is no program '\(name)' in '\(directory)'"
        case .developmentKey(let path): "'\(path)' is a development key, which a release image must not trust"
        }
    }

    public var hint: String? {
        switch self {
        case .file: nil
        case .notInstalled: "scripts/setup image installs what is needed"
        case .toolFailed: "run it again with --keep to look at what was made"
        case .packages: "use the mirror of the day they were pinned, or pin anew with 'homie-image lock'"
        case .tooLarge: "make the partition larger in the board's board.conf"
        case .missingProgram: "build it first: scripts/build-release"
        case .developmentKey: "name the release's authorities with --keyring"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .file, .notInstalled, .toolFailed, .tooLarge: .failed
        case .packages: .conflict
        case .missingProgram: .notFound
        case .developmentKey: .refused
        }
    }
}
