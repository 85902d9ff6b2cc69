public import HomieModel
public import HomiePlanning

/// Where alerts, what is set about them and what is still to be delivered survive a restart.
public protocol AlertStore: Sendable {
    func loadAlerts() async throws -> StoredAlerts
    func save(_ settings: AlertSettings) async throws
    /// Makes a plan's changes and puts its deliveries into the outbox, in one transaction.
    func commit(_ plan: AlertPlan, deliveries: [(Delivery, AlertNotification)]) async throws
    /// Alerts that are over, the newest first.
    func pastAlerts(limit: Int) async throws -> [Alert]
    /// Drops what retention lets go.
    ///
    /// - Parameter now: by which old things are told; nil while nothing may be called old: then only what is too much goes.
    func pruneAlerts(now: Timestamp?) async throws
}

/// Deliveries that wait, and those that were.
public protocol DeliveryStore: Sendable {
    /// What is to be sent by now, oldest first.
    ///
    /// - Parameter except: receivers that are left alone.
    func due(_ now: Timestamp, limit: Int, except: Set<AlertName>) async throws -> [(Delivery, AlertNotification)]
    /// Gives up what waits for a receiver and was made before a time.
    func expire(_ route: AlertName, madeBefore time: Timestamp, reason: String) async throws
    func nextDue() async throws -> Timestamp?
    func update(_ deliveries: [Delivery]) async throws
    /// The newest first; nil for every state.
    func deliveries(_ state: Delivery.State?, limit: Int) async throws -> [Delivery]
}

/// Small secrets, which the store seals; and what incoming webhooks have delivered already.
public protocol HookStore: Sendable {
    /// Nil takes it away.
    func keep(_ secret: String?, as name: String) async throws
    func kept(_ name: String) async throws -> String?
    func isKept(_ name: String) async throws -> Bool
    /// Whether a request came before; those of a hook are remembered for as long as the store has room for them, however old.
    func hasReceived(_ key: String, for hook: AlertName) async throws -> Bool
    func received(_ key: String, for hook: AlertName, at time: Timestamp) async throws
}

/// What is remembered of alerts.
public struct StoredAlerts: Sendable, Hashable {
    public var settings: AlertSettings
    public var alerts: [Alert]
    public var groups: [AlertGroup]
    public var lastEventID: Int64

    public init(
        settings: AlertSettings = AlertSettings(),
        alerts: [Alert] = [],
        groups: [AlertGroup] = [],
        lastEventID: Int64 = 0
    ) {
        self.settings = settings
        self.alerts = alerts
        self.groups = groups
        self.lastEventID = lastEventID
    }
}

/// What is watched: the supervisor, as alerts need it.
public protocol AlertWorld: Sendable {
    /// Every service, or nil while the engine does not answer.
    func services() async -> [AlertFacts.Service]?
    /// What each service needs directly.
    func dependencies() async -> [AlertSubject: Set<AlertSubject>]
    /// The oldest of those after `id`, at most `limit`.
    func events(after id: Int64, limit: Int) async throws -> [EventRecord]
    func eventStream() async -> AsyncStream<EventRecord>
    /// The open issues that people are told of, or nil while they are not known.
    func toldIssues() async -> [DeviceIssue]?
    /// Notes that an alert began to fire or ended.
    func note(_ alert: Alert) async
}

/// Sends one notification to one receiver.
public protocol AlertSender: Sendable {
    func send(_ notification: AlertNotification, id: String, to route: AlertRoute, secret: String?) async -> SendOutcome
}

/// What became of an attempt.
public enum SendOutcome: Sendable, Hashable {
    case delivered
    /// The receiver said no, or nothing that can be understood.
    case refused(String, retryAfter: TimeSpan?)
    /// The receiver is gone for good, or the address is not allowed.
    case impossible(String)
    /// There was no answer: others need not try now.
    case unreachable(String)
}

/// Alerts, as the API needs them.
public protocol AlertControl: Sendable {
    /// Those that are pending or fire; with `past` those that are over, too.
    func alerts(includesPast: Bool) async throws -> [Alert]
    func settings() async -> AlertSettings
    /// The standard rules with what was set instead of and beside them, by name.
    func rules() async -> [AlertRule]
    func put(_ rule: AlertRule) async throws
    /// - Parameter secret: a new password, token or key; nil keeps the one there is.
    func put(_ route: AlertRoute, secret: String?) async throws
    func put(_ window: QuietWindow) async throws
    func add(_ silence: Silence) async throws -> Silence
    func put(_ hook: IncomingHook, secret: String?) async throws
    func remove(_ item: AlertItem) async throws
    /// Sends a made-up notification now.
    func test(_ route: AlertName) async throws -> SendOutcome
    func deliveries(_ state: Delivery.State?) async throws -> [Delivery]
    /// Tries a delivery that waits or is dead anew.
    func retry(_ delivery: String) async throws
}

/// One of the things that are set about alerts.
public enum AlertItem: Sendable, Hashable {
    case rule(AlertName), route(AlertName), window(AlertName), hook(AlertName), silence(Int64)
}
