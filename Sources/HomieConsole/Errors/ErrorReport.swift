internal import HomieModel

/// An error as a person sees it, and as a script does: `error: …`, `hint: …`, an exit code.
public struct ErrorReport: Sendable, Hashable {
    /// One sentence for each thing that is wrong, causes after colons.
    public var sentences: [String]
    public var hint: String?
    public var exitCode: Int32

    public init(sentences: [String], hint: String? = nil, exitCode: Int32) {
        self.sentences = sentences
        self.hint = hint
        self.exitCode = exitCode
    }

    public init(_ error: any Error) {
        guard let known = error as? any UserFacingError else {
            self.init(sentences: [String(describing: error)], exitCode: ErrorKind.failed.exitCode)
            return
        }
        // An error about a file may hold several sentences, one a line.
        var lines = known.summary.split(separator: "\n").map(String.init)
        if lines.isEmpty { lines = ["it did not work"] }
        var hint = known.hint
        var cause = known.underlying
        while let current = cause {
            let next = current as? any UserFacingError
            lines[lines.count - 1] += ": \(next?.summary ?? String(describing: current))"
            hint = hint ?? next?.hint
            cause = next?.underlying
        }
        self.init(sentences: lines, hint: hint, exitCode: known.kind.exitCode)
    }

    /// The lines for standard error, each ended by a line feed.
    public func text(_ palette: Palette) -> String {
        let label = palette.paint("error:", .bad)
        var text = sentences.map { "\(label) \(SafeText.line($0))\n" }.joined()
        if let hint { text += "\(palette.paint("hint:", .busy)) \(SafeText.line(hint))\n" }
        return text
    }
}
