/// A stack Homie looks after.
public struct StackRecord: Sendable, Hashable, Codable {
    public var name: StackName
    /// The revision that is wanted.
    public var revision: Int
    /// The newest revision all of whose services became healthy.
    public var lastGoodRevision: Int?
    /// True while the stack is being taken down; its record goes when the last container is gone.
    public var isLeaving: Bool
    /// With ``isLeaving``: named volumes go too.
    public var removesVolumes: Bool
    /// Replicas a person stopped, as `service/index`; `restart: unless-stopped` leaves them alone.
    public var stoppedByHand: [String]
    /// Why updates of a service are held off, by its name.
    public var updateLocks: [String: String]
    /// How the present deployment was asked for, until it succeeds.
    public var intent: DeploymentIntent
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        name: StackName,
        revision: Int,
        lastGoodRevision: Int? = nil,
        isLeaving: Bool = false,
        removesVolumes: Bool = false,
        stoppedByHand: [String] = [],
        updateLocks: [String: String] = [:],
        intent: DeploymentIntent = DeploymentIntent(),
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.name = name
        self.revision = revision
        self.lastGoodRevision = lastGoodRevision
        self.isLeaving = isLeaving
        self.removesVolumes = removesVolumes
        self.stoppedByHand = stoppedByHand
        self.updateLocks = updateLocks
        self.intent = intent
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

extension StackRecord {
    /// Keys that came later may be absent.
    public init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        name = try keyed.decode(StackName.self, forKey: .name)
        revision = try keyed.decode(Int.self, forKey: .revision)
        lastGoodRevision = try keyed.decodeIfPresent(Int.self, forKey: .lastGoodRevision)
        isLeaving = try keyed.decode(Bool.self, forKey: .isLeaving)
        removesVolumes = try keyed.decode(Bool.self, forKey: .removesVolumes)
        stoppedByHand = try keyed.decodeIfPresent([String].self, forKey: .stoppedByHand) ?? []
        updateLocks = try keyed.decodeIfPresent([String: String].self, forKey: .updateLocks) ?? [:]
        intent = try keyed.decodeIfPresent(DeploymentIntent.self, forKey: .intent) ?? DeploymentIntent()
        createdAt = try keyed.decode(Timestamp.self, forKey: .createdAt)
        updatedAt = try keyed.decode(Timestamp.self, forKey: .updatedAt)
    }
}

/// An immutable, numbered wanted state of a stack, its images pinned.
public struct RevisionRecord: Sendable, Hashable, Codable {
    public var stack: StackName
    /// From 1, rising.
    public var number: Int
    public var definition: StackDefinition
    /// The image ID (`sha256:…`) each service runs, once resolved.
    public var images: [ServiceName: String]
    /// Why it was made: `up`, `rollback to 3`, `adopted`, `rebuilt from the engine`.
    public var origin: String
    public var createdAt: Timestamp

    public init(
        stack: StackName,
        number: Int,
        definition: StackDefinition,
        images: [ServiceName: String] = [:],
        origin: String,
        createdAt: Timestamp
    ) {
        self.stack = stack
        self.number = number
        self.definition = definition
        self.images = images
        self.origin = origin
        self.createdAt = createdAt
    }
}

extension RevisionRecord {
    /// The origin of a revision that is an earlier one come back.
    public static func returnOrigin(to number: Int) -> String { "rollback to \(number)" }

    /// It is an earlier revision come back.
    public var isReturn: Bool { origin.hasPrefix("rollback to ") }
}

/// One attempt to bring a stack to a revision.
public struct DeploymentRecord: Sendable, Hashable, Codable, Identifiable {
    public enum Kind: String, Sendable, Hashable, Codable {
        case up, rollback, down, adopt
    }

    public enum State: String, Sendable, Hashable, Codable {
        case running, succeeded, failed
        /// A newer deployment of the same stack took over.
        case superseded

        public var isFinal: Bool { self != .running }
    }

    public var id: Int64
    public var stack: StackName
    public var revision: Int
    public var kind: Kind
    public var state: State
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
    /// Why it failed, in one sentence.
    public var cause: String?

    public init(
        id: Int64,
        stack: StackName,
        revision: Int,
        kind: Kind,
        state: State,
        startedAt: Timestamp,
        endedAt: Timestamp? = nil,
        cause: String? = nil
    ) {
        self.id = id
        self.stack = stack
        self.revision = revision
        self.kind = kind
        self.state = state
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.cause = cause
    }
}

/// A change of a container's health, for its history.
public struct HealthRecord: Sendable, Hashable, Codable {
    public var stack: StackName
    public var service: ServiceName
    public var container: String
    public var health: ObservedContainer.Health
    public var at: Timestamp
    public var output: String?

    public init(
        stack: StackName,
        service: ServiceName,
        container: String,
        health: ObservedContainer.Health,
        at: Timestamp,
        output: String? = nil
    ) {
        self.stack = stack
        self.service = service
        self.container = container
        self.health = health
        self.at = at
        self.output = output
    }
}
