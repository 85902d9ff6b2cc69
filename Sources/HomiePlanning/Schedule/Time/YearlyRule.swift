/// How a zone changes its offset every year: a POSIX `TZ` string such as `CET-1CEST,M3.5.0,M10.5.0/3`
/// (POSIX.1-2024, 8.3; hours up to ±167 as RFC 9636 allows).
struct YearlyRule: Sendable, Hashable {
    enum Day: Sendable, Hashable {
        /// `Jn`: 1…365, 29 February is never counted.
        case julian(Int64)
        /// `n`: 0…365, 29 February is counted.
        case ordinal(Int64)
        /// `Mm.w.d`: week 5 is the last one.
        case weekday(month: Int64, week: Int64, day: Int64)
    }

    struct Change: Sendable, Hashable {
        var day: Day
        /// Seconds after midnight, local time before the change.
        var time: Int64
    }

    var standard: Int64
    var daylight: Int64
    /// Nil when the offset never changes.
    var begin: Change?
    var end: Change?

    var changes: Bool { begin != nil && end != nil && standard != daylight }

    func transitions(in year: Int64) -> [TimeZoneRules.Transition] {
        guard let begin, let end else { return [] }
        return [
            TimeZoneRules.Transition(at: Self.local(begin, year) - standard, offset: daylight),
            TimeZoneRules.Transition(at: Self.local(end, year) - daylight, offset: standard),
        ]
    }

    private static func local(_ change: Change, _ year: Int64) -> Int64 {
        let first = Civil.day(year, 1, 1)
        let day: Int64
        switch change.day {
        case .julian(let number): day = first + number - 1 + (number >= 60 && Civil.isLeap(year) ? 1 : 0)
        case .ordinal(let number): day = first + number
        case .weekday(let month, let week, let weekday):
            let monthStart = Civil.day(year, month, 1)
            let next = month == 12 ? Civil.day(year + 1, 1, 1) : Civil.day(year, month + 1, 1)
            var found = monthStart + floorRemainder(weekday - Civil.weekday(monthStart), 7) + (week - 1) * 7
            while found >= next { found -= 7 }
            day = found
        }
        return day * 86_400 + change.time
    }
}

extension YearlyRule {
    /// Nil when the text is not such a string.
    init?(parsing text: some StringProtocol) {
        var reader = Reader(bytes: Array(text.utf8))
        guard reader.name(), let west = reader.time(limit: 24) else { return nil }
        standard = -west
        daylight = standard
        if reader.isAtEnd { return }
        guard reader.name() else { return nil }
        if reader.peek == 0x2C {
            daylight = standard + 3600
        } else {
            guard let summer = reader.time(limit: 24) else { return nil }
            daylight = -summer
        }
        guard let from = reader.change(), let to = reader.change(), reader.isAtEnd else { return nil }
        begin = from
        end = to
    }

    private struct Reader {
        var bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { index == bytes.count }
        var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func take(_ byte: UInt8) -> Bool {
            guard peek == byte else { return false }
            index += 1
            return true
        }

        /// `CET` or `<+03>`.
        mutating func name() -> Bool {
            let start = index
            if take(0x3C) {
                while let byte = peek, byte != 0x3E, byte >= 0x20 { index += 1 }
                return take(0x3E)
            }
            while let byte = peek, (0x41...0x5A).contains(byte & 0xDF) { index += 1 }
            return index - start >= 3
        }

        mutating func number(_ digits: Int = 3) -> Int64? {
            let start = index
            var value: Int64 = 0
            while let byte = peek, (0x30...0x39).contains(byte), index - start < digits {
                value = value * 10 + Int64(byte - 0x30)
                index += 1
            }
            return index > start ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time(limit: Int64) -> Int64? {
            let isNegative = take(0x2D)
            if !isNegative { _ = take(0x2B) }
            guard let hours = number(), hours <= limit else { return nil }
            var seconds = hours * 3600
            for unit: Int64 in [60, 1] where take(0x3A) {
                guard let part = number(2), part < 60 else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        /// `,date[/time]`.
        mutating func change() -> Change? {
            guard take(0x2C), let day = day() else { return nil }
            guard take(0x2F) else { return Change(day: day, time: 7200) }
            return time(limit: 167).map { Change(day: day, time: $0) }
        }

        private mutating func day() -> Day? {
            if take(0x4A) {
                guard let day = number(), (1...365).contains(day) else { return nil }
                return .julian(day)
            }
            guard take(0x4D) else {
                guard let day = number(), day <= 365 else { return nil }
                return .ordinal(day)
            }
            guard let month = number(2), (1...12).contains(month), take(0x2E), let week = number(1),
                (1...5).contains(week), take(0x2E), let day = number(1), day <= 6
            else { return nil }
            return .weekday(month: month, week: week, day: day)
        }
    }
}
