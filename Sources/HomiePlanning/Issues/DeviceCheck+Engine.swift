import HomieModel

extension DeviceCheck {
    /// The container engine and Homie's own state.
    static let engine: [DeviceCheck] = [
        DeviceCheck("engine") { checkup in
            guard let failure = checkup.engine.failure else {
                let facts = checkup.engine
                return .fine(
                    "Docker Engine \(facts.version ?? "?"), API \(facts.apiVersion ?? "?"), "
                        + "\(facts.storageDriver ?? "?") in \(facts.dataDirectory ?? "?")"
                )
            }
            let remedy = Remedy(
                action: .byHand,
                text: "see why the container engine does not run",
                command: "systemctl status docker"
            )
            return .wrong([
                DeviceIssue(
                    id: "engine",
                    check: "engine",
                    severity: .error,
                    summary: failure,
                    since: checkup.now,
                    remedy: remedy
                )
            ])
        },
        DeviceCheck("engine-speed") { checkup in
            guard let latency = checkup.engine.latency, checkup.engine.failure == nil else { return .unknown }
            guard latency > .seconds(5) else {
                return .fine("the engine answers in \(latency.nanoseconds / 1_000_000) ms")
            }
            return .wrong([
                DeviceIssue(
                    id: "engine-speed",
                    check: "engine-speed",
                    severity: .warning,
                    summary: "the container engine takes \(Int(latency.seconds)) s for a simple question",
                    since: checkup.now,
                    remedy: Remedy(action: .byHand, text: "look for what keeps it busy", command: "homie top")
                )
            ])
        },
        DeviceCheck("storage-driver") { checkup in
            guard let driver = checkup.engine.storageDriver else { return .unknown }
            guard ["vfs", "devicemapper", "aufs"].contains(driver) else {
                return .fine("the engine stores with \(driver)")
            }
            return .wrong([
                DeviceIssue(
                    id: "storage-driver",
                    check: "storage-driver",
                    severity: .warning,
                    summary: "the engine stores with \(driver), which is slow and wastes room",
                    since: checkup.now,
                    remedy: Remedy(
                        action: .byHand,
                        text: "let the engine use overlay2",
                        command: "docker info --format '{{.Driver}}'"
                    )
                )
            ])
        },
        DeviceCheck("state") { checkup in
            guard let failure = checkup.store.failure else { return .fine("the state database can be written") }
            let full = checkup.system?.disks.first { $0.uses.contains("state") && $0.used > 0.98 }
            return .wrong([
                DeviceIssue(
                    id: "state",
                    check: "state",
                    severity: .error,
                    summary: failure,
                    since: checkup.now,
                    causes: full.map {
                        [IssueCause(issue: "disk-space:\($0.key)", text: "\($0.mountPoint) is full")]
                    }
                        ?? [],
                    remedy: Remedy(action: .prune, text: "free disk space", command: "homie fix state")
                )
            ])
        },
        DeviceCheck("events-lost") { checkup in
            let count = checkup.store.droppedEvents
            guard count > 0 else { return .fine("no event was lost") }
            return .wrong([
                DeviceIssue(
                    id: "events-lost",
                    check: "events-lost",
                    severity: .warning,
                    summary: "\(count) events were lost while the state could not be written",
                    since: checkup.now,
                    evidence: ["the system's journal has them all"],
                    remedy: Remedy(
                        action: .byHand,
                        text: "read there what happened, and why the state could not be written",
                        command: "journalctl --unit homied --since -1d"
                    )
                )
            ])
        },
        DeviceCheck("state-unreadable") { checkup in
            let issues = checkup.store.unreadable.sorted { $0.key < $1.key }.map { name, reason in
                DeviceIssue(
                    id: "state-unreadable:\(name)",
                    check: "state-unreadable",
                    severity: .error,
                    summary: "nobody looks after '\(name)': \(reason)",
                    stack: name,
                    since: checkup.now,
                    remedy: Remedy(
                        action: .byHand,
                        text: StackFacts.unreadableRemedy,
                        command: "homie up -f compose.yaml"
                    )
                )
            }
            return .of(issues, orFine: "every stack in the state can be read")
        },
        DeviceCheck("state") { checkup in
            guard let damage = checkup.store.damage else { return .fine("the database was whole when homied started") }
            let path = checkup.store.damagePath ?? ""
            return .wrong([
                DeviceIssue(
                    id: "state-damage",
                    check: "state-damage",
                    severity: .warning,
                    summary: "the database was damaged when homied started (\(damage)); it was set aside",
                    since: checkup.now,
                    remedy: Remedy(
                        action: .byHand,
                        text: "deploy your Compose files again, then delete \(path)",
                        command: "homie up -f compose.yaml"
                    )
                )
            ])
        },
    ]
}
