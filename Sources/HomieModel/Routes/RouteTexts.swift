/// A host name, or `*.` and a host name for every name one label below it: lower-case ASCII (RFC 1123, section 2.1).
public struct HostPattern: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public let text: String

    /// - Throws: ``RouteTextError/host(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        let lower = String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        let name = lower.hasPrefix("*.") ? lower.dropFirst(2) : lower[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy(Self.isLabel) else { throw .host(text) }
        guard !lower.hasPrefix("*.") || labels.count >= 2 else { throw .host(text) }
        self.text = lower
    }

    public var isWildcard: Bool { text.hasPrefix("*.") }

    private static func isLabel(_ label: Substring) -> Bool {
        let bytes = label.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        return first != 0x2D && last != 0x2D
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x30...0x39, 0x2D, 0x5F: true
                default: false
                }
            }
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// Where a route begins: `/`, or up to four segments such as `/apps/photos`, without a slash at the end.
public struct RoutePath: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public let text: String

    public static let root = RoutePath(unchecked: "/")
    /// As many segments as the gateway can take off a path.
    public static let maximumDepth = 4

    private init(unchecked text: String) { self.text = text }

    /// A slash at the end is dropped.
    ///
    /// - Throws: ``RouteTextError/path(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        var trimmed = text[...]
        while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        guard trimmed.hasPrefix("/"), trimmed.utf8.count <= 200 else { throw .path(text) }
        if trimmed == "/" {
            self = .root
            return
        }
        let segments = trimmed.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let areGood = segments.allSatisfy { segment in
            !segment.isEmpty && segment != "." && segment != ".." && segment.utf8.allSatisfy(Self.isAllowed)
        }
        guard segments.count <= Self.maximumDepth, areGood else { throw .path(text) }
        self.text = String(trimmed)
    }

    /// Unreserved characters (RFC 3986, section 2.3): nothing that could be written in two ways.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    public var segments: [Substring] { text.split(separator: "/") }
    public var isRoot: Bool { text == "/" }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The name of a header field that an operator may set or remove: letters, digits and `-`.
public struct HeaderName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible, CodingKeyRepresentable {
    public let text: String

    /// Fields that carry the message itself, or what the gateway vouches for.
    private static let reserved: Set<String> = [
        "connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "x-forwarded-for", "x-real-ip",
    ]

    /// - Throws: ``RouteTextError/header(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        let areGood = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D: true
            default: false
            }
        }
        let lower = text.lowercased()
        guard !text.isEmpty, text.utf8.count <= 100, areGood, !Self.reserved.contains(lower),
            !lower.hasPrefix("x-homie-")
        else { throw .header(text) }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    public var codingKey: any CodingKey { NameKey(stringValue: text) }
    public init?(codingKey: some CodingKey) {
        guard let name = try? HeaderName(parsing: codingKey.stringValue) else { return nil }
        self = name
    }
}

/// The value of a header field: printable ASCII, 1 to 1000 characters (RFC 9110, section 5.5).
public struct HeaderValue: Sendable, Hashable, Codable, CustomStringConvertible {
    public let text: String

    /// - Throws: ``RouteTextError/headerValue(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        guard (1...1000).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .headerValue(text)
        }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}

/// A text that is not what a route needs there.
public enum RouteTextError: UserFacingError, Equatable {
    case host(String)
    case path(String)
    case header(String)
    case headerValue(String)
    case name(String)

    public var summary: String {
        switch self {
        case .host(let text): "'\(text.prefix(80))' is not a host name"
        case .path(let text): "'\(text.prefix(80))' is not a path a route can have"
        case .header(let text): "'\(text.prefix(80))' is not a header field the gateway may change"
        case .headerValue(let text): "'\(text.prefix(80))' is not a header field's value"
        case .name(let text): "'\(text.prefix(80))' is not a route's name"
        }
    }

    public var hint: String? {
        switch self {
        case .host: "write it like 'photos.example.org' or '*.example.org', without a port"
        case .path: "write it like '/photos': at most \(RoutePath.maximumDepth) segments of letters, digits and '-._~'"
        case .header: "use letters, digits and '-'; fields that frame the message or name the client are the gateway's"
        case .name: "use lower-case letters, digits, '.', '-' and '_', starting with a letter or digit"
        case .headerValue: "use printable ASCII, at most 1000 characters; null removes the field"
        }
    }

    public var kind: ErrorKind { .usage }
}
