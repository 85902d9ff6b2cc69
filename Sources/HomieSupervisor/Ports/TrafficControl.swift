public import HomieModel

/// The gateway, as rollouts need it.
public protocol TrafficControl: Sendable {
    /// How the gateway stands, as soon as that is known, and whenever it changes. A slow reader gets the newest only.
    func reports() async -> AsyncStream<GatewayReport>
    /// What two groups of containers answered since a time; nil when nothing is measured.
    ///
    /// - Parameters:
    ///   - new: container IDs.
    ///   - old: container IDs.
    func window(new: [String], old: [String], since: Timestamp) async -> CanaryWindow?
}

/// What the gateway does with the containers it knows.
public struct GatewayReport: Sendable, Hashable {
    /// False when it does not work at present.
    public var isWorking: Bool
    /// By the first 12 digits of the container ID.
    public var replicas: [String: ReplicaTraffic]

    public init(isWorking: Bool, replicas: [String: ReplicaTraffic] = [:]) {
        self.isWorking = isWorking
        self.replicas = replicas
    }
}
