/// A piece of text that was looked at once, and is good from then on: it is stored, sent and compared as its text.
public protocol ParsedText: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    associatedtype Fault: Error

    var text: String { get }

    /// - Throws: what is wrong with the text.
    init(parsing text: String) throws(Fault)
}

extension ParsedText {
    @inlinable public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    @inlinable public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    @inlinable public var description: String { text }
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// A parsed text by which dictionaries are sent, too: as an object with these keys.
public protocol ParsedKey: ParsedText, CodingKeyRepresentable {}

extension ParsedKey {
    public var codingKey: any CodingKey { NameKey(stringValue: text) }

    public init?(codingKey: some CodingKey) {
        guard let name = try? Self(parsing: codingKey.stringValue) else { return nil }
        self = name
    }
}
