/// A port of a container.
public struct PortKey: Sendable, Hashable, Comparable, Codable {
    public var port: UInt16
    /// `tcp`, `udp` or `sctp`.
    public var transport: String

    public init(port: UInt16, transport: String) {
        self.port = port
        self.transport = transport
    }

    public static func < (a: Self, b: Self) -> Bool { (a.port, a.transport) < (b.port, b.transport) }
}

/// What of a container's ports is in use, its loopback aside.
public struct PortUse: Sendable, Hashable {
    public var listening: Set<PortKey>
    /// Connections that are not over on both sides, by the container's own port.
    public var connections: [PortKey: Int]
    /// Connections that the engine's proxy has at its ports of the host, on their way or not.
    public var proxied: Int

    public init(listening: Set<PortKey> = [], connections: [PortKey: Int] = [:], proxied: Int = 0) {
        self.listening = listening
        self.connections = connections
        self.proxied = proxied
    }
}

extension ObservedBinding {
    /// The container's own port.
    public var key: PortKey { PortKey(port: target, transport: transport) }
}

extension PortMapping {
    public var key: PortKey { PortKey(port: target, transport: transport) }

    /// The one port of the host that it takes; nil for a range, and for one that the engine picks.
    public var hostPort: UInt16? { published.flatMap { UInt16($0) } }
}
