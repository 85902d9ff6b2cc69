/// One of several versions of a service that are reached beside each other, each under a segment of its own behind the
/// route's path: `https://photos.homie.local/v1/…`. Requests to the route itself may be led to it, too: by a header field, a
/// cookie, or by weight.
public struct RouteVersion: Sendable, Hashable, Codable {
    /// The segment.
    public var name: String
    /// Where the version begins at the service: what it sees in place of the route's path and ``name``.
    public var path: RoutePath
    /// Another service of the stack; nil for the route's own.
    public var service: ServiceName?
    /// Its port; nil for the route's own.
    public var port: UInt16?
    /// Since when, or from when on, nothing new should be built on it (RFC 9745).
    public var deprecatedAt: Timestamp?
    /// When it is expected to go (RFC 8594).
    public var sunsetAt: Timestamp?
    /// What sends a request to the route itself here; one of them is enough, whatever the weights say.
    public var marks: [VersionMark] = []
    /// Of a hundred requests to the route that nothing marks, so many come here.
    public var weight = 0

    public init(name: String, path: RoutePath) {
        self.name = name
        self.path = path
    }

    /// A segment that means nothing else: lower-case letters, digits, `.`, `-` and `_`, at most 32.
    public static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 32 else { return false }
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }
}

/// Reads `versions` of a block of `x-homie.gateway`.
///
/// ```yaml
/// versions:
///   v1: {path: /api/v1, deprecated: 2026-06-01, sunset: 2027-01-01}
///   v2: /api/v2
///   v3: {service: api-next, port: 8080, header: {X-Version: 3}, weight: 5}
/// ```
struct RouteVersionsBlock {
    let reader: RouteReader
    let place: String

    /// In rising order of their names.
    ///
    /// - Throws: ``RouteError``
    func versions(_ value: JSONValue) throws(RouteError) -> [RouteVersion] {
        guard let members = value.objectValue, !members.isEmpty else {
            throw reader.error(place, "is not a block of versions", hint: "write 'versions: {v1: /api/v1}'")
        }
        guard members.count <= 16 else { throw reader.error(place, "has more than 16 versions") }
        var versions: [RouteVersion] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard RouteVersion.isName(name) else {
                throw reader.error(
                    place,
                    "has a version '\(name.prefix(40))', which is no segment of a path",
                    hint: "use lower-case letters, digits, '.', '-' and '_', like 'v1'"
                )
            }
            versions.append(try version(name, value))
        }
        try checkPicks(versions)
        return versions
    }

    private func version(_ name: String, _ value: JSONValue) throws(RouteError) -> RouteVersion {
        let place = "\(place).\(name)"
        if value.stringValue != nil { return RouteVersion(name: name, path: try path(value, at: place)) }
        guard let members = value.objectValue else { throw reader.error(place, "is neither a path nor a block") }
        let known = (["deprecated", "path", "port", "service", "sunset"] + Self.pickKeys).sorted()
        if let stranger = members.keys.filter({ !known.contains($0) }).min() {
            throw reader.error(
                place,
                "has no key '\(stranger)'",
                hint: "it knows \(known.joined(separator: ", "))"
            )
        }
        var version = RouteVersion(name: name, path: .root)
        if let value = members["path"] { version.path = try path(value, at: "\(place).path") }
        if let value = members["port"] { version.port = try reader.port(value, at: "\(place).port") }
        if let value = members["service"] {
            guard let text = value.stringValue, let service = try? ServiceName(parsing: text) else {
                throw reader.error("\(place).service", "is not a service of this stack")
            }
            version.service = service
        }
        for kind in VersionMark.Place.allCases {
            guard let value = members[kind.rawValue] else { continue }
            version.marks += try marks(kind, value, at: "\(place).\(kind.rawValue)")
        }
        if let value = members["weight"] { version.weight = try weight(value, at: "\(place).weight") }
        if let value = members["deprecated"] { version.deprecatedAt = try day(value, at: "\(place).deprecated") }
        if let value = members["sunset"] { version.sunsetAt = try day(value, at: "\(place).sunset") }
        if let deprecated = version.deprecatedAt, let sunset = version.sunsetAt, sunset < deprecated {
            throw reader.error("\(place).sunset", "comes before it is deprecated")
        }
        return version
    }

    private func path(_ value: JSONValue, at place: String) throws(RouteError) -> RoutePath {
        guard let text = value.stringValue else { throw reader.error(place, "is not a text") }
        return try reader.text(place) { () throws(RouteTextError) in try RoutePath(parsing: text) }
    }

    /// `2026-06-01`, or with a time (RFC 3339).
    private func day(_ value: JSONValue, at place: String) throws(RouteError) -> Timestamp {
        guard let text = value.stringValue,
            let time = Timestamp(rfc3339: text.utf8.count == 10 ? "\(text)T00:00:00Z" : text)
        else { throw reader.error(place, "is not a day", hint: "write it like '2026-06-01'") }
        return time
    }
}
