/// A length of time, exact to the nanosecond; written in JSON as a whole number of nanoseconds.
public struct TimeSpan: Sendable, Hashable, Comparable, Codable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// What is longer than can be told is as long as can be told.
    public static func seconds(_ count: Double) -> Self { Self(nanoseconds: Int64(saturating: count * 1_000_000_000)) }
    /// What is longer than can be told is as long as can be told.
    public static func milliseconds(_ count: Int64) -> Self {
        let (product, isOver) = count.multipliedReportingOverflow(by: 1_000_000)
        return Self(nanoseconds: isOver ? (count < 0 ? .min : .max) : product)
    }

    public var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
    public var duration: Duration { .nanoseconds(nanoseconds) }

    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}
