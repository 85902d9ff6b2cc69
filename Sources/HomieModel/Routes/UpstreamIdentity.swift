/// What the gateway wants to see of a service that speaks TLS.
///
/// A container's certificate is its own, and its address is known: nothing is asked of it unless the route says so. What is
/// reached over the network by a person's word must show who it is.
public struct UpstreamIdentity: Sendable, Hashable, Codable {
    /// The name it is asked for (RFC 6066, section 3), and that its certificate must be for; nil asks for none.
    public var name: String?
    /// False when any certificate will do.
    public var isChecked: Bool
    /// PEM certificates of those whose word counts; nil for the authorities this system trusts.
    public var authority: String?

    public init(name: String? = nil, isChecked: Bool = true, authority: String? = nil) {
        self.name = name
        self.isChecked = isChecked
        self.authority = authority
    }
}

extension RouteBlock {
    static let identityKeys: Set<String> = ["verify", "server_name", "ca"]

    /// - Throws: ``RouteError``
    func identity(of scheme: GatewayRoute.Scheme) throws(RouteError) -> UpstreamIdentity? {
        guard let first = Self.identityKeys.filter({ members[$0] != nil }).min() else { return nil }
        guard scheme == .https else {
            throw reader.error("\(place).\(first)", "is only for services that speak https")
        }
        var identity = UpstreamIdentity(isChecked: try flag("verify") ?? true)
        if let value = members["server_name"] {
            guard let text = value.stringValue else { throw reader.error("\(place).server_name", "is not a text") }
            let name = try reader.text("\(place).server_name") { () throws(RouteTextError) in
                try HostPattern(parsing: text)
            }
            guard !name.isWildcard else { throw reader.error("\(place).server_name", "is not a single name") }
            identity.name = name.text
        }
        if let value = members["ca"] {
            guard let text = value.stringValue, text.utf8.count <= 1 << 16, text.contains("-----BEGIN CERTIFICATE-----")
            else {
                throw reader.error("\(place).ca", "is no certificate", hint: "give it the PEM text of an authority")
            }
            guard identity.isChecked else {
                throw reader.error("\(place).ca", "says nothing where 'verify' is false")
            }
            identity.authority = text
        }
        guard !identity.isChecked || identity.name != nil else {
            throw reader.error(
                place,
                "has no name to check the certificate for",
                hint: "write 'server_name', the name in the service's certificate, or 'verify: false'"
            )
        }
        return identity
    }
}
