/// An open problem of this device: what, since when, how one knows, what led to it, and what helps.
public struct DeviceIssue: Sendable, Hashable, Codable, Identifiable {
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
        /// It works, and should still be looked at.
        case warning
        /// Something does not work, or will soon not.
        case error
    }

    /// Stable for as long as the problem is the same: `service:shop:web`, `disk-space:var-lib-docker`, `engine`.
    public var id: String
    /// The check that found it.
    public var check: String
    public var severity: Severity
    /// One sentence.
    public var summary: String
    public var stack: StackName?
    public var service: ServiceName?
    public var since: Timestamp
    /// Figures and what was seen, each a line.
    public var evidence: [String]
    /// The last lines of a log; never written to disk, since logs may hold what must not be there.
    public var excerpt: [String]
    /// What led to it, the nearest cause first, the root last.
    public var causes: [IssueCause]
    public var remedy: Remedy?

    public init(
        id: String,
        check: String,
        severity: Severity,
        summary: String,
        stack: StackName? = nil,
        service: ServiceName? = nil,
        since: Timestamp,
        evidence: [String] = [],
        excerpt: [String] = [],
        causes: [IssueCause] = [],
        remedy: Remedy? = nil
    ) {
        self.id = id
        self.check = check
        self.severity = severity
        self.summary = summary
        self.stack = stack
        self.service = service
        self.since = since
        self.evidence = evidence
        self.excerpt = excerpt
        self.causes = causes
        self.remedy = remedy
    }
}

/// One link of the chain that led to an issue.
public struct IssueCause: Sendable, Hashable, Codable {
    /// The issue it is, when it is one.
    public var issue: String?
    /// One clause.
    public var text: String

    public init(issue: String? = nil, text: String) {
        self.issue = issue
        self.text = text
    }
}

/// What helps against an issue: something Homie can do when told to, or a command for a person.
public struct Remedy: Sendable, Hashable, Codable {
    public var action: RemedyAction
    /// What it does, as an order: `restart 'web'`.
    public var text: String
    /// The one command that does it.
    public var command: String
    /// Homie does it by itself, now or when it is due.
    public var isAutomatic: Bool

    public init(action: RemedyAction, text: String, command: String, isAutomatic: Bool = false) {
        self.action = action
        self.text = text
        self.command = command
        self.isAutomatic = isAutomatic
    }
}

/// A remedy's kind, applied to the stack and service of its issue: a closed set.
public enum RemedyAction: String, Sendable, Hashable, Codable, CaseIterable {
    /// Begins the healing of the service anew, with a restart.
    case restart
    /// Gives the service fresh containers.
    case recreate
    /// Returns to the last good revision.
    case rollBack = "rollback"
    /// Removes containers of the project that its file does not name.
    case removeOrphans = "remove-orphans"
    /// Frees disk space: only what can be made or had again.
    case prune
    /// Only a person can do it.
    case byHand = "by-hand"
}
