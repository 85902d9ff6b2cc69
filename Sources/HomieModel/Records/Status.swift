/// How a service does, as the API and the CLI show it.
public struct ServiceStatus: Sendable, Hashable, Codable {
    public enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
        /// Waiting for something that ``ServiceStatus/reason`` names.
        case waiting
        /// Being changed right now.
        case working
        /// Runs; without a health check nothing more is known.
        case running
        case starting, healthy, unhealthy
        /// Ended as it should.
        case completed
        /// Ended or failed to start; the reason says what happens next.
        case failed
        /// Not wanted to run.
        case stopped
    }

    public var stack: StackName
    public var service: ServiceName
    public var phase: Phase
    /// One clause: what it waits for, or why it failed.
    public var reason: String?
    public var image: String?
    public var replicas: Int
    public var running: Int
    public var containers: [ContainerStatus]

    public init(
        stack: StackName,
        service: ServiceName,
        phase: Phase,
        reason: String? = nil,
        image: String? = nil,
        replicas: Int,
        running: Int,
        containers: [ContainerStatus]
    ) {
        self.stack = stack
        self.service = service
        self.phase = phase
        self.reason = reason
        self.image = image
        self.replicas = replicas
        self.running = running
        self.containers = containers
    }
}

/// A container as the API and the CLI show it.
public struct ContainerStatus: Sendable, Hashable, Codable {
    public var id: String
    public var name: String
    public var stack: StackName
    public var service: ServiceName
    public var index: Int
    public var state: ObservedContainer.State
    public var health: ObservedContainer.Health
    public var exitCode: Int
    public var imageID: String
    public var revision: Int?
    public var startedAt: Timestamp?
    public var addresses: [String: String]

    public init(_ container: ObservedContainer, stack: StackName, service: ServiceName) {
        id = container.id
        name = container.name
        self.stack = stack
        self.service = service
        index = container.index
        state = container.state
        health = container.health
        exitCode = container.exitCode
        imageID = container.imageID
        revision = container.revision
        startedAt = container.startedAt
        addresses = container.addresses
    }
}

/// How a stack does.
public struct StackStatus: Sendable, Hashable, Codable {
    public var name: StackName
    public var revision: Int
    public var lastGoodRevision: Int?
    public var isLeaving: Bool
    /// True when every service is where it should be.
    public var isConverged: Bool
    public var services: [ServiceStatus]
    public var deployment: DeploymentRecord?

    public init(
        name: StackName,
        revision: Int,
        lastGoodRevision: Int?,
        isLeaving: Bool,
        isConverged: Bool,
        services: [ServiceStatus],
        deployment: DeploymentRecord?
    ) {
        self.name = name
        self.revision = revision
        self.lastGoodRevision = lastGoodRevision
        self.isLeaving = isLeaving
        self.isConverged = isConverged
        self.services = services
        self.deployment = deployment
    }
}

/// One thing `homie plan` says would be done.
public struct PlannedChange: Sendable, Hashable, Codable {
    /// `create`, `recreate`, `start`, `stop`, `remove`, `keep`, `wait` …; `add`, `move` and `drop` for addresses, `skip` for a route
    /// that is not served as it says; `refuse` for what stops the whole deployment, `check` for what may, and is not known yet.
    public var action: String
    /// `service`, `container`, `network`, `volume`, `address`, `route` or `image`.
    public var object: String
    public var name: String
    /// Why, in one clause: `image changed`, `not there`, `no longer in the file`.
    public var reason: String

    public init(action: String, object: String, name: String, reason: String) {
        self.action = action
        self.object = object
        self.name = name
        self.reason = reason
    }
}

/// One answer of `homie doctor`.
public struct Finding: Sendable, Hashable, Codable {
    public enum Level: String, Sendable, Hashable, Codable {
        case ok
        /// Worth knowing; nothing need be done.
        case notice
        case warning, error
    }

    public var check: String
    public var level: Level
    public var message: String
    public var remedy: String?

    public init(check: String, level: Level, message: String, remedy: String? = nil) {
        self.check = check
        self.level = level
        self.message = message
        self.remedy = remedy
    }
}
