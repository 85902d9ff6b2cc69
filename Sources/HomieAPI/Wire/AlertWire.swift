public import HomieModel

/// The worst first.
public struct AlertsAnswer: Sendable, Hashable, Codable {
    public var alerts: [Alert]
    public init(alerts: [Alert]) { self.alerts = alerts }
}

public struct AlertRulesAnswer: Sendable, Hashable, Codable {
    public var rules: [AlertRule]
    public init(rules: [AlertRule]) { self.rules = rules }
}

public struct AlertRoutesAnswer: Sendable, Hashable, Codable {
    public var routes: [AlertRoute]
    public init(routes: [AlertRoute]) { self.routes = routes }
}

/// What became of a test.
public struct SendReport: Sendable, Hashable, Codable {
    public var isDelivered: Bool
    public var reason: String?

    public init(isDelivered: Bool, reason: String? = nil) {
        self.isDelivered = isDelivered
        self.reason = reason
    }
}

public struct SilencesAnswer: Sendable, Hashable, Codable {
    public var silences: [Silence]
    public var windows: [QuietWindow]

    public init(silences: [Silence], windows: [QuietWindow]) {
        self.silences = silences
        self.windows = windows
    }
}

/// Body of `POST /alerts/silences`.
public struct SilenceRequest: Sendable, Hashable, Codable {
    public var matcher: AlertMatcher
    public var length: Period
    public var comment: String?

    public init(matcher: AlertMatcher, length: Period, comment: String? = nil) {
        self.matcher = matcher
        self.length = length
        self.comment = comment
    }

    private enum CodingKeys: String, CodingKey {
        case matcher, comment
        case length = "for"
    }
}

/// The newest first.
public struct DeliveriesAnswer: Sendable, Hashable, Codable {
    public var deliveries: [Delivery]
    public init(deliveries: [Delivery]) { self.deliveries = deliveries }
}

public struct HooksAnswer: Sendable, Hashable, Codable {
    public var hooks: [IncomingHook]
    public init(hooks: [IncomingHook]) { self.hooks = hooks }
}
