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

    /// Of one made by hand.
    public var name: RouteName?
    /// Nil for one that leads to no service.
    public var stack: StackName?
    public var service: ServiceName?
    /// Where one leads that leads to no service.
    public var address: String?
    /// The route's place among those of its service, from 1.
    public var number: Int
    /// Of a version that is reached beside the route itself.
    public var version: String?
    /// Addresses it is reached by, best first.
    public var urls: [String]
    /// The port in the container.
    public var port: UInt16
    public var access: GatewayRoute.Access
    public var replicas: [Replica]
    /// Its names under `.local`, as far as somebody publishes such names.
    public var published: [PublishedName]
    /// What is wrong with it, in one sentence.
    public var problem: String?

    public init(
        _ key: RouteKey,
        address: String? = nil,
        urls: [String],
        port: UInt16,
        access: GatewayRoute.Access,
        replicas: [Replica],
        published: [PublishedName] = [],
        problem: String? = nil
    ) {
        name = key.name
        stack = key.stack
        service = key.service
        number = key.number
        version = key.version
        self.address = address
        self.urls = urls
        self.port = port
        self.access = access
        self.replicas = replicas
        self.published = published
        self.problem = problem
    }
}

extension RouteStatus {
    /// What an older daemon does not tell of is absent.
    ///
    /// - Throws: `DecodingError`
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(RouteName.self, forKey: .name)
        stack = try values.decodeIfPresent(StackName.self, forKey: .stack)
        service = try values.decodeIfPresent(ServiceName.self, forKey: .service)
        address = try values.decodeIfPresent(String.self, forKey: .address)
        number = try values.decode(Int.self, forKey: .number)
        version = try values.decodeIfPresent(String.self, forKey: .version)
        urls = try values.decode([String].self, forKey: .urls)
        port = try values.decode(UInt16.self, forKey: .port)
        access = try values.decode(GatewayRoute.Access.self, forKey: .access)
        replicas = try values.decode([Replica].self, forKey: .replicas)
        published = try values.decodeIfPresent([PublishedName].self, forKey: .published) ?? []
        problem = try values.decodeIfPresent(String.self, forKey: .problem)
    }
}
