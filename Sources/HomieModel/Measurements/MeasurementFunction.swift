/// What a range query makes of each step of a series.
public enum MeasurementFunction: Sendable, Hashable, Codable, CustomStringConvertible {
    case mean
    /// The increase of a counter over the step.
    case sum
    /// The increase of a counter per second.
    case rate
    case least
    case most
    /// A share between 0 and 1 of the values lies below it.
    case quantile(Double)

    /// What ``init(parsing:)`` takes.
    public static let pattern = #"^(mean|sum|rate|min|max|p([0-9]{1,2}(\.[0-9]{1,9})?|100))$"#

    /// - Throws: ``MeasurementError/function(_:)`` when `text` is none of `mean`, `sum`, `rate`, `min`, `max`, `p0` … `p100`.
    public init(parsing text: String) throws(MeasurementError) {
        switch text {
        case "mean": self = .mean
        case "sum": self = .sum
        case "rate": self = .rate
        case "min": self = .least
        case "max": self = .most
        default:
            guard text.hasPrefix("p"), text.dropFirst().allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
                let percent = Double(text.dropFirst()), (0...100).contains(percent)
            else {
                throw .function(text)
            }
            self = .quantile(percent / 100)
        }
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String {
        switch self {
        case .mean: return "mean"
        case .sum: return "sum"
        case .rate: return "rate"
        case .least: return "min"
        case .most: return "max"
        case .quantile(let share):
            // Thousandths of a percent are as fine as anybody asks.
            let percent = (share * 100_000).rounded() / 1000
            return Int64(exactly: percent).map { "p\($0)" } ?? "p\(percent)"
        }
    }
}

/// What is wrong with a question about measurements.
public enum MeasurementError: UserFacingError, Hashable {
    case selector(String)
    case function(String)
    case range
    /// More series match than are answered at once.
    case tooManySeries(String, found: Int, most: Int)
    case noSeries(String)

    public var summary: String {
        switch self {
        case .selector(let text): "'\(text.prefix(120))' does not name series"
        case .function(let text): "'\(text.prefix(40))' is not a function of measurements"
        case .range: "the range ends before it begins"
        case .tooManySeries(let text, let found, let most):
            "'\(text.prefix(120))' names \(found) series; at most \(most) are answered"
        case .noSeries(let text): "nothing was measured that is called '\(text.prefix(120))'"
        }
    }

    public var hint: String? {
        switch self {
        case .selector: #"write e.g. container_cpu_usage_seconds{stack="shop"}"#
        case .function: "use mean, sum, rate, min, max or a percentile such as p95"
        case .tooManySeries: "name labels too, or ask for the total"
        case .noSeries: "'homie metrics ls' shows what there is"
        case .range: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .noSeries: .notFound
        case .selector, .function, .range, .tooManySeries: .usage
        }
    }
}
