public import HomieModel

/// Why no image can be planned.
public enum ImagePlanError: UserFacingError, Equatable {
    case board(name: String, line: Int?, reason: String)
    case layout(String)
    case file(path: String, reason: String)

    public var summary: String {
        switch self {
        case .board(let name, let line, let reason):
            "the board '\(name)' cannot be used: \(line.map { "line \($0): " } ?? "")\(reason)"
        case .layout(let reason): "the disk cannot be laid out: \(reason)"
        case .file(let path, let reason): "'\(path)' cannot be part of the system: \(reason)"
        }
    }

    public var hint: String? {
        switch self {
        case .board: "image/README.md lists what a board.conf says"
        case .layout: "change the sizes in the board's board.conf"
        case .file: nil
        }
    }

    public var kind: ErrorKind { .usage }
}
