/// One metric: its name, what it means, and its series.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Only rises; its series are written with `_total`.
        case counter
        case gauge
        /// Its samples are the lines: `_bucket` with `le`, `_sum`, `_count`.
        case histogram
        /// Facts as labels; written with `_info`.
        case info
        /// Others' names that keep to no kind's rules.
        case unknown
    }

    public struct Label: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public struct Sample: Sendable, Hashable {
        /// Only for histograms.
        public var suffix: String
        public var labels: [Label]
        public var value: Double
    }

    /// Without `_total` and `_info`.
    public let name: String
    public let kind: Kind
    /// One sentence.
    public let help: String
    public private(set) var samples: [Sample] = []

    public init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    public mutating func add(_ value: Double, _ labels: [Label] = [], suffix: String = "") {
        samples.append(Sample(suffix: suffix, labels: labels, value: value))
    }

    /// True for `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    public static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { isNameByte($0) || $0 == 0x3A }
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x5F: true
        default: false
        }
    }
}
