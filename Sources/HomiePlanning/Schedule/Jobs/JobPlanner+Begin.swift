import HomieModel

extension JobPlanner {
    /// Lets runs begin that may, in the order in which they came; decides conflicts.
    mutating func begin() {
        rouse()
        for run in plan.board.runs {
            guard case .waiting(let since) = run.state, let definition = definitions[run.job] else { continue }
            let rivals = rivals(of: run, definition)
            if !rivals.isEmpty {
                settleConflict(run, definition, rivals)
                if plan.board.runs.contains(where: { $0.id == run.id }) { giveUpIfLate(run, definition, since) }
                continue
            }
            if let obstacle = obstacle(to: definition) {
                guard queues(run, definition) else { continue }
                plan.waiting[run.id] = obstacle
                giveUpIfLate(run, definition, since)
                continue
            }
            let state = JobRun.State.running(attempt: 1, since: now.uptime)
            update(run.id) { $0.state = state }
            started(run, definition, attempt: 1)
        }
    }

    /// Failed attempts whose rest is over; they kept their place, so that nothing stands against them.
    private mutating func rouse() {
        for run in plan.board.runs {
            guard case .resting(let attempt, let until) = run.state, let definition = definitions[run.job] else {
                continue
            }
            if until > now.uptime {
                plan.wake(uptime: until)
            } else {
                let state = JobRun.State.running(attempt: attempt + 1, since: now.uptime)
                update(run.id) { $0.state = state }
                started(run, definition, attempt: attempt + 1)
            }
        }
    }

    private mutating func started(_ run: JobRun, _ definition: JobDefinition, attempt: Int) {
        plan.steps.append(.start(run: run.id, job: run.job, attempt: attempt))
        if let timeout = definition.timeout {
            plan.wake(uptime: TimeSpan(nanoseconds: now.uptime.nanoseconds + timeout.nanoseconds))
        }
    }

    /// Open runs of the same job or of a job that shares a group.
    private func rivals(of run: JobRun, _ definition: JobDefinition) -> [JobRun] {
        plan.board.runs.filter { other in
            guard other.id != run.id, other.isOpen else { return false }
            return other.job == run.job
                || !(definitions[other.job]?.groups.isDisjoint(with: definition.groups) ?? true)
        }
    }

    private mutating func settleConflict(_ run: JobRun, _ definition: JobDefinition, _ rivals: [JobRun]) {
        let names = rivals.map { $0.job.description }.sorted().joined(separator: ", ")
        switch policy(for: run, definition) {
        case .skip: finish(run, .skipped("\(names) was still running"), attempts: 0)
        case .queue: if queues(run, definition) { plan.waiting[run.id] = "waits for \(names)" }
        case .replace:
            guard queues(run, definition) else { return }
            plan.waiting[run.id] = "waits until \(names) is stopped"
            for rival in rivals where rival.stopReason == nil { replace(rival) }
        }
    }

    private func policy(for run: JobRun, _ definition: JobDefinition) -> JobDefinition.Conflict {
        run.cause == .missed && definition.missedRuns == .all ? .queue : definition.conflict
    }

    /// Whether a run that cannot begin goes on waiting beside others of its job that cannot either; ends it when not, so
    /// that what the clock asks for behind an obstacle does not pile up.
    private mutating func queues(_ run: JobRun, _ definition: JobDefinition) -> Bool {
        let others = plan.board.runs.filter { other in
            guard case .waiting = other.state else { return false }
            return other.job == run.job && other.id != run.id
        }
        let ahead = others.count { $0.id < run.id }
        switch policy(for: run, definition) {
        case .skip where ahead > 0: finish(run, .skipped("an earlier run waits already"), attempts: 0)
        case .queue where ahead >= Self.mostWaiting:
            finish(run, .skipped("\(ahead) earlier runs wait already"), attempts: 0)
        // Of several that wait, only the newest is still wanted.
        case .replace where others.count > ahead: finish(run, .replaced, attempts: 0)
        case .skip, .queue, .replace: return true
        }
        return false
    }

    private mutating func replace(_ rival: JobRun) {
        update(rival.id) { $0.stopReason = .replaced }
        switch rival.state {
        case .running(let attempt, _):
            plan.steps.append(.stop(run: rival.id, job: rival.job, attempt: attempt, reason: .replaced))
        case .resting(let attempt, _):
            finish(rival, .replaced, attempts: attempt)
            plan.wake(uptime: now.uptime)
        case .waiting, .ended: break
        }
    }

    /// What keeps a run from beginning, as a clause.
    private mutating func obstacle(to definition: JobDefinition) -> String? {
        guard facts.hasEngine else { return "waits for the container engine" }
        let healthy = facts.healthy[definition.name.stack] ?? []
        let missing = definition.needsHealthy.subtracting(healthy).sorted()
        if let first = missing.first { return "waits for \(first) to be healthy" }
        guard let needs = definition.needs, let measured = facts.free else { return nil }
        let free = measured.less(reserved())
        let lacks: String?
        if free.cpus < needs.cpus {
            lacks = "CPU"
        } else if free.memory < needs.memory {
            lacks = "memory"
        } else if let most = needs.ioPressure, let pressure = free.ioPressure, pressure > most {
            lacks = "calmer storage"
        } else {
            lacks = nil
        }
        guard let lacks else { return nil }
        plan.wake(uptime: TimeSpan(nanoseconds: now.uptime.nanoseconds + Self.headroomInterval.nanoseconds))
        return "waits for \(lacks)"
    }

    /// What runs that began just now were promised and have not taken yet.
    private func reserved() -> JobDefinition.Headroom {
        var sum = JobDefinition.Headroom()
        for run in plan.board.runs {
            guard case .running(_, let since) = run.state, let needs = definitions[run.job]?.needs,
                now.uptime.nanoseconds - since.nanoseconds < Self.reservation.nanoseconds
            else { continue }
            sum.cpus += needs.cpus
            sum.memory = ByteCount(bytes: sum.memory.bytes + needs.memory.bytes)
        }
        return sum
    }

    private mutating func giveUpIfLate(_ run: JobRun, _ definition: JobDefinition, _ since: TimeSpan) {
        guard let deadline = definition.deadline else { return }
        let end = TimeSpan(nanoseconds: since.nanoseconds + deadline.nanoseconds)
        if end <= now.uptime {
            let why = plan.waiting.removeValue(forKey: run.id) ?? "could not begin"
            finish(run, .skipped("\(why), for longer than its deadline allows"), attempts: 0)
        } else {
            plan.wake(uptime: end)
        }
    }
}

extension JobDefinition.Headroom {
    /// What is left when others take their part.
    func less(_ taken: Self) -> Self {
        Self(
            cpus: cpus - taken.cpus,
            memory: ByteCount(bytes: memory.bytes - taken.memory.bytes),
            ioPressure: ioPressure
        )
    }
}
