import HomieModel
import HomiePlanning
import Logging
import Tracing

extension JobKeeper {
    /// Sees an attempt to its end, wherever it stands.
    func drive(_ run: Int64, attempt: Int, isRecovered: Bool) {
        guard let job = ledger.board.runs.first(where: { $0.id == run })?.job else { return }
        let action = book.entries[job]?.definition.action
        if logs[run] == nil { logs[run] = RunLog() } else { logs[run]?.restart() }
        drives[run]?.cancel()
        let place = ServiceContext.place(ledger.details[run]?.traceParent)
        drives[run] = Task {
            await withSpan("job \(job)", context: place) { span in
                span.attributes["homie.stack"] = job.stack.text
                span.attributes["homie.run"] = run
                span.attributes["homie.attempt"] = attempt
                if self.ledger.details[run]?.traceParent == nil {
                    self.ledger.details[run]?.traceParent = span.context.traceParent
                }
                let request = JobContainerRequest(
                    job: job,
                    service: action?.service ?? job.job,
                    command: action?.command,
                    run: run,
                    attempt: attempt,
                    identity: self.ledger.identity,
                    traceParent: span.context.traceParent
                )
                let exitCode = await self.see(request, isExecution: action?.isExecution, isRecovered: isRecovered)
                if exitCode != 0 {
                    let reason = self.ledger.details[run]?.failure ?? exitCode.map { "exit code \($0)" }
                    span.setStatus(SpanStatus(code: .error, message: reason))
                }
            }
        }
    }

    private func see(_ request: JobContainerRequest, isExecution: Bool?, isRecovered: Bool) async -> Int? {
        var exitCode: Int?
        var isRecovered = isRecovered
        while true {
            while await !supervisor.knowsContainers {
                do { try await Task.sleep(for: .milliseconds(200)) } catch { return nil }
            }
            do {
                exitCode = try await perform(request, isExecution: isExecution, isRecovered: isRecovered)
                break
            } catch {
                // The daemon ends: what runs goes on, and is found again.
                if Task.isCancelled { return nil }
                guard (error as? any UserFacingError)?.kind == .unreachable else {
                    ledger.details[request.run]?.failure = Supervisor.sentence(error)
                    break
                }
                logger.debug("a job waits for the engine", metadata: ["job": "\(request.job)", "error": "\(error)"])
                isRecovered = true
                try? await Task.sleep(for: .seconds(2))
            }
        }
        if !Task.isCancelled { finish(request, exitCode) }
        return exitCode
    }

    /// The attempt is over: its outcome and its log are written with the next look, then its container goes.
    private func finish(_ request: JobContainerRequest, _ exitCode: Int?) {
        let lines = logs[request.run]?.lines ?? []
        pending.logs.append(JobAttemptLog(run: request.run, attempt: request.attempt, lines: lines))
        if let handle = ledger.details[request.run]?.handle, handle.kind == .container { removals.append(handle.id) }
        drives[request.run] = nil
        ledger.board.note(.ended(run: request.run, attempt: request.attempt, exitCode: exitCode), now: now)
        wake()
    }

    private func perform(_ request: JobContainerRequest, isExecution: Bool?, isRecovered: Bool) async throws -> Int? {
        let handle = ledger.details[request.run]?.handle
        if let handle, handle.attempt == request.attempt {
            switch handle.kind {
            case .container: return try await runContainer(request, isRecovered: isRecovered)
            case .execution: return try await runExecution(request, isRecovered: isRecovered)
            }
        }
        guard let isExecution else { return nil }
        return isExecution
            ? try await runExecution(request, isRecovered: isRecovered)
            : try await runContainer(request, isRecovered: isRecovered)
    }

    private func isToEnd(_ run: Int64) -> Bool {
        ledger.board.runs.first { $0.id == run }.map { $0.stopReason != nil } ?? true
    }

    private func remember(_ handle: JobRunDetails.Handle, of run: Int64) async throws {
        guard isUnderWay(run, attempt: handle.attempt) else {
            // It was given up meanwhile.
            if handle.kind == .container { removals.append(handle.id) }
            wake()
            throw CancellationError()
        }
        ledger.details[run, default: JobRunDetails()].handle = handle
        await persistForSure()
        try Task.checkCancellation()
        // A stop that came too early to find anything comes again.
        if isToEnd(run) { wake() }
    }

    // MARK: a container of its own

