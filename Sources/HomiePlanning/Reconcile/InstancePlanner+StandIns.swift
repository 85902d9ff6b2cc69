import HomieModel

/// Stand-ins that no rollout leads any more, such as after one that failed on its way back.
extension InstancePlanner {
    /// Without a rollout: a stand-in serves until its replica does, and goes.
    mutating func planStandIns(of instance: Instance, _ member: Survey.Member) {
        guard !member.standIns.isEmpty else { return }
        let led = history.relays[instance]
        let isUnknown = wanted.services[instance.service]?.specDigest == nil
        if let standIn = member.standIns.first(where: { $0.id == led && $0.state == .running }) {
            let serves = ([member.current].compactMap { $0 } + member.old).contains {
                $0.state == .running && ($0.health == .none || $0.health == .healthy) && listens($0, as: standIn)
            }
            if !serves || isUnknown {
                plan.relays[instance] = standIn.id
                return
            }
        }
        // Some rules of an earlier process may still lead to any of them.
        guard !history.areRelaysRecalled else { return }
        for standIn in member.standIns where standIn.id != led && isFree(.departure(standIn.id)) {
            guard isDrained(standIn, instance.service) else { continue }
            let steps = Self.removal(of: standIn)
            add(Chain(key: .departure(standIn.id), reason: "nobody needs it to stand in any more", steps: steps))
        }
    }

    /// Whether a container is listened at wherever its stand-in is, as far as that can be seen at all.
    private func listens(_ container: ObservedContainer, as standIn: ObservedContainer) -> Bool {
        guard history.portsSeenAt != nil else { return false }
        guard let needed = history.ports[standIn.id]?.listening else { return true }
        let published = (standIn.bindings ?? []).map(\.key)
        return needed.intersection(published).isSubset(of: history.ports[container.id]?.listening ?? [])
    }

    /// Whether a stand-in has no connections since none are led to it, or had its time; wakes the look after that.
    private mutating func isDrained(_ standIn: ObservedContainer, _ service: ServiceName) -> Bool {
        guard standIn.state == .running, let led = history.ledAt else { return true }
        let definition = wanted.services[service]?.definition ?? ServiceDefinition()
        let settings = (try? UpdateReader(service: service, definition: definition).settings()) ?? UpdateSettings()
        let due = TimeSpan(nanoseconds: led.nanoseconds + settings.drain.nanoseconds)
        guard now < due else { return true }
        let settled = TimeSpan(nanoseconds: led.nanoseconds + RolloutPlanner.settling.nanoseconds)
        if let seen = history.portsSeenAt, seen >= settled, let use = history.ports[standIn.id], use.proxied == 0,
            Set((standIn.bindings ?? []).map(\.key)).allSatisfy({ use.connections[$0] ?? 0 == 0 })
        {
            return true
        }
        wake(at: min(due, TimeSpan(nanoseconds: now.nanoseconds + RolloutPlanner.settling.nanoseconds)))
        return false
    }
}
