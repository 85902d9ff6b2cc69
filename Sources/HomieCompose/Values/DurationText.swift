import HomieModel

/// Lengths of time such as `1m30s`, as Go writes and reads them.
enum DurationText {
    /// Nil when `text` is not a duration: numbers, each with one of `ns us µs ms s m h`; a bare `0` is one too.
    static func parse(_ text: String) -> TimeSpan? {
        var rest = text.unicodeScalars[...]
        var isNegative = false
        if let sign = rest.first, sign == "-" || sign == "+" {
            isNegative = sign == "-"
            rest.removeFirst()
        }
        if String(rest) == "0" { return TimeSpan(nanoseconds: 0) }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let scale = scale(of: String(unit)), let part = nanoseconds(String(number), scale) else {
                return nil
            }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        return TimeSpan(nanoseconds: isNegative ? -total : total)
    }

    private static func scale(of unit: String) -> Int64? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }

    private static func nanoseconds(_ number: String, _ scale: Int64) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }) else { return nil }
        guard let whole = parts[0].isEmpty ? 0 : Int64(parts[0]) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else { return product }
        let digits = parts[1].prefix(18)
        guard let fraction = Int64(digits) else { return nil }
        var divisor = 1.0
        for _ in digits { divisor *= 10 }
        let part = Int64(Double(fraction) * (Double(scale) / divisor))
        let (sum, isOver) = product.addingReportingOverflow(part)
        return isOver ? nil : sum
    }

    /// `1m30s`, `1.5s`, `100ms`, `0s`.
    static func text(_ span: TimeSpan) -> String {
        let total = span.nanoseconds.magnitude
        let sign = span.nanoseconds < 0 ? "-" : ""
        if total == 0 { return "0s" }
        if total < 1_000 { return "\(sign)\(total)ns" }
        if total < 1_000_000 { return sign + decimal(total, digits: 3) + "µs" }
        if total < 1_000_000_000 { return sign + decimal(total, digits: 6) + "ms" }
        let minutes = total / 60_000_000_000
        let seconds = decimal(total % 60_000_000_000, digits: 9) + "s"
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ value: UInt64, digits: Int) -> String {
        var power: UInt64 = 1
        for _ in 0..<digits { power *= 10 }
        var fraction = String(value % power)
        fraction = String(repeating: "0", count: digits - fraction.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return String(value / power) + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}
