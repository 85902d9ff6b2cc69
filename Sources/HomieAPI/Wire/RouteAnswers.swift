public import HomieModel

/// A route made by hand, as the API shows it.
public struct HandRouteAnswer: Sendable, Hashable {
    public var name: RouteName
    /// A service, or an address.
    public var target: String
    /// As they were written.
    public var settings: JSONValue
    public var createdAt: Timestamp

    public init(_ route: HandRoute) {
        name = route.name
        target = route.target.description
        settings = route.block
        createdAt = route.createdAt
    }
}

extension HandRouteAnswer: Codable {}

public struct CertificatesAnswer: Sendable, Hashable, Codable {
    public var certificates: [CertificateStatus]
    public init(certificates: [CertificateStatus]) { self.certificates = certificates }
}

/// Body of `POST /gateway/trace`.
public struct RouteTraceRequest: Sendable, Hashable, Codable {
    public var url: String
    public var asks: Bool?

    public init(url: String, asks: Bool? = nil) {
        self.url = url
        self.asks = asks
    }
}
