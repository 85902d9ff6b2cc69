/// When somebody is to be told.
public struct AlertRule: Sendable, Hashable, Codable {
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        case info, warning, critical

        private var rank: Int {
            switch self {
            case .info: 0
            case .warning: 1
            case .critical: 2
            }
        }

        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    public var name: AlertName
    public var severity: Severity
    public var condition: AlertCondition
    /// The condition must hold this long.
    public var holds: Period
    /// The alert goes on this long after the condition held for the last time.
    public var lingers: Period
    /// True for what concerns the whole device: other alerts are its consequences.
    public var isRoot: Bool
    public var isOn: Bool

    public init(
        name: AlertName,
        severity: Severity = .warning,
        condition: AlertCondition,
        holds: Period = .seconds(0),
        lingers: Period = .seconds(0),
        isRoot: Bool = false,
        isOn: Bool = true
    ) {
        self.name = name
        self.severity = severity
        self.condition = condition
        self.holds = holds
        self.lingers = lingers
        self.isRoot = isRoot
        self.isOn = isOn
    }

    private enum CodingKeys: String, CodingKey {
        case name, severity, condition, lingers, isRoot, isOn
        case holds = "for"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(AlertName.self, forKey: .name)
        severity = try values.decodeIfPresent(Severity.self, forKey: .severity) ?? .warning
        condition = try values.decode(AlertCondition.self, forKey: .condition)
        holds = try values.decodeIfPresent(Period.self, forKey: .holds) ?? .seconds(0)
        lingers = try values.decodeIfPresent(Period.self, forKey: .lingers) ?? .seconds(0)
        isRoot = try values.decodeIfPresent(Bool.self, forKey: .isRoot) ?? false
        isOn = try values.decodeIfPresent(Bool.self, forKey: .isOn) ?? true
    }
}

/// What a rule looks at.
public enum AlertCondition: Sendable, Hashable, Codable {
    case health(HealthCondition)
    case metric(MetricCondition)
    case event(EventCondition)

    private enum CodingKeys: String, CodingKey { case health, metric, event }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        guard values.allKeys.count == 1 else {
            throw AlertError.bad(what: "the condition", reason: "is not exactly one of health, metric and event")
        }
        if values.contains(.health) {
            self = .health(try values.decode(HealthCondition.self, forKey: .health))
        } else if values.contains(.metric) {
            self = .metric(try values.decode(MetricCondition.self, forKey: .metric))
        } else {
            self = .event(try values.decode(EventCondition.self, forKey: .event))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .health(let condition): try values.encode(condition, forKey: .health)
        case .metric(let condition): try values.encode(condition, forKey: .metric)
        case .event(let condition): try values.encode(condition, forKey: .event)
        }
    }
}

/// A service is in one of these phases.
public struct HealthCondition: Sendable, Hashable, Codable {
    public var phases: [ServiceStatus.Phase]
    /// Nil for every one.
    public var stack: StackName?
    public var service: ServiceName?

    public init(phases: [ServiceStatus.Phase], stack: StackName? = nil, service: ServiceName? = nil) {
        self.phases = phases
        self.stack = stack
        self.service = service
    }
}

/// A series' value over the last while is beyond a limit.
public struct MetricCondition: Sendable, Hashable, Codable {
    public var series: SeriesSelector
    public var function: MeasurementFunction
    /// Up to an hour.
    public var over: Period
    /// One of the two is set.
    public var above: Double?
    public var below: Double?
    /// Where it is well again; the limit itself when nil.
    public var clears: Double?

    public init(
        series: SeriesSelector,
        function: MeasurementFunction = .mean,
        over: Period = .seconds(60),
        above: Double? = nil,
        below: Double? = nil,
        clears: Double? = nil
    ) {
        self.series = series
        self.function = function
        self.over = over
        self.above = above
        self.below = below
        self.clears = clears
    }

    private enum CodingKeys: String, CodingKey { case series, function, over, above, below, clears }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        series = try values.decode(SeriesSelector.self, forKey: .series)
        function = try values.decodeIfPresent(MeasurementFunction.self, forKey: .function) ?? .mean
        over = try values.decodeIfPresent(Period.self, forKey: .over) ?? .seconds(60)
        above = try values.decodeIfPresent(Double.self, forKey: .above)
        below = try values.decodeIfPresent(Double.self, forKey: .below)
        clears = try values.decodeIfPresent(Double.self, forKey: .clears)
        guard (above == nil) != (below == nil) else {
            throw AlertError.bad(
                what: "the condition on '\(series)'",
                reason: "does not have exactly one of above and below"
            )
        }
    }

    /// Whether `value` keeps the condition.
    /// - Parameter isFiring: then the value must come back to ``clears``.
    public func holds(_ value: Double, isFiring: Bool) -> Bool {
        if let above { return value > (isFiring ? min(clears ?? above, above) : above) }
        if let below { return value < (isFiring ? max(clears ?? below, below) : below) }
        return false
    }
}

/// An event of one of these kinds happened, and none of the others since.
public struct EventCondition: Sendable, Hashable, Codable {
    /// Dotted names; a star at the end stands for anything.
    public var kinds: [String]
    public var clearedBy: [String]
    public var stack: StackName?
    public var service: ServiceName?
    /// Without an event that clears it, it ends after this.
    public var lasts: Period

    public init(
        kinds: [String],
        clearedBy: [String] = [],
        stack: StackName? = nil,
        service: ServiceName? = nil,
        lasts: Period = .seconds(900)
    ) {
        self.kinds = kinds
        self.clearedBy = clearedBy
        self.stack = stack
        self.service = service
        self.lasts = lasts
    }

    private enum CodingKeys: String, CodingKey { case kinds, clearedBy, stack, service, lasts }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kinds = try values.decode([String].self, forKey: .kinds)
        clearedBy = try values.decodeIfPresent([String].self, forKey: .clearedBy) ?? []
        stack = try values.decodeIfPresent(StackName.self, forKey: .stack)
        service = try values.decodeIfPresent(ServiceName.self, forKey: .service)
        lasts = try values.decodeIfPresent(Period.self, forKey: .lasts) ?? .seconds(900)
    }

    public static func matches(_ kind: String, _ patterns: [String]) -> Bool {
        patterns.contains { $0.hasSuffix("*") ? kind.hasPrefix($0.dropLast()) : kind == $0 }
    }
}
