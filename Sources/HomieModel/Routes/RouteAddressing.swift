/// How a device writes the addresses of its routes.
public struct RouteAddressing: Sendable, Hashable {
    /// The device's own name, under which services get theirs: `homie.local`.
    public var domain: HostPattern
    /// The port for HTTPS; nil where it is not served.
    public var https: UInt16?
    /// The port for services by their paths over HTTPS; nil where they are not served so.
    public var paths: UInt16?
    /// The port for plain HTTP; nil where it is not served.
    public var http: UInt16?
    /// Names under `.local` are told to the network (multicast DNS).
    public var publishesNames: Bool

    public init(
        domain: HostPattern,
        https: UInt16? = nil,
        paths: UInt16? = nil,
        http: UInt16? = nil,
        publishesNames: Bool = false
    ) {
        self.domain = domain
        self.https = https
        self.paths = paths
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
        let port = isOwn(place.host) ? paths : https
        let https = port.map { "https://\(place.host)" + ($0 == 443 ? "" : ":\($0)") + place.path }
        let http = http.map { "http://\(place.host)" + ($0 == 80 ? "" : ":\($0)") + place.path }
        return [https, http].compactMap { $0 }
    }

    /// True for a name or address that the device's API may be asked by: services there have another port over HTTPS, and with it
    /// another origin.
    public func isOwn(_ host: String) -> Bool {
        Self.ownNames(of: domain).contains(host) || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }

    /// The names the device's own pages are served by, beside its addresses.
    public static func ownNames(of domain: HostPattern) -> [String] {
        [domain.text, domain.text.split(separator: ".").first.map(String.init) ?? "", "localhost"]
    }

    /// Whether a name is one that multicast DNS carries; it knows no wildcards.
    public static func isLocal(_ name: String) -> Bool { name.hasSuffix(".local") && !name.hasPrefix("*.") }
}
