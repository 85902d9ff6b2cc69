public import HomieModel

extension JobPlanner {
    /// Turns what the clock asked for since the last look into runs.
    mutating func readClock() {
        for definition in definitions.values.sorted(by: { $0.name < $1.name }) {
            var settled = plan.board.settled[definition.name] ?? now.wall
            if (settled - now.wall) > Self.largestStepBack { settled = now.wall }
            plan.board.settled[definition.name] = max(settled, now.wall)
            guard !definition.isSuspended else { continue }
            let clocks = JobClocks(of: definition, zones: zones, seed: seed)
            if settled < now.wall { take(clocks.due(after: settled, through: now.wall), definition) }
            if let next = clocks.next(after: max(settled, now.wall)) {
                plan.nextRuns[definition.name] = next
                plan.wake(wall: next)
            }
        }
    }

    private mutating func take(_ due: JobClocks.Due, _ definition: JobDefinition) {
        let onTime = due.newest.filter { (now.wall - $0) <= Self.punctual }
        let late = due.newest.filter { (now.wall - $0) > Self.punctual }
        if let last = late.last {
            switch definition.missedRuns {
            case .skip:
                skip(definition.name, due: last, cause: .missed, "was due while nothing could start it", late.count)
            case .once:
                // What is due right now makes up for what was missed.
                if onTime.isEmpty { plan.board.add(definition.name, due: last, cause: .missed, now: now) }
            case .all: for time in late { plan.board.add(definition.name, due: time, cause: .missed, now: now) }
            }
        }
        for time in onTime { plan.board.add(definition.name, due: time, cause: .clock, now: now) }
    }

    mutating func skip(_ job: JobName, due: Timestamp, cause: JobRun.Cause, _ why: String, _ count: Int) {
        let outcome = JobOutcome(
            run: nil,
            job: job,
            due: due,
            cause: cause,
            attempts: 0,
            result: .skipped(why),
            count: count
        )
        plan.steps.append(.finish(outcome))
    }
}

extension JobPlanner {
    /// The next runs of a job by the clock, at most this many.
    public static func nextRuns(
        of definition: JobDefinition,
        after time: Timestamp,
        count: Int,
        zones: TimeZoneTable,
        seed: UInt64
    ) -> [Timestamp] {
        guard !definition.isSuspended else { return [] }
        let clocks = JobClocks(of: definition, zones: zones, seed: seed)
        var found: [Timestamp] = []
        while found.count < count, let next = clocks.next(after: found.last ?? time) { found.append(next) }
        return found
    }
}

/// All the cron expressions of one job, put off by its delay.
struct JobClocks {
    var expressions: [(CronExpression, TimeZoneRules)]
    var delay: TimeSpan

    init(of definition: JobDefinition, zones: TimeZoneTable, seed: UInt64) {
        expressions = definition.triggers.compactMap { trigger in
            guard case .cron(let expression, let zone) = trigger, let rules = zones[zone] else { return nil }
            return (expression, rules)
        }
        delay = definition.delay(seed: seed)
    }

    struct Due {
        /// Oldest first; the newest ``JobPlanner/mostCaughtUp``.
        var newest: [Timestamp]
    }

    func next(after time: Timestamp) -> Timestamp? {
        expressions.compactMap { $0.next(after: undelayed(time), in: $1) }.min().map { $0 + delay }
    }

    /// Read backwards, so that years of absence cost no more than an hour's.
    func due(after start: Timestamp, through end: Timestamp) -> Due {
        var found: [Timestamp] = []
        var current = Timestamp(nanoseconds: undelayed(end).nanoseconds + 1)
        while found.count < JobPlanner.mostCaughtUp,
            let run = expressions.compactMap({ $0.previous(before: current, in: $1) }).max(), run > undelayed(start)
        {
            found.append(run)
            current = run
        }
        return Due(newest: found.reversed().map { $0 + delay })
    }

    private func undelayed(_ time: Timestamp) -> Timestamp {
        Timestamp(nanoseconds: time.nanoseconds - delay.nanoseconds)
    }
}
