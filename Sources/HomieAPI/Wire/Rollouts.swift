public import HomieModel

public struct RolloutsAnswer: Sendable, Hashable, Codable {
    public var rollouts: [RolloutStatus]
    public init(rollouts: [RolloutStatus]) { self.rollouts = rollouts }
}

/// Body of `POST /stacks/{stack}/services/{service}/rollout`.
public struct RolloutRequest: Sendable, Hashable, Codable {
    public var action: RolloutAction
    public init(action: RolloutAction) { self.action = action }
}

/// Body of `POST /stacks/{stack}/update`.
public struct UpdateRequest: Sendable, Hashable, Codable {
    /// Nil for all of the stack's.
    public var services: [ServiceName]?
    public init(services: [ServiceName]? = nil) { self.services = services }
}

/// Body of `POST /stacks/{stack}/services/{service}/lock`.
public struct LockRequest: Sendable, Hashable, Codable {
    public var reason: String
    public init(reason: String) { self.reason = reason }
}

/// Whether updates of a service are held off.
public struct LockAnswer: Sendable, Hashable, Codable {
    public var isLocked: Bool
    public init(isLocked: Bool) { self.isLocked = isLocked }
}

public struct ImagesAnswer: Sendable, Hashable, Codable {
    public var images: [ImageCheck]
    public init(images: [ImageCheck]) { self.images = images }
}
