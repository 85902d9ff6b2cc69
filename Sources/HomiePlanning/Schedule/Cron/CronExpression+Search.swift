public import HomieModel

extension CronExpression {
    /// How far a search goes: the rarest day, a 29 February on a given weekday, comes back within 40 years.
    private static let horizon: Int64 = 50 * 366 * 86_400
    /// Larger changes are corrections of the clock, not daylight saving (crontab(5)).
    private static let largestShift: Int64 = 3 * 3600

    /// The first run strictly after `time`; nil when there is none within 50 years.
    public func next(after time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        var instant = floorQuotient(time.nanoseconds, 1_000_000_000) + 1
        let limit = instant + Self.horizon
        while instant < limit {
            let segment = zone.segment(at: instant)
            if instant == segment.start, let lost = skipped(before: segment), lost { return Self.stamp(instant) }
            let from = max(instant + segment.offset, firstLocal(of: segment))
            let end = min(segment.end, limit) + segment.offset
            if let minute = firstMinute(from: ceilingQuotient(from, 60), before: ceilingQuotient(end, 60)) {
                return Self.stamp(minute * 60 - segment.offset)
            }
            if segment.end == .max { return nil }
            instant = segment.end
        }
        return nil
    }

    /// The last run strictly before `time`; nil when there was none within 50 years.
    public func previous(before time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        var instant = ceilingQuotient(time.nanoseconds, 1_000_000_000) - 1
        let limit = instant - Self.horizon
        while instant > limit {
            let segment = zone.segment(at: instant)
            let start = max(segment.start, limit)
            let from = max(start + segment.offset, start == segment.start ? firstLocal(of: segment) : .min)
            if let minute = lastMinute(
                through: floorQuotient(instant + segment.offset, 60),
                from: ceilingQuotient(from, 60)
            ) {
                return Self.stamp(minute * 60 - segment.offset)
            }
            if segment.start <= limit { return nil }
            if let lost = skipped(before: segment), lost { return Self.stamp(segment.start) }
            instant = segment.start - 1
        }
        return nil
    }

    /// The runs after `start` up to and including `end`, oldest first, at most `limit` of them.
    public func runs(after start: Timestamp, through end: Timestamp, in zone: TimeZoneRules, limit: Int) -> [Timestamp]
    {
        var found: [Timestamp] = []
        var current = start
        while found.count < limit, let run = next(after: current, in: zone), run <= end {
            found.append(run)
            current = run
        }
        return found
    }

    private static func stamp(_ seconds: Int64) -> Timestamp {
        let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanoseconds: overflow ? (seconds < 0 ? .min : .max) : value)
    }

    /// Whether a run of a fixed expression falls into the time that the clocks skip where `segment` begins; nil when they
    /// skip none.
    private func skipped(before segment: TimeZoneRules.Segment) -> Bool? {
        let shift = segment.offset - segment.previousOffset
        guard isFixed, segment.start != .min, shift > 0, shift < Self.largestShift else { return nil }
        let from = ceilingQuotient(segment.start + segment.previousOffset, 60)
        return firstMinute(from: from, before: ceilingQuotient(segment.start + segment.offset, 60)) != nil
    }

    /// The first local second of a segment that counts: for a fixed expression, after the doubled time.
    private func firstLocal(of segment: TimeZoneRules.Segment) -> Int64 {
        guard segment.start != .min else { return .min }
        let shift = segment.previousOffset - segment.offset
        let isDoubled = isFixed && shift > 0 && shift < Self.largestShift
        return segment.start + (isDoubled ? segment.previousOffset : segment.offset)
    }

    /// The first local minute (since 1970) that matches, in `from ..< end`.
    private func firstMinute(from: Int64, before end: Int64) -> Int64? {
        var day = floorQuotient(from, 1440)
        var time = from - day * 1440
        while day * 1440 < end {
            let date = Civil.date(day)
            guard months.contains(date.month) else {
                let next = months.first(from: date.month + 1)
                day = next.map { Civil.day(date.year, $0, 1) } ?? Civil.day(date.year + 1, 1, 1)
                time = 0
                continue
            }
            if matches(day: day, date: date), let found = firstTime(from: time) {
                return day * 1440 + found < end ? day * 1440 + found : nil
            }
            day += 1
            time = 0
        }
        return nil
    }

    private func lastMinute(through last: Int64, from: Int64) -> Int64? {
        var day = floorQuotient(last, 1440)
        var time = last - day * 1440
        while day * 1440 + 1439 >= from {
            let date = Civil.date(day)
            guard months.contains(date.month) else {
                day = Civil.day(date.year, date.month, 1) - 1
                time = 1439
                continue
            }
            if matches(day: day, date: date), let found = lastTime(through: time) {
                return day * 1440 + found >= from ? day * 1440 + found : nil
            }
            day -= 1
            time = 1439
        }
        return nil
    }

    private func firstTime(from time: Int64) -> Int64? {
        guard let hour = hours.first(from: time / 60) else { return nil }
        if hour == time / 60 {
            if let minute = minutes.first(from: time % 60) { return hour * 60 + minute }
            guard let later = hours.first(from: hour + 1) else { return nil }
            return minutes.first(from: 0).map { later * 60 + $0 }
        }
        return minutes.first(from: 0).map { hour * 60 + $0 }
    }

    private func lastTime(through time: Int64) -> Int64? {
        guard let hour = hours.last(through: time / 60) else { return nil }
        if hour == time / 60 {
            if let minute = minutes.last(through: time % 60) { return hour * 60 + minute }
            guard let earlier = hours.last(through: hour - 1) else { return nil }
            return minutes.last(through: 59).map { earlier * 60 + $0 }
        }
        return minutes.last(through: 59).map { hour * 60 + $0 }
    }
}
