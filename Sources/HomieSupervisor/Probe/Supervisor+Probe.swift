import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Starts early, fast probes for what starts up, so that dependents need not wait for the engine's interval.
    func probe(_ name: StackName) {
        guard let state = stacks[name] else { return }
        for (instance, disposition) in state.plan.dispositions where disposition.phase == .starting {
            guard let id = disposition.container, !probing.contains(id), mirror[id]?.state == .running,
                mirror.awaitsEngine(id),
                let check = state.revision.definition.services[instance.service]?.healthcheck,
                let command = StartupProbe.command(of: check)
            else { continue }
            probing.insert(id)
            Task { await self.probe(id, in: name, command, timeout: check.timeout ?? .seconds(30)) }
        }
    }

    private func probe(_ id: String, in name: StackName, _ command: [String], timeout: TimeSpan) async {
        var pause = StartupProbe.firstPause
        while let container = mirror[id], container.state == .running, mirror.awaitsEngine(id), isSynced {
            do {
                let result = try await probeLimit.run { try await engine.execute(command, in: id, timeout: timeout) }
                if result.exitCode == 0 {
                    mirror.noteEarlyHealthy(id)
                    markDirty(name)
                    break
                }
            } catch {
                logger.trace("an early probe failed", metadata: ["container": "\(id)", "error": "\(error)"])
            }
            do { try await Task.sleep(for: pause.duration) } catch { break }
            pause = StartupProbe.pause(after: pause)
        }
        probing.remove(id)
    }
}
