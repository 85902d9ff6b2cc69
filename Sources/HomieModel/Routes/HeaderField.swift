/// The name of a header field that an operator may set or remove: letters, digits and `-`.
public struct HeaderName: ParsedKey {
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
}

/// The value of a header field: printable ASCII, 1 to 1000 characters (RFC 9110, section 5.5).
public struct HeaderValue: ParsedText {
    public let text: String

    /// - Throws: ``RouteTextError/headerValue(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        guard (1...1000).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .headerValue(text)
        }
        self.text = text
    }
}
