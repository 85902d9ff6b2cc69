/// How a device writes the addresses of its routes.
public struct RouteAddressing: Sendable, Hashable {
    /// The device's own name, under which services get theirs: `homie.local`.
    public var domain: HostPattern
    /// The port for HTTPS; nil where it is not served.
    public var https: UInt16?
    /// The port for plain HTTP; nil where it is not served.
    public var http: UInt16?
    /// Names under `.local` are told to the network (multicast DNS).
    public var publishesNames: Bool

    public init(domain: HostPattern, https: UInt16? = nil, http: UInt16? = nil, publishesNames: Bool = false) {
        self.domain = domain
        self.https = https
        self.http = http
        self.publishesNames = publishesNames
    }

    /// The names a route is reached by, best first.
    public func hosts(of planned: PlannedRoute) -> [String] {
        planned.route.hosts.map(\.text) + planned.labels.map { "\($0).\(domain)" }
    }

    /// Every address of a route, best first.
    public func urls(of planned: PlannedRoute) -> [String] { places(of: planned).flatMap(urls) }

    /// The places a route is reached at, each by the better of its addresses, best first.
    public func bestURLs(of planned: PlannedRoute) -> [(url: String, host: String)] {
        places(of: planned).compactMap { place in urls(place).first.map { ($0, place.host) } }
    }

    /// `photos.homie.local/v1/`, without a scheme.
    private func places(of planned: PlannedRoute) -> [(host: String, path: String)] {
        let path = planned.placePath == "/" ? "/" : "\(planned.placePath)/"
        let version = planned.version.map { "\($0.name)/" } ?? ""
        return hosts(of: planned).map { ($0, path) }
            + planned.pathForms.map { (domain.text, "/\($0)/\(version)") }
    }

    /// `https://host` first, without the ports everybody assumes.
    private func urls(_ place: (host: String, path: String)) -> [String] {
        let https = https.map { "https://\(place.host)" + ($0 == 443 ? "" : ":\($0)") + place.path }
        let http = http.map { "http://\(place.host)" + ($0 == 80 ? "" : ":\($0)") + place.path }
        return [https, http].compactMap { $0 }
    }

    /// Whether a name is one that multicast DNS carries; it knows no wildcards.
    public static func isLocal(_ name: String) -> Bool { name.hasSuffix(".local") && !name.hasPrefix("*.") }
}
