/// The name of a measured series: a metric's name and its labels, written as Prometheus writes them:
/// `container_cpu_usage_seconds{stack="shop",service="web"}`.
public struct SeriesName: Sendable, Hashable, CustomStringConvertible {
    public struct Label: Sendable, Hashable, Codable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    public let metric: String
    /// In the order they were written in.
    public let labels: [Label]

    public init(_ metric: String, _ labels: [Label] = []) {
        self.metric = metric
        self.labels = labels
    }

    public subscript(label: String) -> String? { labels.first { $0.name == label }?.value }

    /// The whole name; quotation marks, backslashes and line feeds in values are escaped.
    public var description: String {
        guard !labels.isEmpty else { return metric }
        let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
        return "\(metric){\(pairs.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        guard value.contains(where: { $0 == "\"" || $0 == "\\" || $0 == "\n" }) else { return value }
        return value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// Nil when `text` is not the name of a series.
    public init?(parsing text: String) {
        var rest = Substring(text)
        let metric = rest.prefix { $0 != "{" }
        rest = rest.dropFirst(metric.count)
        guard Self.isMetric(metric) else { return nil }
        var labels: [Label] = []
        if !rest.isEmpty {
            guard rest.removeFirst() == "{" else { return nil }
            while let next = rest.first, next != "}" {
                guard let label = Self.label(&rest) else { return nil }
                labels.append(label)
                if rest.first == "," { rest.removeFirst() } else if rest.first != "}" { return nil }
            }
            guard rest == "}" else { return nil }
        }
        self.init(String(metric), labels)
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    private static func isMetric(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.count <= 200
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x5F, 0x3A: true
                default: false
                }
            }
    }

    private static func label(_ rest: inout Substring) -> Label? {
        rest = rest.drop { $0 == " " }
        let name = rest.prefix { $0 != "=" && $0 != "}" && $0 != "," }
        rest = rest.dropFirst(name.count)
        guard !name.isEmpty, rest.hasPrefix("=\"") else { return nil }
        rest = rest.dropFirst(2)
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"":
                rest = rest.drop { $0 == " " }
                return Label(String(name), value)
            case "\\":
                guard let next = rest.popFirst() else { return nil }
                value.append(next == "n" ? "\n" : next)
            default: value.append(character)
            }
        }
        return nil
    }
}

/// Which series are meant: those of a metric that have all of these labels.
public struct SeriesSelector: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The metric and the labels that must be there with these values.
    public let name: SeriesName

    public init(_ name: SeriesName) { self.name = name }

    /// How a selector is written; ``init(parsing:)`` takes a little more.
    public static let pattern = {
        let label = #"[a-zA-Z_][a-zA-Z0-9_]{0,60}="([^"\\]|\\["\\n]){0,200}""#
        return "^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}(\\{(\(label)(,\(label)){0,9})?\\})?$"
    }()

    /// - Throws: ``MeasurementError/selector(_:)``
    public init(parsing text: String) throws(MeasurementError) {
        guard let name = SeriesName(parsing: text) else { throw .selector(text) }
        self.name = name
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public func matches(_ series: SeriesName) -> Bool {
        series.metric == name.metric && name.labels.allSatisfy { series[$0.name] == $0.value }
    }

    public var description: String { name.description }
}
