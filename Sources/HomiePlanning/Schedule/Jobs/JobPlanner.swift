import HomieModel

/// Decides what becomes of every run: pure, and stable in its order (by job name, then by run).
public struct JobPlanner: Sendable {
    /// At most this many missed runs are caught up on, the newest.
    public static let mostCaughtUp = 100
    /// At most this many runs of one job wait.
    public static let mostWaiting = 100
    /// A run found later than this was missed; until then the daemon was only busy.
    static let punctual = TimeSpan.seconds(90)
    /// A clock that went back further was wrong before (crontab(5)).
    static let largestStepBack = TimeSpan.seconds(3 * 3600)
    /// Free resources are looked at this often while a run waits for them.
    static let headroomInterval = TimeSpan.seconds(15)
    /// What a run needs counts as taken this long after its beginning; then it shows in what is free.
    static let reservation = TimeSpan.seconds(60)

    let definitions: [JobName: JobDefinition]
    let zones: TimeZoneTable
    let facts: JobFacts
    let seed: UInt64
    let now: JobMoment
    var plan: JobPlan

    /// - Parameters:
    ///   - zones: the zones that the definitions name; a job in an unknown zone does not run by the clock.
    ///   - seed: this device's, for random delays.
    public static func plan(
        _ definitions: [JobDefinition],
        board: JobBoard,
        facts: JobFacts = JobFacts(),
        zones: TimeZoneTable,
        seed: UInt64,
        now: JobMoment
    ) -> JobPlan {
        var planner = JobPlanner(
            definitions: Dictionary(definitions.map { ($0.name, $0) }) { _, last in last },
            zones: zones,
            facts: facts,
            seed: seed,
            now: now,
            plan: JobPlan(board: board)
        )
        planner.forgetAbsentJobs()
        planner.settleEnded()
        planner.readClock()
        planner.stopOverdue()
        planner.begin()
        return planner.plan
    }

    /// A job that is gone takes its waiting runs along; what runs is stopped.
    private mutating func forgetAbsentJobs() {
        plan.board.settled = plan.board.settled.filter { definitions[$0.key] != nil }
        plan.board.succeeded = plan.board.succeeded.filter { definitions[$0.key] != nil }
        for run in plan.board.runs where definitions[run.job] == nil && run.stopReason == nil {
            update(run.id) { $0.stopReason = .cancelled }
        }
    }

    /// Attempts that ended: success, another try, or failure.
    private mutating func settleEnded() {
        for run in plan.board.runs {
            guard case .ended(let attempt, let exitCode, let at) = run.state else { continue }
            let definition = definitions[run.job]
            if exitCode == 0, run.stopReason != .timeout {
                finish(run, .succeeded, attempts: attempt)
            } else if run.stopReason == .cancelled {
                finish(run, .cancelled, attempts: attempt)
            } else if run.stopReason == .replaced {
                finish(run, .replaced, attempts: attempt)
            } else if let definition, attempt <= definition.retries {
                let wait = definition.retryWait.wait(after: attempt)
                update(run.id) {
                    $0.state = .resting(
                        attempt: attempt,
                        until: TimeSpan(nanoseconds: at.nanoseconds + wait.nanoseconds)
                    )
                    $0.stopReason = nil
                }
            } else {
                let result: JobOutcome.Result = run.stopReason == .timeout ? .timedOut : .failed(exitCode: exitCode)
                finish(run, result, attempts: attempt)
            }
        }
    }

    mutating func update(_ id: Int64, _ body: (inout JobRun) -> Void) {
        guard let index = plan.board.runs.firstIndex(where: { $0.id == id }) else { return }
        body(&plan.board.runs[index])
    }

    mutating func finish(_ run: JobRun, _ result: JobOutcome.Result, attempts: Int) {
        plan.board.runs.removeAll { $0.id == run.id }
        let outcome = JobOutcome(
            run: run.id,
            job: run.job,
            due: run.due,
            cause: run.cause,
            attempts: attempts,
            result: result,
            count: 1
        )
        plan.steps.append(.finish(outcome))
        if result == .succeeded { noteSuccess(of: run.job) }
    }

    /// Jobs that come after this one begin when it was the last they waited for.
    private mutating func noteSuccess(of job: JobName) {
        for definition in definitions.values.sorted(by: { $0.name < $1.name }) where !definition.isSuspended {
            for case .after(let wanted) in definition.triggers where wanted.contains(job) {
                let done = plan.board.succeeded[definition.name, default: []].union([job])
                if wanted.isSubset(of: done) {
                    plan.board.succeeded[definition.name] = done.subtracting(wanted)
                    plan.board.add(definition.name, due: now.wall, cause: .after(job), now: now)
                } else {
                    plan.board.succeeded[definition.name] = done
                }
            }
        }
    }

    private mutating func stopOverdue() {
        for run in plan.board.runs {
            switch run.state {
            case .waiting:
                if run.stopReason != nil { finish(run, .cancelled, attempts: 0) }
            case .resting(let attempt, _):
                if let reason = run.stopReason {
                    finish(run, reason == .replaced ? .replaced : .cancelled, attempts: attempt)
                }
            case .running(let attempt, let since):
                if run.stopReason == nil, let timeout = definitions[run.job]?.timeout {
                    let end = TimeSpan(nanoseconds: since.nanoseconds + timeout.nanoseconds)
                    if end <= now.uptime { update(run.id) { $0.stopReason = .timeout } } else { plan.wake(uptime: end) }
                }
                if let reason = plan.board.runs.first(where: { $0.id == run.id })?.stopReason {
                    plan.steps.append(.stop(run: run.id, job: run.job, attempt: attempt, reason: reason))
                }
            case .ended: break
            }
        }
    }
}
