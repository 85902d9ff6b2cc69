/// What a service's own metrics, or what Homie has measured, must show: `orders_total rate 5m > 0`.
///
/// ```yaml
/// x-homie:
///   business:
///     - orders_total rate 5m > 0          # or increase, mean, min, max, p95
///     - check: 'queue_length{queue="mail"} < 1000'
///       port: 9090               # where the service shows its metrics; its only port when absent
///       path: /metrics
///     - history: container_network_transmit_bytes increase 1d > 1000000
/// ```
///
/// A question to the history is about this service where the metric is one of services, and about the device otherwise.
public struct BusinessCheck: Sendable, Hashable, Codable {
    public enum Measure: Sendable, Hashable, Codable {
        /// The newest value.
        case newest
        /// Of all values within the window.
        case over(MeasurementFunction)
    }

    /// Where the figures come from.
    public enum Source: Sendable, Hashable, Codable {
        /// The page on which the service shows its metrics.
        case page(port: UInt16, path: String)
        /// What Homie has measured.
        case history
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
    public var source: Source

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
                known: ["check", "port", "path", "history"]
            )
            if let text = try block.text("history") {
                checks.append(try past(text, block))
                continue
            }
            guard let text = try block.text("check") else { throw block.error("check", "is missing") }
            guard let port = try block.port("port") ?? (Set(ports).count == 1 ? ports.first : nil) else {
                throw block.error("port", "is missing", hint: "write the port that shows the metrics")
            }
            let path = try block.text("path") ?? "/metrics"
            guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw block.error("path", "is not a path", hint: "begin it with a slash")
            }
            guard let check = BusinessCheck(text: text, source: .page(port: port, path: path)) else {
                throw block.error("check", "is not understood", hint: "write it like 'orders_total rate 5m > 0'")
            }
            checks.append(check)
        }
        return checks
    }

    private static func past(_ text: String, _ block: RuleBlock) throws(HealthRuleError) -> BusinessCheck {
        guard block.members.count == 1 else {
            throw block.error("history", "stands alone", hint: "what Homie has measured has no port and no path")
        }
        guard let check = BusinessCheck(text: text, source: .history) else {
            let hint = "write it like 'container_memory_working_set_bytes max 1h < 500000000'"
            throw block.error("history", "is not understood", hint: hint)
        }
        return check
    }

    /// The longest window: a service's own figures are looked at for a day, the history holds more than a year.
    private static func longest(_ source: Source) -> TimeSpan {
        source == .history ? .seconds(400 * 86_400) : .seconds(86_400)
    }

    /// `metric{label="value"} [function window] comparison number`
    init?(text: String, source: Source) {
        var words = text.split(separator: " ").map(String.init)
        guard words.count == 3 || words.count == 5, let threshold = Double(words.removeLast()), threshold.isFinite,
            let comparison = Comparison(rawValue: words.removeLast())
        else { return nil }
        var measure = Measure.newest
        var window = TimeSpan.seconds(0)
        if words.count == 3 {
            guard let span = RuleText.span(words[2]), span >= .seconds(15), span <= Self.longest(source),
                let function = Self.function(words[1])
            else { return nil }
            (measure, window) = (.over(function), span)
        }
        guard let sample = MetricText.selector(words[0]) else { return nil }
        self.text = text
        metric = sample.name
        labels = sample.labels
        self.measure = measure
        self.window = window
        self.comparison = comparison
        self.threshold = threshold
        self.source = source
    }

    private static func function(_ word: String) -> MeasurementFunction? {
        if word == "increase" { return .sum }
        do throws(MeasurementError) {
            return try MeasurementFunction(parsing: word)
        } catch {
            return nil
        }
    }

    /// The series that a service's own figures are kept as.
    public func series(stack: StackName, service: ServiceName) -> SeriesName {
        let own = [SeriesName.Label("stack", stack.text), .init("service", service.text)]
        let written = labels.filter { $0.key != "stack" && $0.key != "service" }.sorted { $0.key < $1.key }
        return SeriesName(metric, written.map { .init($0.key, $0.value) } + own)
    }

    /// The series as they are written, whoever they are of.
    public var writtenSeries: SeriesName {
        SeriesName(metric, labels.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) })
    }

    /// The figure only rises, as far as one can tell from how it is asked for.
    public var isOfCounter: Bool {
        switch measure {
        case .over(.rate), .over(.sum): true
        case .newest, .over: metric.hasSuffix("_total")
        }
    }

    /// Why it fails at this value, as a clause; nil when it holds.
    public func failure(at value: Double) -> String? {
        guard !comparison.holds(value, threshold) else { return nil }
        return "'\(text)' does not hold: it is \((value * 1000).rounded() / 1000)"
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
