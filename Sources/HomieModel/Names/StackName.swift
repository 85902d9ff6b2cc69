/// The name of a stack: a Compose project name, `[a-z0-9][a-z0-9_-]*`, at most 63 characters.
public struct StackName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible, CodingKeyRepresentable {
    public let text: String

    /// - Throws: ``NameError`` when `text` is not a Compose project name.
    public init(parsing text: String) throws(NameError) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 63, Self.isAlphanumeric(first),
            bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2D })
        else { throw NameError.stack(text) }
        self.text = text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
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
        guard let name = try? StackName(parsing: codingKey.stringValue) else { return nil }
        self = name
    }
}
