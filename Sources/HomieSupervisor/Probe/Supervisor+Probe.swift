import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Starts early, fast probes for what starts up, so that dependents need not wait for the engine's interval.
    func probe(_ name: StackName) {
        guard let state = stacks[name] else { return }
        for (instance, disposition) in state.plan.dispositions where disposition.phase == .starting {
            guard let id = disposition.container, !probing.contains(id), isAwaited(id),
                let service = state.revision.definition.services[instance.service],
                let check = service.healthcheck,
                let command = StartupProbe.command(of: check)
            else { continue }
            let loopback = check.test.flatMap { LoopbackCheck(test: $0, environment: service.environment.keys) }
            probing.insert(id)
            Task { await self.probe(id, in: name, command, loopback, timeout: check.timeout ?? .seconds(30)) }
        }
    }

    private func probe(
        _ id: String,
        in name: StackName,
        _ command: [String],
        _ loopback: LoopbackCheck?,
        timeout: TimeSpan
    ) async {
        var pause = StartupProbe.firstPause
        var isReady = false
        while isAwaited(id) {
            if let loopback {
                isReady = await saysYes(loopback, id, timeout)
                guard !isReady, isAwaited(id) else { break }
            }
            isReady = await passes(command, in: id, timeout)
            if isReady {
                if let loopback { noteProven(loopback, in: id) }
                break
            }
            do { try await Task.sleep(for: pause.duration) } catch { break }
            pause = StartupProbe.pause(after: pause)
        }
        if isReady, isAwaited(id) {
            mirror.noteEarlyHealthy(id)
            markDirty(name)
        }
        probing.remove(id)
    }

    /// It runs, and the engine has not said yet how it does.
    private func isAwaited(_ id: String) -> Bool {
        mirror[id]?.state == .running && mirror.awaitsEngine(id) && isSynced
    }

    private func passes(_ command: [String], in id: String, _ timeout: TimeSpan) async -> Bool {
        do {
            let result = try await probeLimit.run { try await engine.execute(command, in: id, timeout: timeout) }
            return result.exitCode == 0
        } catch {
            logger.trace("an early probe failed", metadata: ["container": "\(id)", "error": "\(error)"])
            return false
        }
    }

    // MARK: the server itself

    /// Asks the server what the command would ask it, for a while.
    ///
    /// - Returns: true only when the command would pass as well: the program is known to work in this image, and the
    ///   server is heard over the loopback, too.
    private func saysYes(_ check: LoopbackCheck, _ id: String, _ timeout: TimeSpan) async -> Bool {
        guard let loopbackProber, let imageID = mirror[id]?.imageID,
            provenChecks.contains(ProvenCheck(imageID: imageID, program: check.program))
        else { return false }
        // What is known of another run's process and address is gone with it.
        if mirror[id]?.processID == nil { await refresh(id) }
        let end = clocks.uptime().nanoseconds + StartupProbe.questionTime.nanoseconds
        var pause = StartupProbe.firstQuestionPause
        while isAwaited(id), clocks.uptime().nanoseconds < end {
            guard let process = mirror[id]?.processID,
                let address = mirror[id]?.addresses.values.filter({ !$0.contains(":") }).min()
            else { return false }
            if await loopbackProber.passes(check, process: process, address: address, timeout: timeout) {
                return isAwaited(id) && mirror[id]?.processID == process
            }
            do { try await Task.sleep(for: pause.duration) } catch { return false }
            pause = min(TimeSpan(nanoseconds: pause.nanoseconds * 3 / 2), StartupProbe.longestQuestionPause)
        }
        return false
    }

    private func noteProven(_ check: LoopbackCheck, in id: String) {
        guard let imageID = mirror[id]?.imageID else { return }
        if provenChecks.count >= ProvenCheck.capacity { provenChecks = [] }
        provenChecks.insert(ProvenCheck(imageID: imageID, program: check.program))
    }
}
