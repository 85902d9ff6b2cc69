/// What a service's own metrics must show: `orders_total rate 5m > 0`.
///
/// ```yaml
/// x-homie:
///   business:
///     - orders_total rate 5m > 0
///     - check: 'queue_length{queue="mail"} < 1000'
///       port: 9090               # where the service shows its metrics; its only port when absent
///       path: /metrics
/// ```
public struct BusinessCheck: Sendable, Hashable, Codable {
    public enum Measure: String, Sendable, Hashable, Codable {
        case value
        /// By how much a counter rises in a second.
        case rate
        /// By how much a counter rises.
        case increase
    }

    public enum Comparison: String, Sendable, Hashable, Codable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case above = ">"
        case below = "<"
        case equal = "=="
        case different = "!="

        public func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .atLeast: left >= right
            case .atMost: left <= right
            case .above: left > right
            case .below: left < right
            case .equal: left == right
            case .different: left != right
            }
        }
    }

    /// As it is written.
    public var text: String
    public var metric: String
    /// Labels that a sample must have; all that have them are added up.
    public var labels: [String: String]
    public var measure: Measure
    public var window: TimeSpan
    public var comparison: Comparison
    public var threshold: Double
    public var port: UInt16
    public var path: String

    /// Reads a service's checks.
    ///
    /// - Parameter ports: the container's ports that the file names.
    /// - Throws: ``HealthRuleError`` naming the first key that is wrong.
    public static func read(homie: JSONValue?, ports: [UInt16]) throws(HealthRuleError) -> [BusinessCheck] {
        guard let value = homie?["business"] else { return [] }
        let place = ["x-homie", "business"]
        guard let list = value.arrayValue, list.count <= 32 else {
            throw HealthRuleError(keys: place, problem: "is not a list of at most 32 checks")
        }
        var checks: [BusinessCheck] = []
        for (index, entry) in list.enumerated() {
            let keys = place + ["[\(index)]"]
            let block = try RuleBlock(
                entry.objectValue == nil ? ["check": entry] : entry,
                at: keys,
                known: ["check", "port", "path"]
            )
            guard let text = try block.text("check") else { throw block.error("check", "is missing") }
            guard let port = try block.port("port") ?? (Set(ports).count == 1 ? ports.first : nil) else {
                throw block.error("port", "is missing", hint: "write the port that shows the metrics")
            }
            let path = try block.text("path") ?? "/metrics"
            guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw block.error("path", "is not a path", hint: "begin it with a slash")
            }
            guard let check = BusinessCheck(text: text, port: port, path: path) else {
                throw block.error("check", "is not understood", hint: "write it like 'orders_total rate 5m > 0'")
            }
            checks.append(check)
        }
        return checks
    }

    /// `metric{label="value"} [rate|increase window] comparison number`
    init?(text: String, port: UInt16, path: String) {
        var words = text.split(separator: " ").map(String.init)
        guard words.count == 3 || words.count == 5, let threshold = Double(words.removeLast()), threshold.isFinite,
            let comparison = Comparison(rawValue: words.removeLast())
        else { return nil }
        var measure = Measure.value
        var window = TimeSpan.seconds(0)
        if words.count == 3 {
            guard let span = RuleText.span(words[2]), span >= .seconds(15), span <= .seconds(86_400),
                let named = Measure(rawValue: words[1]), named != .value
            else { return nil }
            (measure, window) = (named, span)
        }
        guard let sample = MetricText.selector(words[0]) else { return nil }
        self.text = text
        metric = sample.name
        labels = sample.labels
        self.measure = measure
        self.window = window
        self.comparison = comparison
        self.threshold = threshold
        self.port = port
        self.path = path
    }
}

/// Lines of Prometheus' text format (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
public enum MetricText {
    /// The sum of the samples of a metric that have the labels; nil when there are none.
    public static func sum(of metric: String, labels: [String: String], in text: String) -> Double? {
        var sum: Double?
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(metric) {
            guard let end = valueStart(line), let sample = selector(line[..<end]), sample.name == metric,
                labels.allSatisfy({ sample.labels[$0.key] == $0.value }),
                let word = line[end...].split(separator: " ").first, let value = number(word)
            else { continue }
            sum = (sum ?? 0) + value
        }
        return sum
    }

    /// `name` or `name{label="value",…}`.
    static func selector(_ text: some StringProtocol) -> (name: String, labels: [String: String])? {
        let name = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" }
        guard !name.isEmpty, name.first?.isNumber == false else { return nil }
        var rest = text.dropFirst(name.count)
        var labels: [String: String] = [:]
        guard rest.first == "{" else { return rest.allSatisfy { $0 == " " } ? (String(name), [:]) : nil }
        rest = rest.dropFirst()
        while rest.first != "}" {
            let key = rest.prefix { $0 != "=" && $0 != "}" }
            rest = rest.dropFirst(key.count)
            guard rest.hasPrefix("=\"") else { return nil }
            rest = rest.dropFirst(2)
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped == "n" ? "\n" : escaped)
            }
            labels[String(key.filter { $0 != " " })] = value
            if rest.first == "," { rest = rest.dropFirst() }
            guard !rest.isEmpty else { return nil }
        }
        return (String(name), labels)
    }

    /// Where a sample's value begins: after its name and labels.
    private static func valueStart(_ line: Substring) -> Substring.Index? {
        var isQuoted = false
        var isEscaped = false
        var depth = 0
        for index in line.indices {
            let character = line[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                if character == "\\" { isEscaped = true }
                if character == "\"" { isQuoted = false }
            } else if character == "\"" {
                isQuoted = true
            } else if character == "{" {
                depth += 1
            } else if character == "}" {
                depth -= 1
            } else if character == " ", depth == 0 {
                return index
            }
        }
        return nil
    }

    private static func number(_ word: Substring) -> Double? {
        switch word {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        default: Double(word)
        }
    }
}
