public import HomieModel

/// What `homie plan` shows: every network, volume and service with what would be done to it, and why.
public enum ChangeList {
    /// - Parameters:
    ///   - known: definitions of earlier revisions by number, to name the keys that changed.
    ///   - networks: engine names of the stack's networks that exist.
    ///   - volumes: engine names of the stack's volumes that exist.
    public static func changes(
        _ wanted: WantedStack,
        observed: [ObservedContainer],
        forced: Set<String> = [],
        known: [Int: StackDefinition] = [:],
        networks: Set<String>,
        volumes: Set<String>
    ) -> [PlannedChange] {
        let survey = Survey(wanted, observed, forced: forced)
        var changes: [PlannedChange] = []
        for network in wanted.networks.values.sorted(by: { $0.name < $1.name }) where !network.isExternal {
            let isThere = networks.contains(network.name)
            changes.append(resource("network", network.name, isThere: isThere))
        }
        for volume in wanted.volumes.values.sorted(by: { $0.name < $1.name }) where !volume.isExternal {
            changes.append(resource("volume", volume.name, isThere: volumes.contains(volume.name)))
        }
        for instance in survey.members.keys.sorted() {
            changes.append(change(of: instance, survey: survey, known: known))
        }
        changes += survey.surplus.map { leaving($0) }
        changes += survey.strangers.map { stranger in
            wanted.removesOrphans
                ? leaving(stranger)
                : PlannedChange(
                    action: "keep",
                    object: "container",
                    name: stranger.name,
                    reason: "not in the file and not made by Homie; --remove-orphans removes it"
                )
        }
        return changes
    }

    private static func resource(_ object: String, _ name: String, isThere: Bool) -> PlannedChange {
        PlannedChange(
            action: isThere ? "keep" : "create",
            object: object,
            name: name,
            reason: isThere ? "unchanged" : "it is not there"
        )
    }

    private static func leaving(_ container: ObservedContainer) -> PlannedChange {
        PlannedChange(action: "remove", object: "container", name: container.name, reason: "no longer in the file")
    }

    private static func change(of instance: Instance, survey: Survey, known: [Int: StackDefinition]) -> PlannedChange {
        let wanted = survey.wanted
        let replicas = wanted.services[instance.service]?.definition.replicas ?? 1
        let name = replicas > 1 ? instance.description : instance.service.text
        func change(_ action: String, _ reason: String) -> PlannedChange {
            PlannedChange(action: action, object: "service", name: name, reason: reason)
        }
        guard let member = survey.members[instance], let service = wanted.services[instance.service] else {
            return change("keep", "unchanged")
        }
        if let current = member.current {
            switch current.state {
            case .running, .restarting: return change("keep", "unchanged")
            case .paused: return change("unpause", "it was paused")
            case .created: return change("start", "it was never started")
            case .exited, .removing, .dead:
                if case .completed = RestartDecision(
                    policy: service.definition.restart,
                    container: current,
                    restarts: 0
                ) {
                    return change("keep", "it has completed")
                }
                return change("start", "it \(RestartDecision.ending(of: current))")
            }
        }
        guard let old = member.old.first else {
            return change(
                "create",
                service.imageID == nil ? "it is not there; its image is fetched first" : "it is not there"
            )
        }
        if service.imageID == nil { return change("recreate", "its image is fetched first") }
        let before = old.revision.flatMap { known[$0]?.services[instance.service] }
        var reasons = before.map { DefinitionDifference.keys(from: $0, to: service.definition) } ?? []
        if let imageID = service.imageID, imageID != old.imageID, !reasons.contains("image") { reasons.append("image") }
        if reasons.isEmpty {
            let parents = service.definition.namespaceParents.map { "'\($0)'" }
            return change(
                "recreate",
                parents.isEmpty
                    ? "its definition changed" : "it shares the namespace of \(parents.joined(separator: ", "))"
            )
        }
        return change("recreate", "\(reasons.joined(separator: ", ")) changed")
    }
}
