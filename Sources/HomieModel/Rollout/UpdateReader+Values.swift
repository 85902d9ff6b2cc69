/// Reading single values.
extension UpdateReader {
    func error(_ place: String, _ problem: String, hint: String? = nil) -> UpdateSettingsError {
        UpdateSettingsError(service: service, place: place, problem: problem, hint: hint)
    }

    func refuseUnknown(
        _ members: [String: JSONValue],
        _ known: Set<String>,
        at place: String
    ) throws(UpdateSettingsError) {
        guard let stranger = members.keys.filter({ !known.contains($0) }).min() else { return }
        throw error(place, "has no key '\(stranger)'", hint: "it knows \(known.sorted().joined(separator: ", "))")
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: JSONValue?,
        _ place: String
    ) throws(UpdateSettingsError) -> Choice where Choice.RawValue == String {
        guard let choice = value?.stringValue.flatMap({ Choice(rawValue: $0) }) else {
            let words = Choice.allCases.map { $0.rawValue }.joined(separator: ", ")
            throw error(place, "is not one of \(words)")
        }
        return choice
    }

    func number(_ value: JSONValue, _ place: String, _ range: ClosedRange<Int>) throws(UpdateSettingsError) -> Int {
        let number = value.integerValue ?? value.stringValue.flatMap { Int64($0) }
        guard let number, let exact = Int(exactly: number), range.contains(exact) else {
            throw error(place, "is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return exact
    }

    func share(_ value: JSONValue, _ place: String, upTo limit: Double) throws(UpdateSettingsError) -> Double {
        let number: Double? =
            switch value {
            case .integer(let whole): Double(whole)
            case .number(let number): number
            default: value.stringValue.flatMap { Double($0) }
            }
        guard let number, number >= 0, number <= limit else {
            throw error(place, "is not a share from 0 to \(Int(limit))", hint: "0.01 is one percent")
        }
        return number
    }

    /// Seconds as a number, or Compose's form: `1m30s`, `500ms`; days as `1d`.
    func span(_ value: JSONValue, _ place: String) throws(UpdateSettingsError) -> TimeSpan {
        let span =
            value.integerValue.flatMap { (0...31_536_000).contains($0) ? TimeSpan.seconds(Double($0)) : nil }
            ?? value.stringValue.flatMap { DurationWords.read($0) }
        guard let span else { throw error(place, "is not a time it can be", hint: "write it like '1m30s'") }
        return span
    }
}

/// `1h30m`, `500ms`, `2d`: numbers with their units, one after another.
enum DurationWords {
    static func read(_ text: String) -> TimeSpan? {
        let units: [String: Double] = ["us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86_400e9]
        var rest = text[...]
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        if text == "0" { return TimeSpan(nanoseconds: 0) }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let number = Double(digits), let unit = units[String(letters)] else { return nil }
            total += number * unit
        }
        guard total <= 31_536_000e9 else { return nil }
        return TimeSpan(nanoseconds: Int64(total))
    }
}
