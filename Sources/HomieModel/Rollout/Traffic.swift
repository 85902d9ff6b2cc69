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
    /// How often the new version became slow: its answers that took longer than the old version's ``TrafficSample/slow``, those
    /// that directly follow each other counted once. A stall makes all answers slow that are under way, dozens at once.
    public var slowSpells: Int
    /// Of each of several parts of the window that follow each other and hold as many answers of the new version each: the share
    /// (0…1) that took longer than that.
    public var slowShares: [Double]

    public init(
        new: TrafficSample = TrafficSample(),
        old: TrafficSample = TrafficSample(),
        slowSpells: Int = 0,
        slowShares: [Double] = []
    ) {
        self.new = new
        self.old = old
        self.slowSpells = slowSpells
        self.slowShares = slowShares
    }
}
