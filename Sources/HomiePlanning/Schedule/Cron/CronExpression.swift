/// A cron expression: minute, hour, day of month, month, day of week, or a shortcut such as `@daily` (crontab(5)).
///
/// - Ranges may run over the end (`22-2`, `fri-mon`); `n/s` is `n` to the end in steps of `s`; 7 is Sunday.
/// - Where neither day field begins with `*`, a day counts when either matches; otherwise both must.
/// - When clocks change by less than three hours, an expression with fixed hours and minutes (neither field begins with
///   `*`) keeps its runs: what falls into the skipped time runs once, right after it; what falls into the doubled time
///   runs the first time only. Any other expression follows the clock on the wall, twice where that shows a time twice.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// As it was written, with single spaces.
    public let description: String
    let minutes: CronField
    let hours: CronField
    let days: CronField
    let months: CronField
    let weekdays: CronField

    /// - Throws: ``CronError``
    public init(parsing text: String) throws(CronError) {
        let written = text.split { $0 == " " || $0 == "\t" }
        var fields = written
        if let first = written.first, first.hasPrefix("@") {
            guard written.count == 1, let meaning = Self.shortcuts[first.lowercased()] else {
                throw CronError.shortcut(text)
            }
            fields = meaning.split(separator: " ")
        }
        guard fields.count == 5 else { throw CronError.fieldCount(fields.count) }
        description = written.joined(separator: " ")
        minutes = try CronField(parsing: fields[0], .minute)
        hours = try CronField(parsing: fields[1], .hour)
        days = try CronField(parsing: fields[2], .dayOfMonth)
        months = try CronField(parsing: fields[3], .month)
        weekdays = try CronField(parsing: fields[4], .dayOfWeek)
        guard canHappen else { throw CronError.never(description) }
    }

    private static let shortcuts = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    private var canHappen: Bool {
        if !days.isOpen && !weekdays.isOpen { return true }
        let lengths: [Int64] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return lengths.enumerated().contains { index, length in
            months.contains(Int64(index + 1)) && (days.first(from: 1) ?? 99) <= length
        }
    }

    /// Runs at fixed times of day, so that a change of the clocks neither loses nor doubles a run.
    var isFixed: Bool { !minutes.isOpen && !hours.isOpen }

    func matches(day: Int64, date: (year: Int64, month: Int64, day: Int64)) -> Bool {
        guard months.contains(date.month) else { return false }
        let byDate = days.contains(date.day)
        let byWeekday = weekdays.contains(Civil.weekday(day))
        return days.isOpen || weekdays.isOpen ? byDate && byWeekday : byDate || byWeekday
    }
}

extension CronExpression: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
