public import HomieModel

/// Judges a checkup: which issues are open, and what is in order. Pure; the order is stable.
public enum IssuePlanner {
    /// The open issues, errors first. What was open before keeps the moment since when it is.
    ///
    /// - Parameter known: the issues that were open, by ID.
    public static func issues(_ checkup: Checkup, known: [String: DeviceIssue] = [:]) -> [DeviceIssue] {
        var found: [String: DeviceIssue] = [:]
        for check in DeviceCheck.all {
            guard case .wrong(let issues) = check.judge(checkup) else { continue }
            for var issue in issues where found[issue.id] == nil {
                if let before = known[issue.id] {
                    issue.since = min(before.since, issue.since)
                    // A log excerpt outlives the container it came from.
                    if issue.excerpt.isEmpty { issue.excerpt = before.excerpt }
                }
                found[issue.id] = issue
            }
        }
        for finding in checkup.others where finding.level == .error && found[finding.check] == nil {
            found[finding.check] = DeviceIssue(
                id: finding.check,
                check: finding.check,
                severity: .error,
                summary: finding.message,
                since: known[finding.check]?.since ?? checkup.now,
                remedy: finding.remedy.map { Remedy(action: .byHand, text: "see to it", command: $0) }
            )
        }
        return found.values.sorted {
            ($0.severity == .warning ? 1 : 0, $0.id) < ($1.severity == .warning ? 1 : 0, $1.id)
        }
    }

    /// What `homie doctor` says: every check, in order or not.
    public static func findings(_ checkup: Checkup) -> [Finding] {
        DeviceCheck.all.flatMap { check -> [Finding] in
            switch check.judge(checkup) {
            case .fine(let words): [Finding(check: check.name, level: .ok, message: words)]
            case .notice(let words, let remedy):
                [Finding(check: check.name, level: .notice, message: words, remedy: remedy)]
            case .unknown: []
            case .wrong(let issues):
                issues.map { issue in
                    Finding(
                        check: check.name,
                        level: issue.severity == .error ? .error : .warning,
                        message: issue.summary,
                        remedy: issue.remedy?.command
                    )
                }
            }
        } + checkup.others
    }
}

/// One thing that is looked at.
public struct DeviceCheck: Sendable {
    public enum Judgement: Sendable, Hashable {
        /// In order, in a few words.
        case fine(String)
        /// Worth knowing; nothing need be done. The second text is how one would.
        case notice(String, String)
        /// It cannot be told on this device.
        case unknown
        case wrong([DeviceIssue])
    }

    /// Short and stable.
    public var name: String
    public var judge: @Sendable (Checkup) -> Judgement

    init(_ name: String, _ judge: @escaping @Sendable (Checkup) -> Judgement) {
        self.name = name
        self.judge = judge
    }

    /// Every check there is.
    public static let all: [DeviceCheck] =
        engine + disks + load + surroundings + services + certificates + definitions + exposure
        + signatures + jobs + backups
}

extension DeviceCheck.Judgement {
    /// Fine with these words when nothing was found.
    static func of(_ issues: [DeviceIssue], orFine words: String) -> Self {
        issues.isEmpty ? .fine(words) : .wrong(issues)
    }
}
