/// A check of a service that Homie itself makes, from outside the container but for ``ProbeKind/command(_:)``.
public struct ProbeDefinition: Sendable, Hashable, Codable {
    public var kind: ProbeKind
    /// Between two probes; jitter of a tenth comes on top.
    public var interval: TimeSpan
    public var timeout: TimeSpan
    /// After a start failures do not count for this long, until the first success.
    public var startPeriod: TimeSpan
    /// So many failures in a row make it unhealthy.
    public var retries: Int

    public init(
        kind: ProbeKind,
        interval: TimeSpan = .seconds(15),
        timeout: TimeSpan = .seconds(5),
        startPeriod: TimeSpan = .seconds(60),
        retries: Int = 3
    ) {
        self.kind = kind
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.retries = retries
    }
}

/// What a probe does.
public enum ProbeKind: Sendable, Hashable, Codable {
    case http(HTTPProbe)
    /// A connection is accepted.
    case tcp(port: UInt16)
    /// The gRPC health checking protocol (`grpc.health.v1.Health/Check`) over HTTP/2 without TLS; an empty service asks
    /// for the server as a whole.
    case grpc(port: UInt16, service: String)
    /// A WebSocket opens (RFC 6455, section 4).
    case webSocket(port: UInt16, path: String)
    /// A command in the container ends with exit code 0.
    case command([String])
}

/// A GET request and what its answer must be.
public struct HTTPProbe: Sendable, Hashable, Codable {
    public var port: UInt16
    /// Begins with a slash.
    public var path: String
    /// The `Host` header; the container's address when nil.
    public var host: String?
    /// Each from 100 to 599.
    public var statuses: [ClosedRange<Int>]
    /// Occurs in the first 64 KiB of the body.
    public var body: String?
    /// The whole answer must be there within this time.
    public var latency: TimeSpan?
    /// How far the server's certificate is trusted; nil for HTTP without TLS.
    public var trust: ProbeTrust?

    public init(
        port: UInt16,
        path: String = "/",
        host: String? = nil,
        statuses: [ClosedRange<Int>] = [200...399],
        body: String? = nil,
        latency: TimeSpan? = nil,
        trust: ProbeTrust? = nil
    ) {
        self.port = port
        self.path = path
        self.host = host
        self.statuses = statuses
        self.body = body
        self.latency = latency
        self.trust = trust
    }
}

/// What a check over TLS asks of the server's certificate.
public enum ProbeTrust: String, Sendable, Hashable, Codable {
    /// It is for the name in ``HTTPProbe/host``, and of an authority that this device trusts.
    case authorities
    /// Nothing: the check asks whether the service works, not who it is.
    case anyone
}

extension ProbeKind {
    /// As a clause: `it …`.
    public var clause: String {
        switch self {
        case .http(let probe):
            "answers \(probe.trust == nil ? "HTTP" : "HTTPS") on port \(probe.port) at \(probe.path)"
        case .tcp(let port): "accepts connections on port \(port)"
        case .grpc(let port, let service): "serves gRPC on port \(port)" + (service.isEmpty ? "" : " for \(service)")
        case .webSocket(let port, let path): "opens WebSockets on port \(port) at \(path)"
        case .command: "passes its command"
        }
    }
}
