public import HomieModel
import HomiePlanning

extension Supervisor {
    public func plan(_ definition: StackDefinition, options: ApplyOptions) async throws -> [PlannedChange] {
        let draft = try await draft(definition, options, origin: "plan")
        let existing = try await engine.resources(of: definition.name)
        var known: [Int: StackDefinition] = [:]
        for revision in try await store.revisions(of: definition.name) { known[revision.number] = revision.definition }
        let changes = ChangeList.changes(
            draft.state.wanted,
            observed: try await currentContainers(of: definition.name),
            forced: draft.state.history.forced,
            known: known,
            networks: existing.networks,
            volumes: existing.volumes
        )
        let routed = routedByHand(in: definition.name)
        if changes.contains(where: { $0.action == "recreate" }) { await lookAtRelaying() }
        let explained = changes.map {
            UpdateChoice.explain(
                $0,
                in: definition,
                canSteer: traffic != nil,
                routed: routed,
                relaying: relays.ability
            )
        }
        // What is in place already is not looked at again.
        if draft.isUnchanged, isSettled(draft.state) { return explained }
        let routes = await routeChanges(with: draft.state.revision.definition)
        return explained + routes + (await signatureChanges(for: draft.state))
    }
}
