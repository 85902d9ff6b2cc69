public import HomieModel
import HomiePlanning
import Tracing

extension JobKeeper: JobControl {
    public nonisolated func inspectJobs() -> any JobInspection { self }

    /// - Throws: ``ScheduleError``, ``JobError/unknownZone(_:_:)``
    func check(_ definition: StackDefinition) throws {
        let jobs = try ScheduleReader.jobs(of: definition)
        for job in jobs { try checkZones(of: job) }
        // Those of other stacks, and those that were made beside the file.
        let names = Set(jobs.map(\.name))
        let others = book.entries.values.filter { entry in
            let name = entry.definition.name
            return !names.contains(name) && (name.stack != definition.name || entry.origin == .api)
        }
        try refuseCircle(jobs, among: others.map(\.definition))
    }

    /// What comes after itself would run for ever.
    private func refuseCircle(_ jobs: [JobDefinition], among others: [JobDefinition]) throws(ScheduleError) {
        let circular = ScheduleReader.circular(others + jobs)
        guard let job = jobs.first(where: { circular.contains($0.name) }) else { return }
        let by = circular.subtracting([job.name]).sorted().map { "'\($0)'" }.joined(separator: ", ")
        throw ScheduleError(
            subject: job.name.description,
            place: "job '\(job.name.job)'",
            problem: "comes after itself" + (by.isEmpty ? "" : ", by way of \(by)")
        )
    }

    private nonisolated func checkZones(of job: JobDefinition) throws(JobError) {
        for case .cron(_, let zone) in job.triggers where TimeZoneTable()[zone] == nil && self.zone(zone) == nil {
            throw .unknownZone(zone, job.name)
        }
    }

    /// The rules of a zone; nil when this device has no such zone, or cannot read it.
    nonisolated func zone(_ name: String) -> TimeZoneRules? {
        zoneFile(name).flatMap { try? TimeZoneRules(file: $0, name: name) }
    }

    public func put(_ name: JobName, _ block: JSONValue) async throws -> JobStatus {
        let definition = try ScheduleReader.job(name, from: block)
        try checkZones(of: definition)
        let stack = try await supervisor.stack(name.stack)
        guard stack.services.contains(where: { $0.service == definition.action.service }) else {
            throw SupervisorError.noService(definition.action.service, name.stack)
        }
        await refresh()
        if book.entries[name]?.origin == .compose { throw JobError.ofComposeFile(name) }
        let others = book.entries.values.map(\.definition).filter { $0.name != name }
        try refuseCircle([definition], among: others)
        let record = StoredJobDefinition(name: name, block: block, createdAt: clocks.wall())
        let former = stored[name]
        stored[name] = record
        pending.put.append(record)
        do {
            try await persist()
        } catch {
            // What is not on disk does not hold.
            stored[name] = former
            pending.put.removeAll { $0 == record }
            throw JobError.notWritten(underlying: error)
        }
        await refresh()
        wake()
        return try await job(name)
    }

    public func remove(_ name: JobName) async throws {
        await refresh()
        guard let entry = book.entries[name] else { throw JobError.noJob(name) }
        guard entry.origin == .api, let former = stored[name] else { throw JobError.ofComposeFile(name) }
        stored[name] = nil
        pending.removed.append(name)
        do {
            try await persist()
        } catch {
            stored[name] = former
            pending.removed.removeAll { $0 == name }
            throw JobError.notWritten(underlying: error)
        }
        await refresh()
        wake()
    }

    public func run(_ name: JobName) async throws -> JobRunRecord {
        try await begin(name, .asked(name))
    }

    public func trigger(_ job: JobName, because cause: String) async throws -> Int64 {
        try await begin(job, .event(cause, jobs: [job])).id
    }

    private func begin(_ name: JobName, _ happening: JobBoard.Happening) async throws -> JobRunRecord {
        await refresh()
        guard let entry = book.entries[name], entry.problem == nil else { throw JobError.noJob(name) }
        ledger.board.note(happening, now: now)
        let id = ledger.board.lastID
        // Its trace goes on from the request that asked for it.
        if let place = ServiceContext.current?.traceParent {
            ledger.details[id, default: JobRunDetails()].traceParent = place
        }
        do {
            try await persist()
        } catch {
            ledger.board.runs.removeAll { run in
                guard run.id == id, case .waiting = run.state else { return false }
                return true
            }
            throw JobError.notWritten(underlying: error)
        }
        wake()
        return try await run(id)
    }

    public func cancel(_ run: Int64) async throws -> JobRunRecord {
        let found = try await self.run(run)
        guard !found.state.isFinal else { return found }
        ledger.board.note(.cancelled(run: run), now: now)
        do { try await persist() } catch { throw JobError.notWritten(underlying: error) }
        wake()
        return try await self.run(run)
    }
}

extension JobKeeper: HookedJobs {
    public func run(job: String, cause: String) async throws {
        _ = try await trigger(try JobName(parsing: job), because: cause)
    }
}

extension JobKeeper: JobInspection {
    public func jobs() async throws -> [JobStatus] {
        await refresh()
        return statuses()
    }

