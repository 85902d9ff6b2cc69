/// A route that a person made beside those of the Compose files.
///
/// ```json
/// {"service": "shop/web", "port": 80, "host": "photos.example.org", "auth": "user"}
/// {"address": "http://192.168.1.20:8123", "host": "heating.example.org"}
/// {"address": "https://192.168.1.1", "server_name": "router.lan", "ca": "-----BEGIN CERTIFICATE-----…"}
/// ```
///
/// All other keys are those of `x-homie.gateway`.
public struct HandRoute: Sendable, Hashable {
    /// Where it leads.
    public enum Target: Sendable, Hashable, CustomStringConvertible {
        /// A service of a stack; either may come later.
        case service(StackName, ServiceName)
        /// What no stack knows: an IP address or a host name.
        case outside(OutsideAddress)

        public var description: String {
            switch self {
            case .service(let stack, let service): "\(stack)/\(service)"
            case .outside(let address): address.description
            }
        }
    }

    public let name: RouteName
    public let target: Target
    public let route: GatewayRoute
    /// As it was written.
    public let block: JSONValue
    public let createdAt: Timestamp

    /// - Throws: ``RouteError`` naming the first key that is wrong.
    public init(name: RouteName, block: JSONValue, createdAt: Timestamp) throws(RouteError) {
        let reader = RouteReader(owner: "the route '\(name)'", definition: ServiceDefinition())
        guard var members = block.objectValue else { throw reader.error("it", "is not a block") }
        self.name = name
        self.block = block
        self.createdAt = createdAt
        if members["canary"] != nil {
            throw reader.error("canary", "belongs to the service", hint: "write it into its x-homie.update")
        }
        switch (members.removeValue(forKey: "service"), members.removeValue(forKey: "address")) {
        case (let service?, nil): target = try Self.service(service, reader)
        case (nil, let address?):
            for key in ["port", "scheme"] where members[key] != nil {
                throw reader.error(key, "is said by the address already")
            }
            guard let text = address.stringValue, let outside = OutsideAddress(parsing: text) else {
                throw reader.error(
                    "address",
                    "is not one a route can lead to",
                    hint: "write it like 'http://192.168.1.20:8123' (or https, h2c), without a path"
                )
            }
            target = .outside(outside)
            members["port"] = .integer(Int64(outside.port))
            members["scheme"] = .string(outside.scheme.rawValue)
            if outside.scheme == .https, members["server_name"] == nil, !outside.isNumeric {
                members["server_name"] = .string(outside.host)
            }
        case (nil, nil), (_?, _?):
            throw reader.error(
                "it",
                "does not lead to exactly one thing",
                hint: "give it 'service' (STACK/SERVICE) and 'port', or 'address'"
            )
        }
        var made = try RouteBlock(reader, .object(members), place: "it", exposed: nil).route()
        if case .outside(let outside) = target {
            if let version = made.versions.first(where: { $0.service != nil }) {
                throw reader.error("versions.\(version.name).service", "belongs to a route that leads to a service")
            }
            // One that was made before certificates were checked has no name to check for: it serves nobody until it is told.
            if outside.scheme == .https, made.identity == nil { made.identity = UpstreamIdentity() }
        }
        route = made
    }

    /// That a route made now says how the other side is known.
    ///
    /// - Throws: ``RouteError``
    public func requireIdentity() throws(RouteError) {
        guard let fault = identityFault else { return }
        let reader = RouteReader(owner: "the route '\(name)'", definition: ServiceDefinition())
        throw reader.error("it", fault.message, hint: fault.hint)
    }

    /// Why the other side cannot show who it is; nil when it can, or need not.
    public var identityFault: (message: String, hint: String)? {
        guard let identity = route.identity, identity.isChecked, identity.name == nil else { return nil }
        return (
            "has no name to check the certificate for: its address is a number",
            "give it 'server_name' (--server-name), the name in the other side's certificate, or 'verify: false' (--insecure)"
        )
    }

    private static func service(_ value: JSONValue, _ reader: RouteReader) throws(RouteError) -> Target {
        let parts = value.stringValue?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, let stack = try? StackName(parsing: String(parts[0])),
            let service = try? ServiceName(parsing: String(parts[1]))
        else { throw reader.error("service", "is not a service", hint: "write it like 'shop/web'") }
        return .service(stack, service)
    }
}

/// `http://192.168.1.20:8123`: a scheme, a host and a port, and nothing else.
public struct OutsideAddress: Sendable, Hashable, CustomStringConvertible {
    public let scheme: GatewayRoute.Scheme
    /// An IP address without brackets, or a host name.
    public let host: String
    public let port: UInt16

    /// Nil when `text` is not one.
    public init?(parsing text: String) {
        guard let scheme = GatewayRoute.Scheme.allCases.first(where: { text.hasPrefix("\($0.rawValue)://") }) else {
            return nil
        }
        var rest = text.dropFirst(scheme.rawValue.count + 3)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var port: UInt16? = scheme == .https ? 443 : scheme == .http ? 80 : nil
        var host = rest
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end]
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":"), Self.isSixthVersion(host) else { return nil }
            if !tail.isEmpty { port = Self.port(tail.dropFirst()) }
        } else {
            if let colon = rest.lastIndex(of: ":") {
                host = rest[..<colon]
                port = Self.port(rest[rest.index(after: colon)...])
            }
            guard let name = try? HostPattern(parsing: String(host)), !name.isWildcard else { return nil }
        }
        guard let port else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }

    private static func port(_ text: Substring) -> UInt16? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
            return nil
        }
        return port
    }

    private static func isSixthVersion(_ text: Substring) -> Bool {
        text.contains(":") && text.utf8.count <= 39
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x3A, 0x61...0x66, 0x41...0x46, 0x2E: true
                default: false
                }
            }
    }

    /// True for an address that needs no name server.
    public var isNumeric: Bool {
        host.contains(":") || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }

    public var description: String { "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
