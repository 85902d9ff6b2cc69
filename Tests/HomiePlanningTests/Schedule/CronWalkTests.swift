import HomieModel
import HomiePlanning
import Testing

/// Compares the search with a walk over every single minute.
@Suite struct CronWalkTests {
    @Test(arguments: ZoneFiles.telling)
    func `next and previous find what a walk over every minute finds, changes of the clocks included`(
        name: String
    ) throws {
        let zone = try ZoneFiles.rules(name)
        var random = SeededGenerator(seed: UInt64(name.utf8.reduce(7) { $0 &* 31 &+ Int($1) } & 0xFFFF_FFFF))
        var windows: [Int64] = (0..<3).map { _ in Int64.random(in: 0...3_000_000_000, using: &random) / 60 * 60 }
        windows += changes(of: zone, from: 1_300_000_000, count: 6, &random).map { $0 / 60 * 60 - 86_400 }
        if name == "Pacific/Apia" { windows.append(1_325_239_200 - 86_400) }
        for window in windows {
            let clock = Walk(zone: zone, start: window, days: 3)
            for _ in 0..<12 {
                let sample = CronSample(&random)
                let expression = try CronExpression(parsing: sample.text)
                let expected = clock.runs(of: sample)
                let start = Timestamp(nanoseconds: (clock.counted - 1) * 1_000_000_000)
                let end = Timestamp(nanoseconds: (clock.end - 1) * 1_000_000_000)
                let found = expression.runs(after: start, through: end, in: zone, limit: 10_000)
                #expect(found.map { $0.nanoseconds / 1_000_000_000 } == expected, "\(sample.text) \(name) \(window)")
                var backwards: [Int64] = []
                var current = Timestamp(nanoseconds: clock.end * 1_000_000_000)
                while let run = expression.previous(before: current, in: zone), run > start {
                    backwards.append(run.nanoseconds / 1_000_000_000)
                    current = run
                }
                #expect(backwards.reversed() == expected, "\(sample.text) \(name) \(window) backwards")
            }
        }
    }

    @Test func `a fixed time that the clocks skip runs once, right after; a doubled one runs once`() throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        func runs(_ text: String, _ from: String, _ to: String) throws -> [String] {
            let start = try #require(Timestamp(rfc3339: from))
            let end = try #require(Timestamp(rfc3339: to))
            return try CronExpression(parsing: text).runs(after: start, through: end, in: berlin, limit: 99)
                .map { String($0.rfc3339.prefix(16)) }
        }
        let spring = ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z")
        #expect(try runs("30 2 * * *", spring.0, spring.1) == ["2026-03-29T01:00"])
        #expect(try runs("0,30 2,3 * * *", spring.0, spring.1) == ["2026-03-29T01:00", "2026-03-29T01:30"])
        #expect(
            try runs("30 * * * *", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z")
                == ["2026-03-29T00:30", "2026-03-29T01:30"]
        )
        let autumn = ("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z")
        #expect(try runs("30 2 * * *", autumn.0, autumn.1) == ["2026-10-25T00:30"])
        #expect(
            try runs("*/30 2 * * *", autumn.0, autumn.1)
                == ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"]
        )
    }

    private func changes(
        of zone: TimeZoneRules,
        from start: Int64,
        count: Int,
        _ random: inout SeededGenerator
    ) -> [Int64] {
        var instant = start + Int64.random(in: 0...1_000_000_000, using: &random)
        var found: [Int64] = []
        while found.count < count {
            instant = zone.segment(at: instant).end
            if instant > 5_000_000_000 { break }
            found.append(instant)
        }
        return found
    }
}

/// A seeded cron expression, with the numbers its fields stand for, worked out apart from the parser.
struct CronSample {
    var text: String
    var fields: [Set<Int64>]
    var opens: [Bool]

