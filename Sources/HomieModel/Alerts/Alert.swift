/// What an alert is about: a service, a stack, a series, an issue, or the device.
public struct AlertSubject: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public var stack: StackName?
    public var service: ServiceName?
    /// The series' labels beyond stack and service, as ``SeriesName`` writes them; nil when there is no series or none are left.
    public var series: String?
    /// The ID of an open issue, of which a service and the device may have several.
    public var issue: String?

    public init(stack: StackName? = nil, service: ServiceName? = nil, series: String? = nil, issue: String? = nil) {
        self.stack = stack
        self.service = service
        self.series = series
        self.issue = issue
    }

    public var description: String {
        let place = [stack?.text, service?.text].compactMap { $0 }.joined(separator: "/")
        let parts = [place, series ?? "", issue ?? ""].filter { !$0.isEmpty }
        return parts.isEmpty ? "device" : parts.joined(separator: " ")
    }

    public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

/// A rule's condition that holds for one subject.
public struct Alert: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// The condition holds, not yet long enough.
        case pending
        case firing
        case resolved
    }

    public var rule: AlertName
    public var subject: AlertSubject
    public var severity: AlertRule.Severity
    public var state: State
    /// One sentence.
    public var summary: String
    public var value: Double?
    /// Since when the condition holds.
    public var since: Timestamp
    public var firedAt: Timestamp?
    public var resolvedAt: Timestamp?
    /// When the condition held for the last time.
    public var lastHeld: Timestamp
    /// An event's condition holds until then.
    public var heldUntil: Timestamp?
    /// The event that it is about.
    public var event: Int64?
    public var isRoot: Bool
    /// Alerts of one root cause share a group, which is named after it.
    public var group: String?

    public init(
        rule: AlertRule,
        subject: AlertSubject,
        summary: String,
        value: Double? = nil,
        since: Timestamp
    ) {
        self.rule = rule.name
        self.subject = subject
        severity = rule.severity
        state = .pending
        self.summary = summary
        self.value = value
        self.since = since
        lastHeld = since
        isRoot = rule.isRoot
    }

    /// The same for the same rule and subject.
    public var fingerprint: String { "\(rule) \(subject)" }
}

/// Alerts of one root cause, told together.
public struct AlertGroup: Sendable, Hashable, Codable {
    /// The root cause's subject.
    public var key: String
    public var openedAt: Timestamp
    public var notifiedAt: Timestamp?
    /// What was told last of each alert, by fingerprint.
    public var told: [String: Alert.State]
    /// Rises with every notification.
    public var sequence: Int

    public init(key: String, openedAt: Timestamp) {
        self.key = key
        self.openedAt = openedAt
        told = [:]
        sequence = 0
    }
}

/// What is told at once: a root cause and its consequences.
public struct AlertNotification: Sendable, Hashable, Codable {
    public var group: String
    public var openedAt: Timestamp
    public var sequence: Int
    /// Firing as long as one of the alerts is.
    public var isResolved: Bool
    public var at: Timestamp
    /// The root cause first, when it is among them.
    public var alerts: [Alert]

    public init(group: String, openedAt: Timestamp, sequence: Int, isResolved: Bool, at: Timestamp, alerts: [Alert]) {
        self.group = group
        self.openedAt = openedAt
        self.sequence = sequence
        self.isResolved = isResolved
        self.at = at
        self.alerts = alerts
    }

    public var severity: AlertRule.Severity { alerts.map(\.severity).max() ?? .info }

    /// One line: what is wrong, and what else because of it.
    public var title: String {
        guard let first = alerts.first else { return group }
        let others = alerts.count - 1
        let rest = others == 0 ? "" : others == 1 ? " (and one more)" : " (and \(others) more)"
        return "\(isResolved ? "Resolved" : first.severity.rawValue.capitalisedFirst): \(first.summary)\(rest)"
    }
}

extension String {
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}

/// Keeps alerts quiet for a while.
public struct Silence: Sendable, Hashable, Codable {
    /// Given by the daemon.
    public var id: Int64
    public var matcher: AlertMatcher
    public var from: Timestamp
    public var until: Timestamp
    public var comment: String

    public init(id: Int64, matcher: AlertMatcher, from: Timestamp, until: Timestamp, comment: String) {
        self.id = id
        self.matcher = matcher
        self.from = from
        self.until = until
        self.comment = comment
    }
}

/// Alerts are expected then, and not told.
public struct QuietWindow: Sendable, Hashable, Codable {
    public var name: AlertName
    public var matcher: AlertMatcher
    /// In the device's local time.
    public var when: MaintenanceWindow

    public init(name: AlertName, matcher: AlertMatcher, when: MaintenanceWindow) {
        self.name = name
        self.matcher = matcher
        self.when = when
    }
}

/// Which alerts are meant; every nil accepts all.
public struct AlertMatcher: Sendable, Hashable, Codable {
    public var rule: AlertName?
    public var stack: StackName?
    public var service: ServiceName?

    public init(rule: AlertName? = nil, stack: StackName? = nil, service: ServiceName? = nil) {
        self.rule = rule
        self.stack = stack
        self.service = service
    }

    public func matches(_ alert: Alert) -> Bool {
        (rule == nil || rule == alert.rule) && (stack == nil || stack == alert.subject.stack)
            && (service == nil || service == alert.subject.service)
    }
}
