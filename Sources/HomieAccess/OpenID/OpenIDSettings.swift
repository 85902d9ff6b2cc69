public import HomieModel

/// The identity provider that users may sign in at, and who of them may do what.
public struct OpenIDSettings: Sendable, Hashable {
    /// e.g. `https://id.example.org/realms/home`; exactly as the provider names itself.
    public var issuer: String
    public var client: String
    /// Nil for a public client.
    public var secret: String?
    /// Roles by the provider's groups; the highest one counts.
    public var groups: [String: Role]
    /// For users in none of the groups; nil lets them not in.
    public var otherwise: Role?

    public init(issuer: String, client: String, secret: String?, groups: [String: Role], otherwise: Role?) {
        self.issuer = issuer
        self.client = client
        self.secret = secret
        self.groups = groups
        self.otherwise = otherwise
    }

    func role(of groups: [String]) -> Role? { groups.compactMap { self.groups[$0] }.max() ?? otherwise }
}

/// How the provider is spoken with.
public protocol OpenIDExchange: Sendable {
    /// - Parameters:
    ///   - form: the body of a POST; nil for a GET.
    ///   - authorization: the header field's value.
    /// - Returns: status and body, at most 1 MiB of it.
    func send(_ url: String, form: [UInt8]?, authorization: String?) async throws -> (status: Int, body: [UInt8])
}

/// What the provider publishes of itself (OpenID Connect Discovery 1.0, section 3).
struct ProviderMetadata: Codable {
    var issuer: String
    var authorization_endpoint: String
    var token_endpoint: String
    var jwks_uri: String
    /// RFC 9207, section 3.
    var authorization_response_iss_parameter_supported: Bool?
}

struct TokenResponse: Codable {
    var id_token: String
}
