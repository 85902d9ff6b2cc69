import FoundationEssentials
import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Tells of the rungs that a plan takes, and begins what is not a chain of steps.
    func heal(_ name: StackName, _ healings: [Healing]) {
        for healing in healings {
            if let memory = healing.memory { tellMemory(memory, healing, name) }
            guard let (kind, message) = Self.telling(healing) else { continue }
            let event = record(
                .warning,
                kind,
                message,
                healing.instance,
                of: name,
                container: stacks[name]?.container(of: healing.instance)
            )
            markDirty(name)
            guard case .rollBack(let revision) = healing.action else { continue }
            Task { await self.rollBack(name, to: revision, for: healing.instance, event: event) }
        }
    }

    private func tellMemory(_ memory: ByteCount, _ healing: Healing, _ name: StackName) {
        let what = healing.instance.service
        record(
            .warning,
            "healing.memory",
            "the memory limit of '\(what)' is raised to \(memory.bytes >> 20) MiB: \(healing.reason)",
            healing.instance,
            of: name,
            container: stacks[name]?.container(of: healing.instance)
        )
    }

    /// The event of a rung; a plain restart tells of itself.
    private static func telling(_ healing: Healing) -> (kind: String, message: String)? {
        let what = "'\(healing.instance.service)'"
        switch healing.action {
        case .restart: return nil
        case .recreate: return ("healing.recreate", "\(what) gets a fresh container: \(healing.reason)")
        case .rollBack(let revision):
            return ("healing.rollback", "revision \(revision) is brought back for \(what): \(healing.reason)")
        case .quarantine: return ("healing.quarantine", "\(what) is put into quarantine: \(healing.reason)")
        case .tryAgain: return ("healing.try_again", "\(what) is tried once more: \(healing.reason)")
        }
    }

    private func rollBack(_ name: StackName, to revision: Int, for instance: Instance, event: Int64) async {
        do {
            _ = try await mutations.run { try await self.rollbackNow(name, revision, healedBy: event) }
        } catch {
            stacks[name]?.history.isReturning = false
            // The ladder notes the rung as taken, and goes on to the next one.
            let cause = FaultCause.refused(Self.sentence(error))
            if let wanted = stacks[name]?.wanted {
                stacks[name]?.history.noteTrouble(of: instance, cause, wanted: wanted, now: clocks.uptime())
            }
            record(
                .error,
                "healing.failed",
                "revision \(revision) of '\(name)' could not be brought back: \(Self.sentence(error))",
                instance,
                of: name,
                container: nil
            )
        }
        markDirty(name)
    }

    // MARK: what outlives the daemon

    /// Writes down the troubles that changed.
    func keepTroubles(of name: StackName, since before: [Instance: HealingHistory]) {
        guard let after = stacks[name]?.history.healing else { return }
        var changes: [StateChange] = []
        for (instance, history) in after
        where history.trouble != before[instance]?.trouble || history.memory != before[instance]?.memory {
            guard history.trouble != nil || history.memory != nil else {
                changes.append(.removeHealing(name, instance: instance.description))
                continue
            }
            do {
                let text = String(decoding: try JSONEncoder().encode(history), as: UTF8.self)
                changes.append(
                    .putHealing(
                        HealingRecord(
                            stack: name,
                            instance: instance.description,
                            history: text,
                            at: clocks.wall(),
                            uptime: clocks.uptime()
                        )
                    )
                )
            } catch {
                logger.error("a history cannot be written as JSON", metadata: ["error": "\(error)"])
            }
        }
        for (instance, history) in before
        where (history.trouble != nil || history.memory != nil) && after[instance] == nil {
            changes.append(.removeHealing(name, instance: instance.description))
        }
        if !changes.isEmpty { later(changes) }
    }

    /// A deployment begins everything anew.
    func forgetHealing(of name: StackName) { later([.removeHealing(name, instance: nil)]) }

    /// Goes on with the troubles that the daemon before this one knew of.
    func takeUpHealing(_ records: [HealingRecord], in state: inout StackState) {
        for record in records {
            guard let instance = Instance(key: record.instance) else { continue }
            do {
                let history = try JSONDecoder().decode(HealingHistory.self, from: Data(record.history.utf8))
                // A wall clock that jumped must neither age a trouble by years nor put it into the future.
                let away = min(max(0, (clocks.wall() - record.at).nanoseconds), TimeSpan.days(1).nanoseconds)
                let shift = clocks.uptime().nanoseconds - record.uptime.nanoseconds - away
                state.history.healing[instance] = history.shifted(by: TimeSpan(nanoseconds: shift))
            } catch {
                logger.warning(
                    "what was done for a replica cannot be read; its ladder begins anew",
                    metadata: ["service": "\(instance.service)", "error": "\(error)"]
                )
            }
        }
    }
}
