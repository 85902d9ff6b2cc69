/// What kind of system a bundle is made for: RAUC's `compatible`, e.g. `homie-qemu-x86_64`.
public struct SystemKind: Sendable, Hashable, Codable, CustomStringConvertible {
    public let text: String

    /// - Throws: ``UpdateModelError/compatible(_:)``.
    public init(parsing text: String) throws(UpdateModelError) {
        let isValid = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2D || byte == 0x2E || byte == 0x5F
        }
        guard isValid, (1...100).contains(text.utf8.count) else { throw .compatible(text) }
        self.text = text
    }

    public var description: String { text }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A SHA-256 digest (FIPS 180-4), written as 64 lower-case hexadecimal digits.
public struct ContentDigest: Sendable, Hashable, Codable, CustomStringConvertible {
    public let hex: String

    /// - Throws: ``UpdateModelError/digest(_:)``.
    public init(parsing text: String) throws(UpdateModelError) {
        let hex = text.lowercased()
        let isValid = hex.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard isValid, hex.utf8.count == 64 else { throw .digest(text) }
        self.hex = hex
    }

    /// From the 32 bytes of a digest.
    ///
    /// - Throws: ``UpdateModelError/digest(_:)`` when they are not 32.
    public init(bytes: some Sequence<UInt8>) throws(UpdateModelError) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        try self.init(parsing: String(decoding: text, as: UTF8.self))
    }

    public var description: String { hex }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// A share, 0 to 100.
public struct Percentage: Sendable, Hashable, Comparable, Codable {
    public static let all = Percentage(unchecked: 100)

    public let value: Int

    private init(unchecked value: Int) { self.value = value }

    /// - Throws: ``UpdateModelError/percentage(_:)``.
    public init(_ value: Int) throws(UpdateModelError) {
        guard (0...100).contains(value) else { throw .percentage(value) }
        self.value = value
    }

    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(Int.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
