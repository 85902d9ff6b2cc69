import HomieModel
import HomiePlanning
import Logging

extension JobKeeper {
    /// Which jobs there are, and how their services do.
    @discardableResult
    func refresh() async -> Bool {
        let (sources, hasEngine) = await supervisor.jobSources()
        let faults = book.faults
        book.refresh(sources, stored: stored, zone: zone)
        for (stack, fault) in book.faults where faults[stack] != fault {
            await supervisor.record(
                .error,
                "job.unreadable",
                "the jobs of '\(stack)' do not run: \(fault)",
                stack: stack
            )
        }
        return hasEngine
    }

    /// One look: what is due is written down, then done.
    func look() async {
        let hasEngine = await refresh()
        let definitions = book.definitions
        let needsFigures = definitions.contains { $0.needs != nil } && !ledger.board.runs.isEmpty
        let free = needsFigures ? await headroom?.headroom().map(JobDefinition.Headroom.init) : nil
        if hasEngine { await sweepNowAndThen() }
        // From here to the write nothing waits: what happens meanwhile lands on the new board.
        let before = ledger
        let plan = JobPlanner.plan(
            definitions,
            board: ledger.board,
            facts: JobFacts(free: free, healthy: book.healthy, hasEngine: hasEngine),
            zones: book.zones,
            seed: seed,
            now: now
        )
        ledger.board = plan.board
        waiting = plan.waiting
        nextRuns = plan.nextRuns
        var finished: [JobRunRecord] = []
        for step in plan.steps {
            switch step {
            case .start(let run, _, let attempt): noteStarted(run, attempt)
            case .finish(let outcome): finished.append(noteFinished(outcome))
            case .stop: continue
            }
        }
        if isWorthWriting(since: before) { await persistForSure() }
        if Task.isCancelled { return }
        for step in plan.steps { await take(step) }
        for record in finished { await tell(record) }
        removeContainers()
        wake(wall: plan.nextWall, uptime: plan.nextUptime)
    }

    private func take(_ step: JobStep) async {
        switch step {
        case .start(let run, let job, let attempt):
            if attempt == 1 {
                let cause = ledger.board.runs.first { $0.id == run }?.cause.text ?? ""
                beginnings[run] = await supervisor.recordJob(
                    .info,
                    "job.started",
                    "job '\(job.job)' began (\(cause))",
                    of: job,
                    service: book.entries[job]?.definition.action.service
                )
            }
            drive(run, attempt: attempt, isRecovered: false)
        case .stop(let run, _, let attempt, _): stop(run, attempt: attempt)
        case .finish: return
        }
    }

    /// Only times went by: that is written now and then, so that flash is spared.
    private func isWorthWriting(since before: JobLedger) -> Bool {
        var old = before
        old.board.settled = ledger.board.settled
        old.lastEvent = ledger.lastEvent
        let isNews =
            old != ledger || !pending.isEmpty || before.board.settled.keys != ledger.board.settled.keys
        return isNews
            || (!ledger.board.settled.isEmpty
                && clocks.uptime().nanoseconds - lastWrite.nanoseconds > 3_600_000_000_000)
    }

    private func noteStarted(_ run: Int64, _ attempt: Int) {
        let wall = clocks.wall()
        var details = ledger.details[run] ?? JobRunDetails()
        details.startedAt = details.startedAt ?? wall
        details.attemptStartedAt = wall
        details.handle = nil
        details.failure = nil
        ledger.details[run] = details
    }

    /// Takes a run off the ledger. Returns what goes into the history.
    private func noteFinished(_ outcome: JobOutcome) -> JobRunRecord {
        // What never had a number gets one, so that it can be told of.
        let id = outcome.run ?? (ledger.board.lastID + 1)
        ledger.board.lastID = max(ledger.board.lastID, id)
        let details = ledger.details.removeValue(forKey: id)
        var record = JobRunRecord(
            id: id,
            job: outcome.job,
            state: .skipped,
            cause: outcome.cause.text,
            due: outcome.due,
            startedAt: details?.startedAt,
            endedAt: clocks.wall(),
            attempts: outcome.attempts,
            count: outcome.count,
            trace: details?.trace?.description
        )
        switch outcome.result {
        case .succeeded: (record.state, record.exitCode) = (.succeeded, 0)
        case .failed(let exitCode):
            (record.state, record.exitCode) = (.failed, exitCode)
            record.reason = details?.failure ?? exitCode.map { "exit code \($0)" } ?? "it could not be run"
        case .timedOut: (record.state, record.reason) = (.timedOut, "it took longer than its time-out")
        case .cancelled: record.state = .cancelled
        case .replaced: (record.state, record.reason) = (.replaced, "a newer run took its place")
        case .skipped(let why): (record.state, record.reason) = (.skipped, why)
        }
        pending.ended.append(record)
        stops[id] = nil
        last[record.job] = record
        let total = totals[record.job]?[record.state.rawValue]
        totals[record.job, default: [:]][record.state.rawValue] = JobStatus.Total(
            count: (total?.count ?? 0) + Int64(record.count),
            lastAt: record.endedAt ?? record.due
        )
        return record
    }

