/// A route as the API and the CLI show it.
public struct RouteStatus: Sendable, Hashable, Codable {
    /// A replica behind a route.
    public struct Replica: Sendable, Hashable, Codable {
        public enum State: String, Sendable, Hashable, Codable, CaseIterable {
            /// Gets requests.
            case serving
            /// Finishes what it has.
            case draining
            /// Does not answer the gateway's checks.
            case down
            /// On its way into the gateway.
            case pending
        }

        /// The first 12 digits of the container's ID.
        public var container: String
        public var address: String
        public var port: UInt16
        public var weight: Int
        public var state: State
        /// Connections that serve a client now.
        public var connections: Int

        public init(
            container: String,
            address: String,
            port: UInt16,
            weight: Int,
            state: State,
            connections: Int
        ) {
            self.container = container
            self.address = address
            self.port = port
            self.weight = weight
            self.state = state
            self.connections = connections
        }
    }

    public var stack: StackName
    public var service: ServiceName
    /// The route's place among those of its service, from 1.
    public var number: Int
    /// Addresses it is reached by, best first.
    public var urls: [String]
    /// The port in the container.
    public var port: UInt16
    public var access: GatewayRoute.Access
    public var replicas: [Replica]
    /// What is wrong with it, in one sentence.
    public var problem: String?

    public init(
        stack: StackName,
        service: ServiceName,
        number: Int,
        urls: [String],
        port: UInt16,
        access: GatewayRoute.Access,
        replicas: [Replica],
        problem: String? = nil
    ) {
        self.stack = stack
        self.service = service
        self.number = number
        self.urls = urls
        self.port = port
        self.access = access
        self.replicas = replicas
        self.problem = problem
    }
}
