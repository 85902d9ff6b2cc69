/// When automatic installs may begin: on some days of the week, between two times of the day, in local time.
///
/// Written `mon,wed,fri 02:00-05:00`, `sat-sun 23:30-04:00` (past midnight; the day is the one it begins on),
/// `03:00-04:00`.
public struct MaintenanceWindow: Sendable, Hashable, Codable, CustomStringConvertible {
    private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    private static let day = 86_400

    /// 0 is Monday.
    public let days: Set<Int>
    /// Minutes after midnight.
    public let start: Int
    /// Minutes after midnight; before ``start`` means on the day after.
    public let end: Int

    /// - Throws: ``UpdateModelError/window(_:)``.
    public init(parsing text: String) throws(UpdateModelError) {
        let words = text.lowercased().split(separator: " ")
        guard let last = words.last, words.count <= 2 else { throw .window(text) }
        let times = last.split(separator: "-", omittingEmptySubsequences: false).map { Self.minutes($0) }
        guard times.count == 2, let start = times[0], let end = times[1], start != end, start < 1440 else {
            throw .window(text)
        }
        guard let days = words.count == 2 ? Self.days(words[0]) : Set(0..<7) else { throw .window(text) }
        self.days = days
        self.start = start
        self.end = end
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), minutes < 60, hours * 60 + minutes <= 1440
        else { return nil }
        return hours * 60 + minutes
    }

    private static func days(_ text: Substring) -> Set<Int>? {
        var days: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                names.firstIndex(of: String($0))
            }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else { return nil }
            var day = first
            days.insert(day)
            while day != last {
                day = (day + 1) % 7
                days.insert(day)
            }
        }
        return days
    }

    private var length: Int { (end > start ? end - start : end + 1440 - start) * 60 }

    /// Whether `now` is inside.
    ///
    /// - Parameter offset: what local time is ahead of UTC at `now`.
    public func contains(_ now: Timestamp, offset: TimeSpan) -> Bool { openedBefore(Self.seconds(now, offset)) }

    /// The first time at or after `now` that is inside, as long as `offset` stays what it is.
    public func next(at now: Timestamp, offset: TimeSpan) -> Timestamp {
        let seconds = Self.seconds(now, offset)
        if openedBefore(seconds) { return now }
        let midnight = Self.floor(seconds, Self.day)
        for ahead in 0...7 {
            let opening = midnight + ahead * Self.day + start * 60
            if opening > seconds, days.contains(Self.weekday(opening)) {
                return Timestamp(nanoseconds: Int64(opening) * 1_000_000_000 - offset.nanoseconds)
            }
        }
        return now
    }

    private func openedBefore(_ seconds: Int) -> Bool {
        let midnight = Self.floor(seconds, Self.day)
        return [midnight, midnight - Self.day].contains { day in
            let opening = day + start * 60
            return days.contains(Self.weekday(day)) && opening <= seconds && seconds < opening + length
        }
    }

    private static func seconds(_ now: Timestamp, _ offset: TimeSpan) -> Int {
        Int((now.nanoseconds + offset.nanoseconds) / 1_000_000_000)
    }

    private static func floor(_ seconds: Int, _ unit: Int) -> Int { seconds - ((seconds % unit) + unit) % unit }

    /// 1970-01-01 was a Thursday.
    private static func weekday(_ seconds: Int) -> Int { ((seconds / day + 3) % 7 + 7) % 7 }

    public var description: String {
        func clock(_ minutes: Int) -> String {
            func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
            return "\(pad(minutes / 60)):\(pad(minutes % 60))"
        }
        let times = "\(clock(start))-\(clock(end))"
        return days.count == 7 ? times : days.sorted().map { Self.names[$0] }.joined(separator: ",") + " " + times
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
