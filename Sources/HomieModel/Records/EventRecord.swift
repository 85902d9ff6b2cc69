/// Something that happened, with what caused it; the material of `homie why`.
public struct EventRecord: Sendable, Hashable, Codable, Identifiable {
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
        case info, warning, error
    }

    /// Rises by one with every event of this device.
    public var id: Int64
    public var at: Timestamp
    public var severity: Severity
    /// Dotted name, stable: `container.died`, `service.healthy`, `deployment.failed` …
    public var kind: String
    /// One sentence for a person.
    public var message: String
    public var stack: StackName?
    public var service: ServiceName?
    /// The engine's container ID.
    public var container: String?
    public var deployment: Int64?
    /// The event that led to this one.
    public var cause: Int64?
    /// Further evidence, e.g. the last lines of a log.
    public var detail: String?

    public init(
        id: Int64,
        at: Timestamp,
        severity: Severity = .info,
        kind: String,
        message: String,
        stack: StackName? = nil,
        service: ServiceName? = nil,
        container: String? = nil,
        deployment: Int64? = nil,
        cause: Int64? = nil,
        detail: String? = nil
    ) {
        self.id = id
        self.at = at
        self.severity = severity
        self.kind = kind
        self.message = message
        self.stack = stack
        self.service = service
        self.container = container
        self.deployment = deployment
        self.cause = cause
        self.detail = detail
    }
}

/// Which events are asked for; every nil accepts all.
public struct EventQuery: Sendable, Hashable, Codable {
    public var stack: StackName?
    public var service: ServiceName?
    public var deployment: Int64?
    /// Only events with a larger ID.
    public var after: Int64?
    /// Only events with one of these IDs.
    public var ids: Set<Int64>?
    /// The newest this many, in ascending order of ID.
    public var limit: Int

    public init(
        stack: StackName? = nil,
        service: ServiceName? = nil,
        deployment: Int64? = nil,
        after: Int64? = nil,
        ids: Set<Int64>? = nil,
        limit: Int = 200
    ) {
        self.stack = stack
        self.service = service
        self.deployment = deployment
        self.after = after
        self.ids = ids
        self.limit = limit
    }

    public func accepts(_ event: EventRecord) -> Bool {
        (stack == nil || event.stack == stack) && (service == nil || event.service == service)
            && (deployment == nil || event.deployment == deployment) && (after.map { event.id > $0 } ?? true)
            && (ids?.contains(event.id) ?? true)
    }
}
