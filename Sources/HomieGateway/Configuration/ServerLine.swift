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

    init(_ endpoint: RouteEndpoint, scheme: GatewayRoute.Scheme) {
        name = endpoint.name
        address = endpoint.address
        port = endpoint.port
        weight = endpoint.isTrial ? 0 : endpoint.weight
        isDraining = endpoint.isDraining
        self.scheme = scheme
    }

    /// The weight HAProxy is to have: a replica that drains gets nothing new.
    var effectiveWeight: Int { isDraining ? 0 : weight }

    /// `address:port` and the options; servers added at run time take nothing from `default-server` (Management Guide).
    var parameters: String {
        var words = [place, "check", "inter", "2s", "fastinter", "500ms", "downinter", "1s", "fall", "3", "rise", "1"]
        words += ["pool-purge-delay", "2s"]
        switch scheme {
        case .http: break
        case .https: words += ["ssl", "verify", "none"]
        case .h2c: words += ["proto", "h2"]
        }
        return words.joined(separator: " ")
    }

    private var place: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
