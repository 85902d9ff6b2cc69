/// The name of a rule, a route, a maintenance window or an incoming webhook: `[a-z0-9][a-z0-9._-]*`, at most 63 characters.
public struct AlertName: ParsedText {
    public static let pattern = GivenName.pattern

    public let text: String

    /// - Throws: ``AlertError/name(_:)``
    public init(parsing text: String) throws(AlertError) {
        guard GivenName.isGood(text) else { throw .name(text) }
        self.text = text
    }
}

/// A length of time as people write it: `90s`, `5m`, `1h30m`, `2d`.
public struct Period: Sendable, Hashable, Codable, CustomStringConvertible {
    public let span: TimeSpan

    public init(_ span: TimeSpan) { self.span = span }

    public static func seconds(_ count: Double) -> Self { Self(.seconds(count)) }

    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000),
    ]

    /// - Throws: ``AlertError/period(_:)``
    public init(parsing text: String) throws(AlertError) {
        var rest = Substring(text)
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let count = Int64(digits), let unit = Self.units.first(where: { $0.name == letters })?.nanoseconds
            else {
                throw .period(text)
            }
            let (part, isHigh) = count.multipliedReportingOverflow(by: unit)
            let (sum, isOver) = total.addingReportingOverflow(part)
            guard !isHigh, !isOver, sum < 365 * 86_400_000_000_000 * 10 else { throw .period(text) }
            total = sum
        }
        guard !text.isEmpty else { throw .period(text) }
        span = TimeSpan(nanoseconds: total)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String {
        var rest = max(0, span.nanoseconds)
        var text = ""
        for (name, length) in Self.units where rest >= length {
            text += "\(rest / length)\(name)"
            rest %= length
        }
        return text.isEmpty ? "0s" : text
    }
}

/// What is wrong with something about alerts.
public enum AlertError: UserFacingError, Hashable {
    case name(String)
    case period(String)
    /// A rule, route, window or hook, and what is wrong with it.
    case bad(what: String, reason: String)
    case missing(what: String)
    case noAlerts

    public var summary: String {
        switch self {
        case .name(let text): "'\(text.prefix(80))' is not a name for this"
        case .period(let text): "'\(text.prefix(40))' is not a length of time"
        case .bad(let what, let reason): "\(what) \(reason)"
        case .missing(let what): "there is no \(what)"
        case .noAlerts: "this daemon watches for no alerts"
        }
    }

    public var hint: String? {
        switch self {
        case .name: "use lower-case letters, digits, '.', '-' and '_', starting with a letter or digit"
        case .period: "write e.g. 90s, 5m, 1h30m or 2d"
        case .noAlerts: "set 'alerts = on' in homied.conf"
        case .bad, .missing: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .missing, .noAlerts: .notFound
        case .name, .period, .bad: .usage
        }
    }
}
