/// Where a route begins: `/`, or up to four segments such as `/apps/photos`, without a slash at the end.
public struct RoutePath: ParsedText {
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
}