    /// Every job that is known at this moment, and how it does; by name.
    func statuses() -> [JobStatus] { book.entries.keys.sorted().compactMap(status) }

    public func job(_ name: JobName) async throws -> JobStatus {
        await refresh()
        guard let status = status(of: name) else { throw JobError.noJob(name) }
        return status
    }

    public func runs(_ query: JobRunQuery) async throws -> [JobRunRecord] {
        let over = try await store.jobRuns(query)
        // What ended a moment ago is on its way to the disk.
        var found: [Int64: JobRunRecord] = [:]
        for record in over + pending.ended + openRuns() where query.accepts(record) { found[record.id] = record }
        return Array(found.values.sorted { $0.id > $1.id }.prefix(max(0, query.limit)))
    }

    public func run(_ id: Int64) async throws -> JobRunRecord {
        if let open = openRuns().first(where: { $0.id == id }) { return open }
        if let ended = pending.ended.first(where: { $0.id == id }) { return ended }
        if let over = try await store.jobRun(id) { return over }
        // It ended while the store was asked.
        if let ended = (pending.ended + openRuns()).first(where: { $0.id == id }) { return ended }
        if let record = last.values.first(where: { $0.id == id }) { return record }
        throw JobError.noRun(id)
    }

    public func nextRuns(of name: JobName, count: Int) async throws -> [Timestamp] {
        await refresh()
        guard let entry = book.entries[name] else { throw JobError.noJob(name) }
        guard entry.problem == nil else { return [] }
        return JobPlanner.nextRuns(
            of: entry.definition,
            after: clocks.wall(),
            count: count,
            zones: book.zones,
            seed: seed
        )
    }

    public func log(of run: Int64, follows: Bool) async throws -> AsyncStream<LogLine> {
        _ = try await self.run(run)
        let kept = try await store.jobLog(of: run)
        let onTheWay = pending.logs.filter { log in
            log.run == run && !kept.contains { $0.attempt == log.attempt }
        }
        let earlier = (kept + onTheWay).flatMap(\.lines)
        let (stream, continuation) = AsyncStream.makeStream(of: LogLine.self)
        for line in earlier { continuation.yield(line) }
        guard var log = logs[run], drives[run] != nil || follows else {
            continuation.finish()
            return stream
        }
        guard follows else {
            for line in log.lines { continuation.yield(line) }
            continuation.finish()
            return stream
        }
        // Between two attempts the lines of the former are in the store already.
        if drives[run] == nil { log.restart() }
        lastFollower += 1
        let live = log.follow(lastFollower)
        logs[run] = log
        let task = Task {
            for await line in live { continuation.yield(line) }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    // MARK: how things stand

    private func openRuns() -> [JobRunRecord] {
        ledger.board.runs.map { run in
            let details = ledger.details[run.id]
            var record = JobRunRecord(
                id: run.id,
                job: run.job,
                state: .waiting,
                cause: run.cause.text,
                due: run.due,
                startedAt: details?.startedAt,
                trace: details?.trace?.description
            )
            switch run.state {
            case .waiting: record.reason = waiting[run.id]
            case .running(let attempt, _): (record.state, record.attempts) = (.running, attempt)
            case .ended(let attempt, let code, _):
                (record.state, record.attempts, record.exitCode) = (.running, attempt, code)
            case .resting(let attempt, _):
                (record.state, record.attempts) = (.resting, attempt)
                record.reason = details?.failure ?? "attempt \(attempt) failed"
            }
            switch run.stopReason {
            case .cancelled: record.reason = "is being cancelled"
            case .timeout: record.reason = "is being stopped: it took longer than its time-out"
            case .replaced: record.reason = "is being stopped: a newer run takes its place"
            case nil: break
            }
            return record
        }
    }

    private func status(of name: JobName) -> JobStatus? {
        guard let entry = book.entries[name] else { return nil }
        let definition = entry.definition
        return JobStatus(
            name: name,
            service: definition.action.service,
            action: definition.action.isExecution ? .exec : .run,
            command: definition.action.command,
            triggers: definition.triggers.map(\.text),
            origin: entry.origin,
            isSuspended: definition.isSuspended,
            next: nextRuns[name],
            open: openRuns().filter { $0.job == name },
            last: last[name],
            totals: totals[name] ?? [:],
            problem: entry.problem
        )
    }

    /// What `homie doctor` says of jobs that cannot run; of those that fail the checkup tells.
    func findings() -> [Finding] {
        var findings = book.faults.sorted { $0.key < $1.key }.map { stack, fault in
            Finding(
                check: "job",
                level: .error,
                message: "the jobs of '\(stack)' do not run: \(fault)",
                remedy: "mend the file and deploy it with 'homie up'"
            )
        }
        for (name, entry) in book.entries.sorted(by: { $0.key < $1.key }) {
            guard let problem = entry.problem else { continue }
            findings.append(Finding(check: "job", level: .error, message: "job '\(name)' does not run: \(problem)"))
        }
        return findings
    }
}
