public import HomieModel

/// Durable state, as the supervisor needs it.
///
/// Every store refuses, as a whole, a commit after which a stack's wanted or last good revision would not be there, a
/// revision would have no stack, or an event's ID would have been used before; numbers and IDs begin at 1.
public protocol StateStore: Sendable {
    /// Everything the loop needs in memory: called once, at start.
    func load() async throws -> StoredState
    /// Makes all changes in one transaction; when it returns, they survive a power cut.
    func commit(_ changes: [StateChange]) async throws
    /// Writes what changes nothing, to see whether writes go through.
    func probe() async throws
    /// Oldest first; empty when there is no such stack.
    func revisions(of stack: StackName) async throws -> [RevisionRecord]
    /// The largest number of a revision that is kept; nil when there is none.
    func newestRevision(of stack: StackName) async throws -> Int?
    /// Newest first; nil asks for those of all stacks.
    func deployments(of stack: StackName?, limit: Int) async throws -> [DeploymentRecord]
    func events(_ query: EventQuery) async throws -> [EventRecord]
    /// Drops what retention lets go; returns how many rows went.
    ///
    /// - Parameter now: nil while nobody knows the time: then nothing goes for its age.
    func prune(now: Timestamp?) async throws -> Int
}

/// A change of the durable state: a closed set.
public enum StateChange: Sendable, Hashable {
    case putStack(StackRecord)
    /// The stack and its revisions go; its events and deployments stay until retention.
    case removeStack(StackName)
    /// Insert or replace (images get resolved later).
    case putRevision(RevisionRecord)
    case putDeployment(DeploymentRecord)
    case appendEvent(EventRecord)
    case putContainer(ObservedContainer)
    case removeContainer(id: String)
    case appendHealth(HealthRecord)
    /// Takes the place of the service's former rollout.
    case putRollout(RolloutRecord)
    /// Takes the place of the service's former one.
    case putImageCheck(ImageCheck)
    /// Rollouts and image checks of other services of the stack go.
    case keepServices(StackName, Set<ServiceName>)
    /// Takes the place of what was known of that image by the same keys.
    case putSignature(ImageSignature)
    /// Insert or replace.
    case putHealing(HealingRecord)
    /// Insert or replace; open until it is closed.
    case putIssue(DeviceIssue)
    case closeIssue(id: String, at: Timestamp)
    /// Insert or replace.
    case putRoute(HandRoute)
    case removeRoute(RouteName)
    /// Of one replica (`service/index`), or of all of the stack.
    case removeHealing(StackName, instance: String?)
}

/// What the store holds at start.
public struct StoredState: Sendable {
    public var stacks: [StackRecord]
    /// The wanted and the last good revision of each stack.
    public var revisions: [RevisionRecord]
    /// Deployments that were running when the daemon ended.
    public var openDeployments: [DeploymentRecord]
    /// Containers as they were last written down, by ID.
    public var containers: [ObservedContainer]
    /// The newest rollout of each service.
    public var rollouts: [RolloutRecord]
    public var imageChecks: [ImageCheck]
    /// What is known of signatures, by image and keys.
    public var signatures: [ImageSignature]
    /// Replicas in trouble, and what was done for them.
    public var healing: [HealingRecord]
    /// Issues that were open, by ID.
    public var issues: [DeviceIssue]
    /// Made by hand, by name.
    public var routes: [HandRoute]
    public var lastEventID: Int64
    public var lastDeploymentID: Int64
    /// Set when the former database was damaged and put aside: where it is now, and what was wrong.
    public var damage: StoreDamage?
    /// Stacks whose wanted revision cannot be read, each with the reason: they are left out, and their rows stay as they
    /// are.
    public var unreadable: [StackName: String]
    /// Why other records were left out, one sentence for each.
    public var faults: [String]

    public init(
        stacks: [StackRecord] = [],
        revisions: [RevisionRecord] = [],
        openDeployments: [DeploymentRecord] = [],
        containers: [ObservedContainer] = [],
        rollouts: [RolloutRecord] = [],
        imageChecks: [ImageCheck] = [],
        signatures: [ImageSignature] = [],
        healing: [HealingRecord] = [],
        issues: [DeviceIssue] = [],
        routes: [HandRoute] = [],
        lastEventID: Int64 = 0,
        lastDeploymentID: Int64 = 0,
        damage: StoreDamage? = nil,
        unreadable: [StackName: String] = [:],
        faults: [String] = []
    ) {
        self.stacks = stacks
        self.revisions = revisions
        self.openDeployments = openDeployments
        self.containers = containers
        self.rollouts = rollouts
        self.imageChecks = imageChecks
        self.signatures = signatures
        self.healing = healing
        self.issues = issues
        self.routes = routes
        self.lastEventID = lastEventID
        self.lastDeploymentID = lastDeploymentID
        self.damage = damage
        self.unreadable = unreadable
        self.faults = faults
    }
}

/// A database that could not be used any more.
public struct StoreDamage: Sendable, Hashable {
    public var path: String
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}
