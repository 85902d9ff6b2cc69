public import HomieModel
import HomiePlanning

extension Supervisor {
    public func adopt(_ definition: StackDefinition) async throws -> DeploymentRecord {
        try await mutations.run { try await self.adoptNow(definition) }
    }

    private func adoptNow(_ definition: StackDefinition) async throws -> DeploymentRecord {
        let name = definition.name
        let containers = try await currentContainers(of: name).filter { !$0.isOneOff }
        guard containers.contains(where: { $0.service.map { definition.services[$0] != nil } ?? false }) else {
            throw SupervisorError.nothingToAdopt(name)
        }
        var draft = try await draft(definition, ApplyOptions(), origin: "adopted")
        // What runs is what is wanted: each service keeps the image its container has.
        for container in containers.sorted(by: { $0.index > $1.index }) {
            guard let service = container.service, definition.services[service] != nil else { continue }
            draft.state.revision.images[service] = container.imageID
            draft.state.refetches.remove(service)
        }
        draft.state.refreshWanted()
        layOver(containers, draft.state)
        let deployment = try await install(draft.state, kind: .adopt)
        later(mirror.containers(of: name).map(StateChange.putContainer))
        return deployment
    }

    /// Makes containers that someone else made count as ours, through labels laid over theirs.
    func layOver(_ containers: [ObservedContainer], _ state: StackState) {
        for container in containers {
            guard let service = container.service, let digest = state.wanted.services[service]?.specDigest,
                container.specDigest != digest
            else { continue }
            let labels = [
                ContainerLabels.specDigest: digest, ContainerLabels.adopted: "true",
                ContainerLabels.revision: String(state.revision.number),
            ]
            mirror.overlays[container.id] = labels
            mirror.update(container.id) { $0.labels.merge(labels) { _, new in new } }
        }
    }

    /// Makes stacks from what the labels of running containers say, after the state was lost.
    func rebuild() {
        needsRebuild = false
        var groups: [StackName: [ObservedContainer]] = [:]
        for container in mirror.containers.values where container.isOwned && !container.isOneOff {
            if let name = container.stack, stacks[name] == nil { groups[name, default: []].append(container) }
        }
        let now = clocks.wall()
        for (name, containers) in groups.sorted(by: { $0.key < $1.key }) {
            let (definition, images) = StackRebuilder.rebuild(name, from: containers)
            guard !definition.services.isEmpty else { continue }
            let number = containers.compactMap(\.revision).max() ?? 1
            let revision = RevisionRecord(
                stack: name,
                number: number,
                definition: definition,
                images: images,
                origin: "rebuilt from the engine",
                createdAt: now
            )
            let record = StackRecord(name: name, revision: number, createdAt: now, updatedAt: now)
            let state = StackState(record: record, revision: revision)
            stacks[name] = state
            layOver(containers, state)
            later(
                [.putStack(record), .putRevision(revision)] + mirror.containers(of: name).map(StateChange.putContainer)
            )
            self.record(
                .warning,
                "state.rebuilt",
                "'\(name)' was rebuilt from its containers; deploy its file again to be sure that nothing is missing",
                stack: name
            )
        }
    }
}
