/// Reads the routes of a service from its labels and its `x-homie` block.
///
/// ```yaml
/// labels:
///   io.homie.expose: "80"        # also io.homie.host, io.homie.path, io.homie.auth
/// x-homie:
///   gateway:                     # or a list of such blocks
///     port: 80
///     host: photos.example.org
/// ```
public struct RouteReader: Sendable {
    /// Whose routes they are, in errors.
    let owner: String
    let definition: ServiceDefinition

    public init(stack: StackName, service: ServiceName, definition: ServiceDefinition) {
        self.init(owner: "\(stack)/\(service)", definition: definition)
    }

    init(owner: String, definition: ServiceDefinition) {
        self.owner = owner
        self.definition = definition
    }

    /// The service's routes in the order they are written; empty when it is not exposed.
    ///
    /// - Throws: ``RouteError`` naming the first key that is wrong.
    public func routes() throws(RouteError) -> [GatewayRoute] {
        let exposed = try exposedPort()
        guard let block = definition.homie?["gateway"] else {
            guard let exposed else {
                for label in [Self.hostLabel, Self.pathLabel, Self.authLabel] where definition.labels[label] != nil {
                    throw error("labels.\(label)", "needs \(Self.exposeLabel) beside it")
                }
                return []
            }
            return [try labelled(GatewayRoute(port: exposed))]
        }
        for label in [Self.hostLabel, Self.pathLabel, Self.authLabel] where definition.labels[label] != nil {
            throw error("labels.\(label)", "contradicts x-homie.gateway", hint: "keep one of the two")
        }
        switch block {
        case .object:
            return [try RouteBlock(self, block, place: "x-homie.gateway", exposed: exposed).route()]
        case .array(let blocks):
            guard !blocks.isEmpty else { throw error("x-homie.gateway", "is an empty list") }
            guard blocks.count <= 32 else { throw error("x-homie.gateway", "has more than 32 routes") }
            var routes: [GatewayRoute] = []
            for (index, block) in blocks.enumerated() {
                let place = "x-homie.gateway[\(index)]"
                routes.append(try RouteBlock(self, block, place: place, exposed: exposed).route())
            }
            return routes
        case .null, .bool, .integer, .number, .string:
            throw error("x-homie.gateway", "is neither a block nor a list of blocks")
        }
    }

    private static let exposeLabel = "io.homie.expose"
    private static let hostLabel = "io.homie.host"
    private static let pathLabel = "io.homie.path"
    private static let authLabel = "io.homie.auth"

    /// What `io.homie.expose` or `x-homie.expose` says; both may, when they agree.
    private func exposedPort() throws(RouteError) -> UInt16? {
        let label = try definition.labels[Self.exposeLabel].map { text throws(RouteError) in
            try port(.string(text), at: "labels.\(Self.exposeLabel)")
        }
        let key = try definition.homie?["expose"].map { value throws(RouteError) in
            try port(value, at: "x-homie.expose")
        }
        if let label, let key, label != key {
            throw error("x-homie.expose", "says \(key), but the label \(Self.exposeLabel) says \(label)")
        }
        return label ?? key
    }

    private func labelled(_ plain: GatewayRoute) throws(RouteError) -> GatewayRoute {
        var route = plain
        if let host = definition.labels[Self.hostLabel] {
            for part in host.split(separator: ",") {
                let name = String(part.drop { $0 == " " })
                let host = try text("labels.\(Self.hostLabel)") { () throws(RouteTextError) in
                    try HostPattern(parsing: name)
                }
                route.hosts.append(host)
            }
        }
        if let path = definition.labels[Self.pathLabel] {
            route.path = try text("labels.\(Self.pathLabel)") { () throws(RouteTextError) in
                try RoutePath(parsing: path)
            }
        }
        if let word = definition.labels[Self.authLabel] {
            route.access = try choice(.string(word), at: "labels.\(Self.authLabel)")
        }
        return route
    }

    // MARK: values

    func error(_ place: String, _ problem: String, hint: String? = nil) -> RouteError {
        RouteError(owner: owner, place: place, problem: problem, hint: hint)
    }

    func text<Value>(_ place: String, _ parse: () throws(RouteTextError) -> Value) throws(RouteError) -> Value {
        do { return try parse() } catch { throw self.error(place, "is wrong: \(error.summary)", hint: error.hint) }
    }

    func port(_ value: JSONValue, at place: String) throws(RouteError) -> UInt16 {
        let number = value.integerValue ?? value.stringValue.flatMap { Int64($0) }
        guard let number, let port = UInt16(exactly: number), port > 0 else {
            throw error(place, "is not a port", hint: "write the port the service listens on, from 1 to 65535")
        }
        return port
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: JSONValue,
        at place: String
    ) throws(RouteError) -> Choice where Choice.RawValue == String {
        guard let choice = value.stringValue.flatMap({ Choice(rawValue: $0) }) else {
            let words = Choice.allCases.map { $0.rawValue }.joined(separator: ", ")
            throw error(place, "is not one of \(words)")
        }
        return choice
    }
}
