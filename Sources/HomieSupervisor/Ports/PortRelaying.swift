public import HomieModel

/// Leads new connections to published ports of the host to a container that does not publish them itself, while the ports
/// change hands. What has a connection already keeps it.
public protocol PortRelaying: Sendable {
    /// Whether that can be done on this host, and as this user; otherwise why not, in one clause.
    func obstacle() async -> String?
    /// The relays in place, be they of this process or of one that was killed, and whether all of their rules are.
    func present() async throws -> [RelayMark: Bool]
    /// Makes these all the relays there are, at one moment.
    func set(_ relays: [PortRelay]) async throws
}

/// What the sockets of a container's network are used for.
public protocol SocketObservation: Sendable {
    /// The sockets of the network that a process lives in; nil when they cannot be read.
    ///
    /// - Parameter process: as this host numbers it.
    func sockets(ofNetworkOf process: Int) -> PortUse?
    /// Connections by the host's own port, those of its loopback included: at a published port they are the engine's proxy's,
    /// which leads them on to the container, or is about to.
    func connectionsOfHost() -> [PortKey: Int]
}

/// Whose connections a relay leads to which container.
public struct RelayMark: Sendable, Hashable {
    public var stack: StackName
    public var service: ServiceName
    /// The replica's number, from 1.
    public var index: Int
    /// The full ID of the stand-in.
    public var container: String

    public init(stack: StackName, service: ServiceName, index: Int, container: String) {
        self.stack = stack
        self.service = service
        self.index = index
        self.container = container
    }
}

/// A relay.
public struct PortRelay: Sendable, Hashable {
    /// One published port, and the port of the host by which the engine leads to the stand-in.
    public struct Port: Sendable, Hashable {
        /// nil for all addresses of the host.
        public var hostAddress: String?
        public var isIPv6: Bool
        /// `tcp` or `udp`.
        public var transport: String
        public var published: UInt16
        public var standIn: UInt16

        public init(hostAddress: String?, isIPv6: Bool, transport: String, published: UInt16, standIn: UInt16) {
            self.hostAddress = hostAddress
            self.isIPv6 = isIPv6
            self.transport = transport
            self.published = published
            self.standIn = standIn
        }
    }

    public var mark: RelayMark
    public var ports: [Port]

    public init(mark: RelayMark, ports: [Port]) {
        self.mark = mark
        self.ports = ports
    }
}
