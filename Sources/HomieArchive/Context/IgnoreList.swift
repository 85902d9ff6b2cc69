/// What a `.dockerignore` leaves out of a build context; the last line that matches decides.
public struct IgnoreList: Sendable, Hashable {
    private var patterns: [IgnorePattern]

    /// Reads the text of a `.dockerignore`.
    ///
    /// - Throws: ``ArchiveError/badIgnorePattern(_:)``
    public init(parsing text: String) throws(ArchiveError) {
        let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        var patterns: [IgnorePattern] = []
        for line in body.split(whereSeparator: \.isNewline) {
            if let pattern = try IgnorePattern(line: String(line)) { patterns.append(pattern) }
        }
        self.patterns = patterns
    }

    public var isEmpty: Bool { patterns.isEmpty }

    /// True when the path, relative to the context and separated by `/`, is left out, itself or with a directory it is in.
    public func excludes(_ path: String) -> Bool {
        let scalars = Array(path.unicodeScalars)
        let parents = scalars.indices.filter { scalars[$0] == "/" }
        var isExcluded = false
        // A pattern is only asked where it could change the answer.
        for pattern in patterns where pattern.isException == isExcluded {
            if pattern.matches(scalars[...]) || parents.contains(where: { pattern.matches(scalars[..<$0]) }) {
                isExcluded = !pattern.isException
            }
        }
        return isExcluded
    }

    /// True when something in an excluded directory may be kept. As Docker does, only exceptions that name the
    /// directory are looked at: `!**/x` does not open directories that another line leaves out.
    public func mayKeepInside(_ directory: String) -> Bool {
        patterns.contains { $0.isException && ($0.text + "/").hasPrefix(directory + "/") }
    }

    /// The list with a line more that keeps a path.
    public func keeping(_ path: String) throws(ArchiveError) -> Self {
        guard excludes(path), let exception = try IgnorePattern(line: "!" + path) else { return self }
        var list = self
        list.patterns.append(exception)
        return list
    }
}
