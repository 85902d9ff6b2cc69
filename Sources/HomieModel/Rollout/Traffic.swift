/// A container as the gateway has it.
public struct ReplicaTraffic: Sendable, Hashable {
    /// Somebody from outside was served by it, before it gets any requests.
    public var isProven: Bool
    /// It gets nothing new.
    public var isOut: Bool
    /// Connections that serve a client now.
    public var connections: Int

    public init(isProven: Bool = false, isOut: Bool = false, connections: Int = 0) {
        self.isProven = isProven
        self.isOut = isOut
        self.connections = connections
    }
}

/// Both versions over the same time.
public struct CanaryWindow: Sendable, Hashable {
    public var new: TrafficSample
    public var old: TrafficSample

    public init(new: TrafficSample = TrafficSample(), old: TrafficSample = TrafficSample()) {
        self.new = new
        self.old = old
    }
}
