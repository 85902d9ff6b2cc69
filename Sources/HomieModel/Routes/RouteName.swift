/// The name of a route that was made by hand: `[a-z0-9][a-z0-9._-]*`, at most 63 characters.
public struct RouteName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public static let pattern = "^[a-z0-9][a-z0-9._-]{0,62}$"

    public let text: String

    /// - Throws: ``RouteTextError/name(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard let first = text.utf8.first, text.utf8.count <= 63, isAlphanumeric(first),
            text.utf8.allSatisfy({ isAlphanumeric($0) || "._-".utf8.contains($0) })
        else { throw .name(text) }
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
}