    init(_ random: inout SeededGenerator) {
        let bounds: [ClosedRange<Int64>] = [0...59, 0...23, 1...31, 1...12, 0...6]
        let openChance = [20, 40, 60, 80, 60]
        var texts: [String] = []
        fields = []
        opens = []
        for (index, bound) in bounds.enumerated() {
            if random.chance(openChance[index]) {
                let step = random.chance(40) ? Int64.random(in: 1...12, using: &random) : 1
                texts.append(step == 1 ? "*" : "*/\(step)")
                fields.append(Set(stride(from: bound.lowerBound, through: bound.upperBound, by: Int(step))))
                opens.append(true)
                continue
            }
            var items: [String] = []
            var set: Set<Int64> = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // The hours of most changes are likely.
                let low =
                    index == 1 && random.chance(60)
                    ? Int64.random(in: 0...4, using: &random) : Int64.random(in: bound, using: &random)
                let high = Int64.random(in: low...bound.upperBound, using: &random)
                let step = Int64.random(in: 1...7, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    items.append("\(low)")
                    set.insert(low)
                case 1:
                    items.append("\(low)-\(high)")
                    set.formUnion(low...high)
                default:
                    items.append("\(low)-\(high)/\(step)")
                    set.formUnion(stride(from: low, through: high, by: Int(step)))
                }
            }
            texts.append(items.joined(separator: ","))
            fields.append(set)
            opens.append(false)
        }
        // A day that some month has.
        if !opens[2] && opens[4] {
            fields[2].insert(1)
            texts[2] += ",1"
        }
        text = texts.joined(separator: " ")
    }

    var isFixed: Bool { !opens[0] && !opens[1] }

    /// Whether a minute of the wall clock, counted from 1970, matches.
    func matches(_ minute: Int64) -> Bool {
        let day = minute.floored(1440)
        let time = minute - day * 1440
        guard fields[0].contains(time % 60), fields[1].contains(time / 60) else { return false }
        let (month, dayOfMonth) = Self.date(day)
        guard fields[3].contains(month) else { return false }
        let byDate = fields[2].contains(dayOfMonth)
        let byWeekday = fields[4].contains((day + 4) - (day + 4).floored(7) * 7)
        return opens[2] || opens[4] ? byDate && byWeekday : byDate || byWeekday
    }

    /// Month and day by counting through the years.
    private static func date(_ day: Int64) -> (Int64, Int64) {
        var rest = day
        var year: Int64 = 1970
        func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        while rest < 0 {
            year -= 1
            rest += isLeap(year) ? 366 : 365
        }
        while rest >= (isLeap(year) ? 366 : 365) {
            rest -= isLeap(year) ? 366 : 365
            year += 1
        }
        for (index, length) in [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
            if rest < Int64(length) { return (Int64(index + 1), rest + 1) }
            rest -= Int64(length)
        }
        return (12, 31)
    }
}

/// A clock on the wall, looked at every minute.
struct Walk {
    /// Instants and what the wall shows then, in minutes.
    private var minutes: [(instant: Int64, wall: Int64)] = []
    /// Runs count from here on; the day before is there for the clock to be known.
    let counted: Int64
    let end: Int64

    init(zone: TimeZoneRules, start: Int64, days: Int64) {
        counted = start
        end = start + days * 86_400
        var instant = start - 86_400
        while instant < end {
            minutes.append((instant, (instant + zone.offset(at: instant)).floored(60)))
            instant += 60
        }
    }

    func runs(of sample: CronSample) -> [Int64] {
        var found: [Int64] = []
        var highest = Int64.min
        var previous: Int64?
        for (instant, wall) in minutes {
            var isRun = sample.matches(wall)
            if sample.isFixed, let previous {
                if wall > previous + 1, wall - previous - 1 < 180 {
                    isRun = isRun || (previous + 1..<wall).contains { sample.matches($0) }
                }
                if wall <= highest, highest - wall < 179 { isRun = false }
                if wall < previous, previous + 1 - wall >= 180 { highest = wall }
            }
            highest = max(highest, wall)
            previous = wall
            if isRun && instant >= counted { found.append(instant) }
        }
        return found
    }
}

extension Int64 {
    func floored(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor != 0 && self < 0 ? quotient - 1 : quotient
    }
}
