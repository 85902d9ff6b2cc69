internal import HomieModel

/// One replica as a server of a backend.
struct ServerLine: Sendable, Hashable, Codable {
    var name: String
    var address: String
    var port: UInt16
    /// From 0 to 256.
    var weight: Int
    var isDraining: Bool
    var scheme: GatewayRoute.Scheme
    /// Who it must show to be; nil when any certificate will do.
    var identity: UpstreamIdentity?
    /// Where HAProxy finds the authorities.
    var authorities: String

    init(_ endpoint: RouteEndpoint, of route: GatewayRoute, paths: GatewayPaths) {
        name = endpoint.name
        address = endpoint.address
        port = endpoint.port
        weight = endpoint.isTrial ? 0 : endpoint.weight
        isDraining = endpoint.isDraining
        scheme = route.scheme
        identity = route.identity
        authorities = paths.authorities(of: route.identity)
    }

    /// The weight HAProxy is to have: a replica that drains gets nothing new.
    var effectiveWeight: Int { isDraining ? 0 : weight }

    /// `address:port` and the options; servers added at run time take nothing from `default-server` (Management Guide).
    var parameters: String {
        var words = [place, "check", "inter", "2s", "fastinter", "500ms", "downinter", "1s", "fall", "3", "rise", "1"]
        // Sooner than a server closes what is idle, so that no request meets it closing.
        words += ["pool-purge-delay", "1s"]
        switch scheme {
        case .http: break
        case .https: words += ["ssl"] + verification
        case .h2c: words += ["proto", "h2"]
        }
        return words.joined(separator: " ")
    }

    private var verification: [String] {
        guard let identity else { return ["verify", "none"] }
        let name = identity.name.map { ["sni", "str(\($0))", "check-sni", $0] } ?? []
        guard identity.isChecked else { return ["verify", "none"] + name }
        // Without a name there is none that would do.
        return ["verify", "required", "ca-file", authorities, "verifyhost", identity.name ?? "invalid"] + name
    }

    private var place: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
