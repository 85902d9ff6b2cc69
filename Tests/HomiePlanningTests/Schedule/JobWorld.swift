import HomieModel
import HomiePlanning

/// Runs jobs without time of its own, and writes down what happened.
struct JobWorld {
    var board = JobBoard()
    var definitions: [JobDefinition]
    var zones = TimeZoneTable()
    var facts = JobFacts()
    var now: JobMoment
    /// How long an attempt takes and what it exits with, by run and attempt.
    var behaviour: @Sendable (Int64, Int) -> (seconds: Int64, exitCode: Int) = { _, _ in (10, 0) }
    /// Seconds from a stop to the end.
    var stopTakes: Int64 = 2
    private var ends: [Int64: (at: Int64, attempt: Int, exitCode: Int)] = [:]
    private(set) var outcomes: [JobOutcome] = []
    private(set) var starts: [(run: Int64, job: JobName, attempt: Int, at: Timestamp)] = []
    private(set) var violations: [String] = []
    private(set) var plan: JobPlan?

    init(_ definitions: [JobDefinition], at wall: String) {
        self.definitions = definitions
        now = JobMoment(wall: Timestamp(rfc3339: wall) ?? Timestamp(nanoseconds: 0), uptime: .seconds(100))
    }

    mutating func advance(seconds: Int64) {
        now.wall = now.wall + TimeSpan(nanoseconds: seconds * 1_000_000_000)
        now.uptime = TimeSpan(nanoseconds: now.uptime.nanoseconds + seconds * 1_000_000_000)
    }

    /// Only the wall clock moves: the device slept, or its clock was set.
    mutating func jump(seconds: Int64) { now.wall = now.wall + TimeSpan(nanoseconds: seconds * 1_000_000_000) }

    private var second: Int64 { now.uptime.nanoseconds / 1_000_000_000 }

    mutating func look() {
        for (run, end) in ends.sorted(by: { $0.key < $1.key }) where end.at <= second {
            board.note(.ended(run: run, attempt: end.attempt, exitCode: end.exitCode), now: now)
            ends[run] = nil
        }
        let plan = JobPlanner.plan(definitions, board: board, facts: facts, zones: zones, seed: 1, now: now)
        board = plan.board
        self.plan = plan
        for step in plan.steps {
            switch step {
            case .start(let run, let job, let attempt):
                starts.append((run, job, attempt, now.wall))
                let (seconds, exitCode) = behaviour(run, attempt)
                ends[run] = (second + seconds, attempt, exitCode)
            case .stop(let run, _, let attempt, _):
                if let end = ends[run], end.attempt == attempt, end.exitCode != 137 {
                    ends[run] = (min(end.at, second + stopTakes), attempt, 137)
                }
            case .finish(let outcome):
                outcomes.append(outcome)
                if let run = outcome.run, ends[run] != nil { violations.append("run \(run) finished while it ran") }
            }
        }
        check()
    }

    private func groups(of job: JobName) -> Set<String> { definitions.first { $0.name == job }?.groups ?? [] }

    private mutating func check() {
        let open = board.runs.filter { if case .running = $0.state { true } else { false } }
        for (index, left) in open.enumerated() {
            for right in open[(index + 1)...] {
                if left.job == right.job { violations.append("\(left.job) runs twice at \(second)") }
                if !groups(of: left.job).isDisjoint(with: groups(of: right.job)) {
                    violations.append("\(left.job) and \(right.job) run together at \(second)")
                }
            }
        }
        if Set(open.map(\.id)) != Set(ends.keys) { violations.append("open runs and running ones differ at \(second)") }
    }

    /// Looks when the plan says, or when something ends, until so many seconds have gone by.
    mutating func run(seconds: Int64) {
        let end = second + seconds
        look()
        var looks = 0
        while second < end {
            var next = end
            if let wall = plan?.nextWall {
                next = min(next, second + ((wall - now.wall).nanoseconds + 999_999_999) / 1_000_000_000)
            }
            if let uptime = plan?.nextUptime { next = min(next, (uptime.nanoseconds + 999_999_999) / 1_000_000_000) }
            if let ending = ends.values.map(\.at).min() { next = min(next, ending) }
            looks += 1
            if looks > 200_000 {
                violations.append("it never rests")
                return
            }
            advance(seconds: max(next - second, 0))
            look()
        }
    }
}

extension JobDefinition {
    init(_ text: String, cron: String?, zone: String = "UTC") throws {
        self.init(
            name: try JobName(parsing: text),
            triggers: try cron.map { [.cron(try CronExpression(parsing: $0), zone: zone)] } ?? [],
            action: .run(try ServiceName(parsing: "web"), command: nil)
        )
    }
}
