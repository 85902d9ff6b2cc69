import HomieModel

/// The shapes of values in a block.
extension ScheduleBlock {
    func error(_ key: String, _ problem: String, hint: String? = nil) -> ScheduleError {
        reader.error("\(place).\(key)", problem, hint: hint)
    }

    func refuseUnknown(_ members: [String: JSONValue], _ known: Set<String>, at place: String) throws(ScheduleError) {
        guard let stranger = members.keys.filter({ !known.contains($0) }).min() else { return }
        throw reader.error(
            place,
            "has no key '\(stranger)'",
            hint: "it knows \(known.sorted().joined(separator: ", "))"
        )
    }

    /// One value or a list of them; empty when the key is absent.
    func list(_ key: String) -> [JSONValue] {
        guard let value = members[key] else { return [] }
        return value.arrayValue ?? [value]
    }

    func texts(_ key: String) throws(ScheduleError) -> [String] {
        let values = list(key)
        guard values.count <= 32 else { throw error(key, "has more than 32 entries") }
        return try values.map { value throws(ScheduleError) in
            guard let text = value.stringValue, !text.isEmpty else {
                throw error(key, "is neither a text nor a list of texts")
            }
            return text
        }
    }

    func flag(_ key: String) throws(ScheduleError) -> Bool? {
        guard let value = members[key] else { return nil }
        guard let flag = value.boolValue else { throw error(key, "is neither true nor false") }
        return flag
    }

    func choice<Choice: RawRepresentable>(_ key: String, _ choices: [Choice]) throws(ScheduleError) -> Choice?
    where Choice.RawValue == String {
        guard let value = members[key] else { return nil }
        guard let choice = choices.first(where: { $0.rawValue == value.stringValue }) else {
            throw error(key, "is not one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func service(_ text: String, _ key: String) throws(ScheduleError) -> ServiceName {
        guard let name = try? ServiceName(parsing: text) else {
            throw error(key, "'\(text.prefix(40))' is not a name")
        }
        return name
    }

    func number(_ value: JSONValue, _ key: String, within range: ClosedRange<Double>) throws(ScheduleError) -> Double {
        let number: Double? =
            switch value {
            case .integer(let whole): Double(whole)
            case .number(let real): real
            case .string(let text): Double(text)
            case .null, .bool, .array, .object: nil
            }
        guard let number, range.contains(number) else {
            throw error(key, "is not a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        return number
    }

    /// Bytes, or a number with `k`, `m` or `g` behind it (1024 each).
    func bytes(_ value: JSONValue, _ key: String) throws(ScheduleError) -> ByteCount {
        let units: [Character: Int64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        var number = value.integerValue ?? value.stringValue.flatMap { Int64($0) }
        if let text = value.stringValue?.lowercased() {
            let plain = text.hasSuffix("b") ? text.dropLast() : text[...]
            if let last = plain.last, let unit = units[last] {
                number = Int64(plain.dropLast()).flatMap { (0...(1 << 44) / unit).contains($0) ? $0 * unit : nil }
            }
        }
        guard let number, (0...(1 << 44)).contains(number) else {
            throw error(key, "is not a size", hint: "write it like '512m'")
        }
        return ByteCount(bytes: number)
    }

    /// Seconds, or parts such as `1h30m`, with `s`, `m`, `h` and `d`.
    func span(_ key: String, within range: ClosedRange<TimeSpan>) throws(ScheduleError) -> TimeSpan? {
        guard let value = members[key] else { return nil }
        let seconds = value.integerValue ?? value.stringValue.flatMap(Self.seconds)
        guard let seconds, (0...(1 << 32)).contains(seconds), range.contains(.seconds(Double(seconds))) else {
            throw error(key, "is not a time it can be", hint: "write it like '90s' or '1h30m'")
        }
        return .seconds(Double(seconds))
    }

    private static func seconds(_ text: String) -> Int64? {
        if let whole = Int64(text) { return whole }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        var total: Int64 = 0
        var rest = text[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let number = Int64(digits), number < 1 << 32, let unit = rest.popFirst().flatMap({ units[$0] }) else {
                return nil
            }
            total += number * unit
            // As many parts as one likes must not add up to more than a number holds.
            guard total <= 1 << 32 else { return nil }
        }
        return total
    }
}
