/// One field of a cron expression: a set of numbers below 64.
struct CronField: Sendable, Hashable {
    var bits: UInt64
    /// It began with `*` or `?`, with or without a step; crontab(5) gives that a meaning.
    var isOpen: Bool

    func contains(_ value: Int64) -> Bool { bits >> UInt64(value) & 1 == 1 }

    /// The smallest number in the set that is at least `value`.
    func first(from value: Int64) -> Int64? {
        guard value < 64 else { return nil }
        let rest = bits >> UInt64(max(0, value))
        return rest == 0 ? nil : max(0, value) + Int64(rest.trailingZeroBitCount)
    }

    /// The largest number in the set that is at most `value`.
    func last(through value: Int64) -> Int64? {
        guard value >= 0 else { return nil }
        let kept = value >= 63 ? bits : bits & ((1 << UInt64(value + 1)) - 1)
        return kept == 0 ? nil : 63 - Int64(kept.leadingZeroBitCount)
    }
}

extension CronField {
    enum Kind: Int, CaseIterable {
        case minute, hour, dayOfMonth, month, dayOfWeek

        var name: String {
            ["minute", "hour", "day of month", "month", "day of week"][rawValue]
        }

        /// What may be written; 7 is Sunday as well.
        var bounds: ClosedRange<Int64> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .dayOfMonth: 1...31
            case .month: 1...12
            case .dayOfWeek: 0...7
            }
        }

        var names: [String] {
            switch self {
            case .minute, .hour, .dayOfMonth: []
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            }
        }
    }

    init(parsing text: Substring, _ kind: Kind) throws(CronError) {
        bits = 0
        isOpen = text.hasPrefix("*") || text.hasPrefix("?")
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            bits |= try Self.set(of: item, kind)
        }
    }

    private static func set(of item: Substring, _ kind: Kind) throws(CronError) -> UInt64 {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var step: Int64 = 1
        if parts.count == 2 {
            guard let given = number(parts[1]), given > 0 else {
                throw CronError.step(String(parts[1]), field: kind.name)
            }
            step = given
        }
        // In the day of week the round ends with Saturday; 7 is another word for 0.
        let highest: Int64 = kind == .dayOfWeek ? 6 : kind.bounds.upperBound
        let lowest = kind.bounds.lowerBound
        let low: Int64
        let high: Int64
        if parts[0] == "*" || (parts[0] == "?" && (kind == .dayOfMonth || kind == .dayOfWeek)) {
            (low, high) = (lowest, highest)
        } else {
            let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            low = try value(ends[0], kind, item)
            if ends.count == 2 {
                high = try value(ends[1], kind, item)
            } else {
                high = parts.count == 2 ? max(low, highest) : low
            }
        }
        // A range may run over the end: 22-2 hours, fri-mon.
        let round = highest - lowest + 1
        let last = high >= low ? high : high + round
        var bits: UInt64 = 0
        var current = low
        while current <= last {
            bits |= 1 << UInt64(lowest + (current - lowest) % round)
            let (next, overflow) = current.addingReportingOverflow(step)
            if overflow { break }
            current = next
        }
        return bits
    }

    private static func value(_ text: Substring, _ kind: Kind, _ item: Substring) throws(CronError) -> Int64 {
        if let index = kind.names.firstIndex(of: text.lowercased()) { return Int64(index) + kind.bounds.lowerBound }
        guard let value = number(text) else { throw CronError.item(String(item), field: kind.name) }
        guard kind.bounds.contains(value) else {
            throw CronError.outside(value, field: kind.name, bounds: kind.bounds)
        }
        return value
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