    /// An event for the end of a run; a failure comes with the end of its log.
    private func tell(_ record: JobRunRecord) async {
        let name = "job '\(record.job.job)'"
        let reason = record.reason.map { ": \($0)" } ?? ""
        let (severity, message): (EventRecord.Severity, String) =
            switch record.state {
            case .succeeded: (.info, "\(name) succeeded")
            case .failed: (.error, "\(name) failed\(reason)")
            case .timedOut: (.error, "\(name) was stopped\(reason)")
            case .cancelled: (.info, "\(name) was cancelled")
            case .replaced: (.info, "\(name) was stopped\(reason)")
            case .skipped, .waiting, .running, .resting: (.warning, "\(name) was skipped\(reason)")
            }
        var detail: String?
        if record.state == .failed || record.state == .timedOut {
            let lines = logs[record.id]?.lines.suffix(20).map(\.text) ?? []
            detail = lines.isEmpty ? nil : lines.joined(separator: "\n")
        }
        await supervisor.recordJob(
            severity,
            "job.\(record.state.rawValue)",
            message,
            of: record.job,
            service: book.entries[record.job]?.definition.action.service,
            cause: beginnings.removeValue(forKey: record.id),
            detail: detail
        )
        logs.removeValue(forKey: record.id).map { log in
            var log = log
            log.finish()
        }
    }

    // MARK: writing

    /// Writes the ledger and everything that is pending.
    ///
    /// - Throws: what the store says; what was pending is taken along by the next write.
    func persist() async throws { try await commits.run { try await self.writeNow() } }

    private func writeNow() async throws {
        let taken = pending
        pending = Pending()
        do {
            try await store.commit(
                JobChange(ledger: ledger, logs: taken.logs, ended: taken.ended, put: taken.put, removed: taken.removed)
            )
        } catch {
            pending.logs = taken.logs + pending.logs
            pending.ended = taken.ended + pending.ended
            pending.put = taken.put + pending.put
            pending.removed = taken.removed + pending.removed
            throw error
        }
        lastWrite = clocks.uptime()
        hasWriteFailed = false
    }

    /// Like ``persist()``, tried until it works: nothing may be done that is not written.
    func persistForSure() async {
        while !Task.isCancelled {
            do {
                return try await persist()
            } catch {
                if !hasWriteFailed {
                    hasWriteFailed = true
                    logger.error(
                        "the state of jobs cannot be written; no job begins until it can",
                        metadata: ["error": "\(Supervisor.sentence(error))"]
                    )
                }
            }
            try? await Task.sleep(for: .seconds(2))
        }
    }

    // MARK: containers that are left

    private func removeContainers() {
        let ids = removals
        removals = []
        for id in ids { Task { await self.removeContainer(id) } }
    }

    private func removeContainer(_ id: String) async {
        do {
            try await engine.remove(id, anonymousVolumes: true)
        } catch {
            logger.debug("a job's container stays for now", metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }

    /// Removes containers of runs that are over: what a kill or an engine that was away left.
    private func sweepNowAndThen() async {
        let now = clocks.uptime()
        if let lastSweep, now.nanoseconds - lastSweep.nanoseconds < 600_000_000_000 { return }
        lastSweep = now
        for container in await supervisor.jobContainers() where [.exited, .created, .dead].contains(container.state) {
            let isOpen = ledger.board.runs.contains { run in
                guard case .running(let attempt, _) = run.state else { return false }
                return container.specDigest == "job-\(ledger.identity)-\(run.id)-\(attempt)"
            }
            if !isOpen { removals.append(container.id) }
        }
    }
}

extension JobDefinition.Headroom {
    init(_ device: DeviceHeadroom) {
        self.init(cpus: device.cpus, memory: device.memory, ioPressure: device.ioPressure)
    }
}
