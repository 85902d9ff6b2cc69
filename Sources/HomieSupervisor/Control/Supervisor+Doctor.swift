public import HomieModel
import HomiePlanning

extension Supervisor {
    public func doctor() async -> [Finding] {
        var findings = await [engineFinding(), storeFinding()]
        if let damage {
            findings.append(
                Finding(
                    check: "state",
                    level: .warning,
                    message: "the database was damaged when homied started (\(damage.reason)); it was set aside",
                    remedy: "deploy your Compose files again, then delete \(damage.path)"
                )
            )
        }
        for state in stacks.values.sorted(by: { $0.record.name < $1.record.name }) { findings += self.findings(state) }
        if let jobs { findings += await jobs.findings() }
        if let gateway { findings += await gateway.findings() }
        return findings
    }

    private func engineFinding() async -> Finding {
        do {
            let information = try await engine.information()
            return Finding(
                check: "engine",
                level: .ok,
                message: "Docker Engine \(information.version), API \(information.apiVersion), "
                    + "\(information.storageDriver) in \(information.dataDirectory)"
            )
        } catch {
            return Finding(
                check: "engine",
                level: .error,
                message: Self.sentence(error),
                remedy: (error as? any UserFacingError)?.hint ?? "systemctl status docker"
            )
        }
    }

    private func storeFinding() async -> Finding {
        do {
            try await commit([])
            if let failure = await writer.failure { throw failure }
            let dropped = await writer.droppedEvents
            guard dropped == 0 else {
                return Finding(
                    check: "state",
                    level: .warning,
                    message: "\(dropped) events were lost while the state could not be written"
                )
            }
            return Finding(check: "state", level: .ok, message: "the state database can be written")
        } catch {
            return Finding(
                check: "state",
                level: .error,
                message: Self.sentence(error),
                remedy: (error as? any UserFacingError)?.hint ?? "free some disk space"
            )
        }
    }

    private func findings(_ state: StackState) -> [Finding] {
        var findings: [Finding] = []
        for (instance, disposition) in state.plan.dispositions.sorted(by: { $0.key < $1.key }) {
            guard disposition.phase == .failed || disposition.phase == .unhealthy else { continue }
            findings.append(
                Finding(
                    check: "service",
                    level: .error,
                    message: "\(state.record.name)/\(instance.service): \(disposition.reason ?? "failed")",
                    remedy: "homie why \(instance.service) --stack \(state.record.name)"
                )
            )
        }
        let strangers = mirror.containers(of: state.record.name).filter { container in
            !container.isOneOff && !container.isOwned
                && container.service.map { state.revision.definition.services[$0] == nil } ?? true
        }
        for container in strangers.sorted(by: { $0.name < $1.name }) {
            findings.append(
                Finding(
                    check: "orphan",
                    level: .warning,
                    message: "the container '\(container.name)' belongs to the project '\(state.record.name)', but its "
                        + "file does not name it",
                    remedy: "homie up --remove-orphans"
                )
            )
        }
        return findings
    }
}
