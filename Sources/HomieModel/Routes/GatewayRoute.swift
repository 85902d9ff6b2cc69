/// How one port of a service is reached through the gateway: what `io.homie.expose` and `x-homie.gateway` say.
///
/// A route without hosts is reached as `<service>.<device>.local`, and by everybody under `/<service>/` on any name.
public struct GatewayRoute: Sendable, Hashable, Codable {
    /// Which of a service's replicas gets a request.
    public enum Balance: String, Sendable, Hashable, Codable, CaseIterable {
        /// In turn, by weight.
        case roundRobin = "round-robin"
        /// The one with the fewest connections.
        case leastConnections = "least-connections"
        /// The same one for the same client address, as long as it is there.
        case client
    }

    /// Who may use a route.
    public enum Access: String, Sendable, Hashable, Codable, CaseIterable {
        case anyone = "none"
        /// Whoever is signed in.
        case user
        /// Whoever is signed in and may change things.
        case `operator`
        case admin
    }

    /// How the service speaks.
    public enum Scheme: String, Sendable, Hashable, Codable, CaseIterable {
        case http
        /// TLS; see ``GatewayRoute/identity``.
        case https
        /// HTTP/2 without TLS, as gRPC servers speak it.
        case h2c
    }

    /// The port in the container.
    public var port: UInt16
    public var scheme: Scheme
    /// Who it must show to be when it speaks TLS; nil when any certificate will do.
    public var identity: UpstreamIdentity?
    /// Full names it is reached by; none means the service's name under the device's.
    public var hosts: [HostPattern]
    /// Where it begins on its hosts.
    public var path: RoutePath
    /// True when the service sees paths without ``path``.
    public var stripsPath: Bool
    /// True when it is reached under `/<service>/` on every name, too.
    public var hasPathForm: Bool
    public var access: Access
    /// True when plain HTTP is answered with a redirect.
    public var requiresTLS: Bool
    public var balance: Balance
    public var headers: HeaderRules
    public var rateLimit: RateLimit?
    public var cache: CacheRule?
    /// The largest request body; nil means no limit of the gateway's.
    public var maximumBody: ByteCount?
    /// How long the service may be silent; nil means the gateway's own time.
    public var timeout: TimeSpan?
    /// Versions that are reached beside the route itself, in rising order of their names.
    public var versions: [RouteVersion]
    /// A path that answers 2xx or 3xx when a replica can serve; nil means that its port accepts connections.
    public var healthPath: RoutePath?

    public init(port: UInt16) {
        self.port = port
        scheme = .http
        hosts = []
        path = .root
        stripsPath = false
        hasPathForm = true
        access = .anyone
        requiresTLS = false
        balance = .roundRobin
        headers = HeaderRules()
        versions = []
    }
}

/// Header fields that the gateway changes.
public struct HeaderRules: Sendable, Hashable, Codable {
    public var setInRequest: [HeaderName: HeaderValue]
    public var removedFromRequest: [HeaderName]
    public var setInResponse: [HeaderName: HeaderValue]
    public var removedFromResponse: [HeaderName]

    public init(
        setInRequest: [HeaderName: HeaderValue] = [:],
        removedFromRequest: [HeaderName] = [],
        setInResponse: [HeaderName: HeaderValue] = [:],
        removedFromResponse: [HeaderName] = []
    ) {
        self.setInRequest = setInRequest
        self.removedFromRequest = removedFromRequest
        self.setInResponse = setInResponse
        self.removedFromResponse = removedFromResponse
    }

    public var isEmpty: Bool {
        setInRequest.isEmpty && removedFromRequest.isEmpty && setInResponse.isEmpty && removedFromResponse.isEmpty
    }
}

/// At most so many requests of one client address in so long.
public struct RateLimit: Sendable, Hashable, Codable {
    public var requests: Int
    public var window: TimeSpan

    public init(requests: Int, window: TimeSpan) {
        self.requests = requests
        self.window = window
    }
}

/// The gateway keeps answers that may be kept (RFC 9111) this long at most.
public struct CacheRule: Sendable, Hashable, Codable {
    public var maximumAge: TimeSpan

    public init(maximumAge: TimeSpan) { self.maximumAge = maximumAge }
}
