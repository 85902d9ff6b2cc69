public import HomieModel

/// Where something stands in a file; line and column count from 1.
public struct SourceMark: Sendable, Hashable {
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// One thing that is wrong with a Compose file.
public struct ComposeIssue: Sendable, Hashable {
    /// The file and the place in it; nil when the trouble is in no one place.
    public var file: String?
    public var line: Int?
    public var column: Int?
    /// The keys that lead there, e.g. `services.web.ports[0]`; empty when the whole file is meant.
    public var keyPath: String
    /// One sentence without a full stop.
    public var sentence: String
    /// What to do about it.
    public var remedy: String?

    public init(_ sentence: String, at mark: SourceMark? = nil, keyPath: String = "", remedy: String? = nil) {
        file = mark?.file
        line = mark.flatMap { $0.line > 0 ? $0.line : nil }
        column = mark.flatMap { $0.column > 0 ? $0.column : nil }
        self.keyPath = keyPath
        self.sentence = sentence
        self.remedy = remedy
    }

    /// `file:line:column: keys: sentence`, with the parts that are known.
    public var text: String {
        var place = file ?? ""
        if let line { place += ":\(line)" }
        if let line, let column, line > 0 { place += ":\(column)" }
        return [place, keyPath, sentence].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// Why a Compose project cannot be used: at least one issue.
public struct ComposeErrors: UserFacingError, Hashable {
    public var issues: [ComposeIssue]

    public init(_ issues: [ComposeIssue]) { self.issues = issues }
    public init(_ issue: ComposeIssue) { issues = [issue] }

    /// One issue about the place where `node` stands.
    init(_ sentence: String, at node: ComposeNode? = nil, _ path: KeyPathText = .root, remedy: String? = nil) {
        issues = [ComposeIssue(sentence, at: node?.mark ?? node?.keyMark, keyPath: path.text, remedy: remedy)]
    }

    public var summary: String {
        guard let first = issues.first else { return "the Compose file is not valid" }
        guard issues.count > 1 else { return first.text }
        return issues.map(\.text).joined(separator: "\n")
    }

    public var hint: String? { issues.lazy.compactMap(\.remedy).first }
    public var kind: ErrorKind { .usage }
}

/// Something that works and should still be looked at.
public struct ComposeWarning: Sendable, Hashable {
    /// One sentence without a full stop.
    public var sentence: String
    public var file: String?
    public var line: Int?

    public init(_ sentence: String, at mark: SourceMark? = nil) {
        self.sentence = sentence
        file = mark?.file
        line = mark?.line
    }
}
