/// The number of a trace: 16 bytes, not all zero, written as 32 hexadecimal digits (W3C Trace Context, 3.2.2.3).
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    /// Nil for zero, which stands for none.
    public init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// Of numbers drawn at random; the one that stands for none becomes another.
    public init(drawn high: UInt64, _ low: UInt64) {
        self.high = high
        self.low = high | low == 0 ? 1 : low
    }

    /// Nil when `text` is not 32 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, let high = HexDigits.value(text.utf8.prefix(16)),
            let low = HexDigits.value(text.utf8.dropFirst(16))
        else { return nil }
        self.init(high: high, low: low)
    }

    public var description: String { HexDigits.text(high) + HexDigits.text(low) }
    /// Most significant first.
    public var bytes: [UInt8] { HexDigits.bytes(high) + HexDigits.bytes(low) }
}

/// The number of a span within its trace: 8 bytes, not all zero, written as 16 hexadecimal digits.
public struct SpanID: Sendable, Hashable, CustomStringConvertible {
    public let value: UInt64

    /// Nil for zero, which stands for none.
    public init?(value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    /// Of a number drawn at random; the one that stands for none becomes another.
    public init(drawn value: UInt64) { self.value = value == 0 ? 1 : value }

    /// Nil when `text` is not 16 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, let value = HexDigits.value(text.utf8.prefix(16)) else { return nil }
        self.init(value: value)
    }

    public var description: String { HexDigits.text(value) }
    /// Most significant first.
    public var bytes: [UInt8] { HexDigits.bytes(value) }
}

extension TraceID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = TraceID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not the number of a trace")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension SpanID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = SpanID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not the number of a span")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Lower-case hexadecimal digits of 64-bit numbers.
enum HexDigits {
    static func value(_ digits: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x57)
            default: return nil
            }
        }
        return value
    }

    static func text(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func bytes(_ value: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
    }
}