    private func runContainer(_ request: JobContainerRequest, isRecovered: Bool) async throws -> Int? {
        let id = try await container(for: request)
        guard var seen = try await engine.container(id) else { throw JobError.containerGone(request.name) }
        if seen.state == .created, isRecovered {
            // A start from before may still be on its way, and a second one would run it twice.
            try await Task.sleep(for: .seconds(1))
            guard let again = try await engine.container(id) else { throw JobError.containerGone(request.name) }
            seen = again
        }
        if seen.state == .created {
            if isToEnd(request.run) { return nil }
            try await engine.start(id)
        }
        logs[request.run]?.restart()
        let reader = Task { await self.readLog(of: id, run: request.run) }
        defer { reader.cancel() }
        guard let code = try await engine.waitUntilEnded(id) else { throw JobError.containerGone(request.name) }
        // The last lines come a moment after the end.
        let patience = Task {
            try await Task.sleep(for: .seconds(5))
            reader.cancel()
        }
        await reader.value
        patience.cancel()
        return code
    }

    private func container(for request: JobContainerRequest) async throws -> String {
        if let handle = ledger.details[request.run]?.handle, handle.attempt == request.attempt { return handle.id }
        let recipe = try await supervisor.jobRecipe(request)
        try Task.checkCancellation()
        let id = try await engine.create(recipe)
        try await remember(
            JobRunDetails.Handle(attempt: request.attempt, kind: .container, id: id),
            of: request.run
        )
        return id
    }

    private func readLog(of id: String, run: Int64) async {
        do {
            for try await line in try await engine.logs(id, options: LogOptions(follows: true)) {
                logs[run]?.append(line)
            }
        } catch {
            if Task.isCancelled { return }
            let reason = Supervisor.sentence(error)
            logs[run]?.append(LogLine(at: clocks.wall(), channel: .stderr, text: "(the log breaks off: \(reason))"))
        }
    }

    // MARK: a command in a running container

    private func runExecution(_ request: JobContainerRequest, isRecovered: Bool) async throws -> Int? {
        let id = try await execution(for: request)
        guard var state = try await engine.execution(id) else { throw JobError.executionGone }
        if state == .prepared, isRecovered {
            try await Task.sleep(for: .seconds(1))
            guard let again = try await engine.execution(id) else { throw JobError.executionGone }
            state = again
        }
        switch state {
        case .ended(let code): return code
        case .running:
            let note = "(homied lost sight of the command; what it wrote meanwhile is not kept)"
            logs[request.run]?.append(LogLine(at: clocks.wall(), channel: .stderr, text: note))
        case .prepared:
            if isToEnd(request.run) { return nil }
            try await startExecution(id, run: request.run)
        }
        return try await endOfExecution(id)
    }

    private func execution(for request: JobContainerRequest) async throws -> String {
        if let handle = ledger.details[request.run]?.handle, handle.attempt == request.attempt { return handle.id }
        guard let container = await supervisor.runningContainer(of: request.service, in: request.job.stack) else {
            throw JobError.noRunningContainer(request.service, request.job.stack)
        }
        let id = try await engine.prepareExecution(
            request.command ?? [],
            in: container.id,
            environment: request.environment,
            user: nil
        )
        try await remember(
            JobRunDetails.Handle(attempt: request.attempt, kind: .execution, id: id, container: container.id),
            of: request.run
        )
        return id
    }

    private func startExecution(_ id: String, run: Int64) async throws {
        let (pieces, feed) = AsyncStream.makeStream(of: (channel: LogLine.Channel, bytes: [UInt8]).self)
        let writer = Task {
            var lines = OutputLines()
            for await piece in pieces {
                for line in lines.push(piece.bytes, piece.channel, at: self.clocks.wall()) {
                    self.logs[run]?.append(line)
                }
            }
            for line in lines.finish(at: self.clocks.wall()) { self.logs[run]?.append(line) }
        }
        do {
            try await engine.startExecution(id) { channel, bytes in feed.yield((channel, bytes)) }
        } catch {
            feed.finish()
            await writer.value
            throw error
        }
        feed.finish()
        await writer.value
    }

    /// The streams may close before the command has ended.
    private func endOfExecution(_ id: String) async throws -> Int? {
        var pause = 5
        while true {
            switch try await engine.execution(id) {
            case .ended(let code): return code
            case nil: throw JobError.executionGone
            case .running, .prepared: try await Task.sleep(for: .milliseconds(pause))
            }
            pause = min(pause * 2, 1000)
        }
    }
}

extension JobDefinition.Action {
    var command: [String]? {
        switch self {
        case .run(_, let command): command
        case .execute(_, let command): command
        }
    }

    var isExecution: Bool {
        if case .execute = self { return true }
        return false
    }
}
