public import HomieModel

/// What the planner of alerts remembers from one look to the next.
public struct AlertBook: Sendable, Hashable {
    /// Pending and firing alerts, and resolved ones whose end was not told yet, by fingerprint.
    public var alerts: [String: Alert]
    /// By key.
    public var groups: [String: AlertGroup]
    /// Events up to this one have been looked at.
    public var lastEventID: Int64

    public init(alerts: [Alert] = [], groups: [AlertGroup] = [], lastEventID: Int64 = 0) {
        self.alerts = Dictionary(alerts.map { ($0.fingerprint, $0) }) { _, last in last }
        self.groups = Dictionary(groups.map { ($0.key, $0) }) { _, last in last }
        self.lastEventID = lastEventID
    }

    /// The daemon was away: what fired is taken to have held until now, so that it lingers from here on.
    public mutating func noteStart(now: Timestamp) {
        for (fingerprint, alert) in alerts where alert.state == .firing && alert.heldUntil == nil {
            alerts[fingerprint]?.lastHeld = now
        }
    }
}

/// What one look found.
public struct AlertFacts: Sendable, Hashable {
    /// A service and how it does.
    public struct Service: Sendable, Hashable {
        public var stack: StackName
        public var service: ServiceName
        public var phase: ServiceStatus.Phase
        public var reason: String?

        public init(stack: StackName, service: ServiceName, phase: ServiceStatus.Phase, reason: String? = nil) {
            self.stack = stack
            self.service = service
            self.phase = phase
            self.reason = reason
        }
    }

    /// Nil while that is not known: what was known of them stays.
    public var services: [Service]?
    /// What each service needs, directly; by subjects of services.
    public var dependencies: [AlertSubject: Set<AlertSubject>]
    /// For each rule on metrics the values of the series that it matches.
    public var values: [AlertName: [SeriesName: Double]]
    /// Rules on metrics whose stretch of time was not all seen since the start: what does not hold may hold all the same.
    public var partial: Set<AlertName> = []
    /// Those after ``AlertBook/lastEventID``, in order.
    public var events: [EventRecord]
    /// The open issues that are told of; nil while they are not known: what was known of them stays.
    public var issues: [DeviceIssue]?

    public init(
        services: [Service]? = nil,
        dependencies: [AlertSubject: Set<AlertSubject>] = [:],
        values: [AlertName: [SeriesName: Double]] = [:],
        events: [EventRecord] = [],
        issues: [DeviceIssue]? = nil
    ) {
        self.services = services
        self.dependencies = dependencies
        self.values = values
        self.events = events
        self.issues = issues
    }
}

/// How often alerts are told.
public struct AlertPolicy: Sendable, Hashable {
    /// A new group waits this long for what belongs to it.
    public var wait: TimeSpan
    /// News of a group that was told are told this much later at the earliest; its end at once.
    public var interval: TimeSpan
    /// What goes on is told again after this.
    public var reminder: TimeSpan

    public init(
        wait: TimeSpan = .seconds(30),
        interval: TimeSpan = .seconds(300),
        reminder: TimeSpan = .seconds(14_400)
    ) {
        self.wait = wait
        self.interval = interval
        self.reminder = reminder
    }
}

/// What a look changes, and what is to be told.
public struct AlertPlan: Sendable, Hashable {
    public var book: AlertBook
    /// Alerts that began to fire or ended, in the order of their fingerprints.
    public var changed: [Alert]
    public var notifications: [AlertNotification]
    /// Fingerprints of alerts that are over and told.
    public var closed: [Alert]
    public var changedGroups: [AlertGroup]
    public var closedGroups: [String]

    /// Nothing that would have to be written down.
    public var isEmpty: Bool {
        changed.isEmpty && notifications.isEmpty && closed.isEmpty && changedGroups.isEmpty && closedGroups.isEmpty
    }
}
