import HomieModel
import HomiePlanning
import Logging

extension JobKeeper {
    /// Ends an attempt. The planner asks for it again and again until it has ended.
    func stop(_ run: Int64, attempt: Int) {
        let now = clocks.uptime()
        if let until = stops[run], until > now { return }
        guard let handle = ledger.details[run]?.handle, handle.attempt == attempt else {
            abandon(run, attempt: attempt)
            return
        }
        stops[run] = TimeSpan(nanoseconds: now.nanoseconds + Self.stopInterval.nanoseconds)
        Task { await self.end(handle, run: run) }
    }

    /// An ending that does not come is asked for once more after this.
    private static let stopInterval = TimeSpan.seconds(60)
    /// What does not end at a request within this is killed.
    private static let grace = 10

    /// An attempt that has nothing to run in yet, whose image is being fetched perhaps, is over at once: nothing was started,
    /// and what is on its way for it is not waited for.
    private func abandon(_ run: Int64, attempt: Int) {
        guard isUnderWay(run, attempt: attempt) else { return }
        drives.removeValue(forKey: run)?.cancel()
        pending.logs.append(JobAttemptLog(run: run, attempt: attempt, lines: logs[run]?.lines ?? []))
        ledger.board.note(.ended(run: run, attempt: attempt, exitCode: nil), now: now)
        wake()
    }

    func isUnderWay(_ run: Int64, attempt: Int) -> Bool {
        ledger.board.runs.contains { open in
            guard open.id == run, case .running(attempt, _) = open.state else { return false }
            return true
        }
    }

    private func end(_ handle: JobRunDetails.Handle, run: Int64) async {
        do {
            switch handle.kind {
            case .container: try await engine.stop(handle.id, grace: nil)
            case .execution: try await endExecution(handle, run: run)
            }
        } catch {
            let reason = Supervisor.sentence(error)
            logger.warning("a job's run could not be ended", metadata: ["run": "\(run)", "error": "\(reason)"])
            ledger.details[run]?.failure = reason
            // Long enough for an engine that restarts.
            try? await Task.sleep(for: .seconds(5))
            stops[run] = nil
            wake()
        }
    }

    /// The engine cannot end a command: another one finds its processes by their environment.
    private func endExecution(_ handle: JobRunDetails.Handle, run: Int64) async throws {
        guard let container = handle.container else { return }
        let marker = "HOMIE_JOB_RUN=\(ledger.identity)/\(run)/\(handle.attempt)/"
        for signal in ["TERM", "KILL"] {
            guard case .running = try await engine.execution(handle.id) else { return }
            try await send(signal, to: marker, in: container)
            for _ in 0..<(Self.grace * 5) {
                guard case .running = try await engine.execution(handle.id) else { return }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func send(_ signal: String, to marker: String, in container: String) async throws {
        // The file's zero bytes are dropped by the shell; what stands between them is enough.
        let script = """
            for p in /proc/[0-9]*; do
                case "$(cat "$p/environ" 2>/dev/null)" in
                    *\(marker)*) kill -\(signal) "${p#/proc/}" 2>/dev/null ;;
                esac
            done
            exit 0
            """
        let id = try await engine.prepareExecution(
            ["/bin/sh", "-c", script],
            in: container,
            environment: [:],
            // Without further rights nobody but their own account reads the environment of processes, not even root.
            user: nil
        )
        try await engine.startExecution(id) { _, _ in }
        for _ in 0..<50 {
            switch try await engine.execution(id) {
            case .ended(0), nil: return
            case .ended(let code):
                throw JobError.cannotEnd("a shell in its container ended with exit code \(code)")
            case .running, .prepared: try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
