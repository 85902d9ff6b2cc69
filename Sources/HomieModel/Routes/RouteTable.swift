/// Everything the gateway is to serve right now: computed from definitions and observed containers, in a stable order.
public struct RouteTable: Sendable, Hashable, Codable {
    /// In rising order of their keys.
    public var routes: [PlannedRoute]
    /// Exposures that are wrong, or contradict another one.
    public var problems: [RouteProblem]

    public init(routes: [PlannedRoute] = [], problems: [RouteProblem] = []) {
        self.routes = routes
        self.problems = problems
    }
}

/// Which route of which service, or which one made by hand: its name everywhere.
public struct RouteKey: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// Of one made by hand.
    public var name: RouteName?
    /// Nil for one that leads to no service.
    public var stack: StackName?
    public var service: ServiceName?
    /// The route's place among those of its service, from 1; 1 for one made by hand.
    public var number: Int
    /// Of a version that is reached beside the route itself.
    public var version: String?

    public init(stack: StackName, service: ServiceName, number: Int) {
        self.stack = stack
        self.service = service
        self.number = number
    }

    public init(_ route: HandRoute) {
        name = route.name
        number = 1
        if case .service(let stack, let service) = route.target {
            self.stack = stack
            self.service = service
        }
    }

    public var description: String {
        let suffix = version.map { "@\($0)" } ?? ""
        if let name { return "route '\(name)'" + suffix }
        let owner = "\(stack?.text ?? "")/\(service?.text ?? "")"
        return (number == 1 ? owner : "\(owner)/\(number)") + suffix
    }

    /// Those made by hand come first: somebody wanted just them.
    public static func < (left: Self, right: Self) -> Bool {
        switch (left.name, right.name) {
        case (let first?, let second?):
            return (first.text, left.version ?? "") < (second.text, right.version ?? "")
        case (_?, nil): return true
        case (nil, _?): return false
        case (nil, nil):
            let first = (left.stack?.text ?? "", left.service?.text ?? "", left.number, left.version ?? "")
            return first < (right.stack?.text ?? "", right.service?.text ?? "", right.number, right.version ?? "")
        }
    }
}

/// One route with the replicas that serve it.
public struct PlannedRoute: Sendable, Hashable, Codable {
    public var key: RouteKey
    public var route: GatewayRoute
    /// Labels it is reached by under the device's own name, best first; empty when it names its hosts.
    public var labels: [String]
    /// First segments of the path form, best first.
    public var pathForms: [String]
    /// Replicas that can serve, and those that finish what they have; in rising order of their names.
    public var endpoints: [RouteEndpoint]
    /// True while every request is noted, for two versions to be compared.
    public var isMeasured: Bool
    /// Which of its route's versions it is; nil for the route itself.
    public var version: RouteVersion?
    /// Where a WebSocket must open before a replica on trial counts as ready.
    public var webSocketPath: RoutePath?

    public init(
        key: RouteKey,
        route: GatewayRoute,
        labels: [String] = [],
        pathForms: [String] = [],
        endpoints: [RouteEndpoint] = [],
        isMeasured: Bool = false,
        webSocketPath: RoutePath? = nil
    ) {
        self.key = key
        self.route = route
        self.labels = labels
        self.pathForms = pathForms
        self.endpoints = endpoints
        self.isMeasured = isMeasured
        self.webSocketPath = webSocketPath
    }
}

extension PlannedRoute {
    /// Where it begins on its hosts: its route's path, and the version behind it.
    public var placePath: String {
        guard let version else { return route.path.text }
        return (route.path.isRoot ? "" : route.path.text) + "/" + version.name
    }

    /// How many segments of a path on its hosts are not the service's.
    public var strippedSegments: Int {
        if version != nil { return route.path.segments.count + 1 }
        return route.stripsPath ? route.path.segments.count : 0
    }
}

/// A replica as the gateway reaches it.
public struct RouteEndpoint: Sendable, Hashable, Codable {
    /// The first 12 digits of the container's ID.
    public var name: String
    /// An IP address.
    public var address: String
    public var port: UInt16
    /// Its share against the others of its route, from 0 to 256.
    public var weight: Int
    /// True when it finishes what it has and gets nothing new.
    public var isDraining: Bool
    /// True while it is to be looked at, and serves nobody.
    public var isTrial: Bool

    public init(
        name: String,
        address: String,
        port: UInt16,
        weight: Int = 100,
        isDraining: Bool = false,
        isTrial: Bool = false
    ) {
        self.name = name
        self.address = address
        self.port = port
        self.weight = weight
        self.isDraining = isDraining
        self.isTrial = isTrial
    }
}

/// Why an exposure is not, or not wholly, served.
public struct RouteProblem: Sendable, Hashable, Codable {
    /// Of one made by hand.
    public var name: RouteName?
    public var stack: StackName?
    public var service: ServiceName?
    /// One sentence.
    public var message: String
    public var hint: String?

    public init(stack: StackName, service: ServiceName, message: String, hint: String? = nil) {
        self.stack = stack
        self.service = service
        self.message = message
        self.hint = hint
    }

    public init(_ key: RouteKey, message: String, hint: String? = nil) {
        name = key.name
        stack = key.stack
        service = key.service
        self.message = "\(key): \(message)"
        self.hint = hint
    }

    public func concerns(_ key: RouteKey) -> Bool { name == key.name && stack == key.stack && service == key.service }
}
