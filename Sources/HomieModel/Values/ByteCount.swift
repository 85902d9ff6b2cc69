/// An amount of memory or storage in bytes.
public struct ByteCount: Sendable, Hashable, Comparable, Codable {
    public let bytes: Int64

    public init(bytes: Int64) { self.bytes = bytes }

    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }

    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}
