/// A piece of text that was looked at once, and is good from then on: it is stored, sent and compared as its text.
public protocol ParsedText: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    associatedtype Fault: Error

    var text: String { get }

    /// - Throws: what is wrong with the text.
    init(parsing text: String) throws(Fault)
}

extension ParsedText {
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

/// Names that people give to what they make by hand: `[a-z0-9][a-z0-9._-]*`, at most 63 characters.
enum GivenName {
    static let pattern = "^[a-z0-9][a-z0-9._-]{0,62}$"

    static func isGood(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard let first = text.utf8.first, text.utf8.count <= 63, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
    }
}
