public import HomieModel

/// One call of the engine, complete and repeatable: a closed set.
public enum Step: Sendable, Hashable {
    /// Finds, pulls or builds the image of a service.
    case resolveImage(ServiceName)
    case ensureNetwork(String)
    case ensureVolume(String)
    /// By the engine's names.
    case removeNetwork(String)
    case removeVolume(String)
    case create(Creation)
    case start(ContainerReference)
    /// Runs the `post_start` hooks of the replica's service in a container that was just started.
    case runHooks(ContainerReference)
    case stop(String)
    /// Stops a container whose place another one takes; done as soon as its process has ended, while the engine may still
    /// be clearing up behind it.
    case giveWay(String)
    case remove(String)
    case rename(ContainerReference, String)
    case unpause(String)
    /// Gives a container another memory limit.
    case limitMemory(String, ByteCount)
}

/// A container that is there, or the one an earlier step of the same chain made.
public enum ContainerReference: Sendable, Hashable {
    case existing(String)
    case created
}

/// A container to be made.
public struct Creation: Sendable, Hashable {
    public var instance: Instance
    public var name: String
    /// The container it takes the place of: its anonymous volumes are carried over.
    public var replaces: String?
    /// IDs of the containers whose namespaces it joins, by service.
    public var namespaces: [ServiceName: String]
    /// It is made to answer at the replica's published ports while that is replaced, at ports of its own.
    public var isStandIn: Bool

    public init(
        instance: Instance,
        name: String,
        replaces: String?,
        namespaces: [ServiceName: String],
        isStandIn: Bool = false
    ) {
        self.isStandIn = isStandIn
        self.instance = instance
        self.name = name
        self.replaces = replaces
        self.namespaces = namespaces
    }
}

/// Steps that follow one another; the first failure ends the chain.
public struct Chain: Sendable, Hashable {
    public var key: WorkKey
    /// Why, in one clause.
    public var reason: String
    public var steps: [Step]
    /// The chain brings back a replica that ended by itself.
    public var isRestart: Bool
    /// What people are told of when it begins: one sentence.
    public var notice: String?

    public init(key: WorkKey, reason: String, steps: [Step], isRestart: Bool = false) {
        self.key = key
        self.reason = reason
        self.steps = steps
        self.isRestart = isRestart
    }
}
