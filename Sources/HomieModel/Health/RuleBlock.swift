/// A block of `x-homie` settings, read key by key; keys it does not know are refused.
struct RuleBlock {
    let keys: [String]
    let members: [String: JSONValue]

    /// - Throws: ``HealthRuleError`` when it is no block or has a key that is not `known`.
    init(_ value: JSONValue, at keys: [String], known: Set<String>) throws(HealthRuleError) {
        guard let members = value.objectValue else {
            throw HealthRuleError(keys: keys, problem: "is not a block", hint: "it knows \(Self.list(known))")
        }
        if let stranger = members.keys.filter({ !known.contains($0) }).min() {
            throw HealthRuleError(
                keys: keys + [stranger],
                problem: "is not known here",
                hint: "\(keys.last ?? "it") knows \(Self.list(known))"
            )
        }
        self.keys = keys
        self.members = members
    }

    private static func list(_ known: Set<String>) -> String { known.sorted().joined(separator: ", ") }

    subscript(key: String) -> JSONValue? { members[key] }

    func error(_ key: String, _ problem: String, hint: String? = nil) -> HealthRuleError {
        HealthRuleError(keys: keys + [key], problem: problem, hint: hint)
    }

    func text(_ key: String) throws(HealthRuleError) -> String? {
        guard let value = members[key] else { return nil }
        switch value {
        case .string(let text) where !text.isEmpty && text.utf8.count <= 1024: return text
        case .integer(let number): return String(number)
        default: throw error(key, "is not a text of at most 1024 bytes")
        }
    }

    func flag(_ key: String) throws(HealthRuleError) -> Bool? {
        guard let value = members[key] else { return nil }
        guard let flag = value.boolValue else { throw error(key, "is neither true nor false") }
        return flag
    }

    func integer(_ key: String, in range: ClosedRange<Int64>) throws(HealthRuleError) -> Int? {
        guard let value = members[key] else { return nil }
        let number = value.integerValue ?? value.stringValue.flatMap { Int64($0) }
        guard let number, range.contains(number) else {
            throw error(key, "is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(number)
    }

    func port(_ key: String) throws(HealthRuleError) -> UInt16? {
        try integer(key, in: 1...65_535).map { UInt16($0) }
    }

    func choice(_ key: String, _ words: [String]) throws(HealthRuleError) -> String? {
        guard let value = members[key] else { return nil }
        guard let word = value.stringValue, words.contains(word) else {
            throw error(key, "is not one of \(words.joined(separator: ", "))")
        }
        return word
    }

    /// Seconds, or a number with `ms`, `s`, `m`, `h` or `d` behind it.
    func span(_ key: String, in range: ClosedRange<TimeSpan>) throws(HealthRuleError) -> TimeSpan? {
        guard let value = members[key] else { return nil }
        let span =
            value.integerValue.flatMap { (0..<1 << 30).contains($0) ? TimeSpan.seconds(Double($0)) : nil }
            ?? value.stringValue.flatMap { RuleText.span($0) }
        guard let span, range.contains(span) else {
            throw error(
                key,
                "is not a time from \(RuleText.words(range.lowerBound)) to \(RuleText.words(range.upperBound))",
                hint: "write it like '30s'"
            )
        }
        return span
    }

    /// Bytes, or a number with `k`, `m` or `g` behind it (1024 each).
    func bytes(_ key: String) throws(HealthRuleError) -> ByteCount? {
        guard let value = members[key] else { return nil }
        let units: [Character: Int64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let number: Int64?
        if let text = value.stringValue?.lowercased(), let last = text.last, let unit = units[last] {
            number = Int64(text.dropLast()).flatMap { (0...(1 << 40) / unit).contains($0) ? $0 * unit : nil }
        } else {
            number = value.integerValue ?? value.stringValue.flatMap { Int64($0) }
        }
        guard let number, (1...(1 << 40)).contains(number) else {
            throw error(key, "is not a size", hint: "write it like '512m'")
        }
        return ByteCount(bytes: number)
    }

    /// A positive number of CPUs.
    func number(_ key: String, in range: ClosedRange<Double>) throws(HealthRuleError) -> Double? {
        guard let value = members[key] else { return nil }
        let number: Double? =
            switch value {
            case .integer(let whole): Double(whole)
            case .number(let real): real
            case .string(let text): Double(text)
            default: nil
            }
        guard let number, range.contains(number) else {
            throw error(key, "is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// The short texts of `x-homie` settings.
enum RuleText {
    private static let units: [(String, Int64)] = [
        ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ]

    /// `500ms`, `30s`, `5m`, `2h`, `1d`.
    static func span(_ text: String) -> TimeSpan? {
        guard let (suffix, unit) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Int64(text.dropLast(suffix.count)), number >= 0
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : TimeSpan(nanoseconds: product)
    }

    static func words(_ span: TimeSpan) -> String {
        for (suffix, unit) in units.reversed() where span.nanoseconds >= unit && span.nanoseconds % unit == 0 {
            return "\(span.nanoseconds / unit)\(suffix)"
        }
        return "\(span.nanoseconds / 1_000_000)ms"
    }
}
