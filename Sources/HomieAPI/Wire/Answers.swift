public import HomieModel

/// The daemon's release.
public struct VersionInformation: Sendable, Hashable, Codable {
    public var version: String
    /// The API's versions this daemon serves.
    public var api: [String]
    public var commit: String?

    public init(version: String, api: [String] = ["v1"], commit: String? = nil) {
        self.version = version
        self.api = api
        self.commit = commit
    }
}

/// Answer of `/healthz` (`ok`) and `/readyz` (`ready`).
public struct HealthAnswer: Sendable, Hashable, Codable {
    public var status: String

    public init(status: String) { self.status = status }
}

/// A revision without its definition, which may hold secrets.
public struct RevisionSummary: Sendable, Hashable, Codable {
    public var stack: StackName
    public var number: Int
    public var services: [ServiceName]
    public var images: [ServiceName: String]
    public var origin: String
    public var createdAt: Timestamp
    public var isWanted: Bool
    public var isLastGood: Bool

    public init(_ revision: RevisionRecord, isWanted: Bool, isLastGood: Bool) {
        stack = revision.stack
        number = revision.number
        services = revision.definition.services.keys.sorted()
        images = revision.images
        origin = revision.origin
        createdAt = revision.createdAt
        self.isWanted = isWanted
        self.isLastGood = isLastGood
    }
}

/// One line of a container's log.
public struct LogEntry: Sendable, Hashable, Codable {
    public enum Channel: String, Sendable, Hashable, Codable {
        case stdout, stderr
    }

    public var at: Timestamp?
    public var channel: Channel
    public var text: String

    public init(at: Timestamp?, channel: Channel, text: String) {
        self.at = at
        self.channel = channel
        self.text = text
    }
}

/// Answer of `POST /stacks/{stack}/plan`.
public struct PlanAnswer: Sendable, Hashable, Codable {
    public var changes: [PlannedChange]
    public init(changes: [PlannedChange]) { self.changes = changes }
}

public struct StacksAnswer: Sendable, Hashable, Codable {
    public var stacks: [StackStatus]
    /// The cursor of the next page; nil on the last.
    public var next: String?

    public init(stacks: [StackStatus], next: String? = nil) {
        self.stacks = stacks
        self.next = next
    }
}

public struct ServicesAnswer: Sendable, Hashable, Codable {
    public var services: [ServiceStatus]
    /// The cursor of the next page; nil on the last.
    public var next: String?

    public init(services: [ServiceStatus], next: String? = nil) {
        self.services = services
        self.next = next
    }
}

public struct ContainersAnswer: Sendable, Hashable, Codable {
    public var containers: [ContainerStatus]
    /// The cursor of the next page; nil on the last.
    public var next: String?

    public init(containers: [ContainerStatus], next: String? = nil) {
        self.containers = containers
        self.next = next
    }
}

/// In the order of stack, service and number.
public struct RoutesAnswer: Sendable, Hashable, Codable {
    public var routes: [RouteStatus]
    public init(routes: [RouteStatus]) { self.routes = routes }
}

/// Oldest first.
public struct RevisionsAnswer: Sendable, Hashable, Codable {
    public var revisions: [RevisionSummary]
    public init(revisions: [RevisionSummary]) { self.revisions = revisions }
}

/// In rising order of ID.
public struct EventsAnswer: Sendable, Hashable, Codable {
    public var events: [EventRecord]
    public init(events: [EventRecord]) { self.events = events }
}

public struct FindingsAnswer: Sendable, Hashable, Codable {
    public var findings: [Finding]
    public init(findings: [Finding]) { self.findings = findings }
}
