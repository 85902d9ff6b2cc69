import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// What holds updates of a service off, in one clause: a lock set through the API, or its lock file.
    func lock(on service: ServiceName, _ settings: UpdateSettings, _ state: StackState) -> String? {
        if let reason = state.record.updateLocks[service.text] { return reason }
        guard let file = settings.lockFile else { return nil }
        return switch state.lockFiles[service] {
        case nil: "its lock file is being looked for"
        case true?: "its lock file \(file) is there"
        case false?: nil
        }
    }

    /// Looks for the lock files of updates that wait to begin, for ever. The file is looked for with the container's own
    /// `test`; where there is none, nothing holds the update off.
    func lookAtLockFiles() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            for name in stacks.keys.sorted() {
                for (service, record) in stacks[name]?.rollouts ?? [:] where record.state == .held {
                    await lookAtLockFile(of: service, record, in: name)
                }
            }
        }
    }

    private func lookAtLockFile(of service: ServiceName, _ record: RolloutRecord, in name: StackName) async {
        guard let file = record.settings.lockFile else { return }
        let serving = mirror.containers(of: name).first {
            $0.service == service && $0.state == .running && $0.specDigest != record.digest
        }
        var isThere = false
        if let serving {
            do {
                let command = ["test", "-e", file]
                isThere = try await engine.execute(command, in: serving.id, timeout: .seconds(10)).exitCode == 0
            } catch {
                logger.debug(
                    "a lock file cannot be looked for",
                    metadata: ["container": "\(serving.id)", "error": "\(error)"]
                )
            }
        }
        guard stacks[name]?.lockFiles[service] != isThere else { return }
        stacks[name]?.lockFiles[service] = isThere
        markDirty(name)
    }
}
