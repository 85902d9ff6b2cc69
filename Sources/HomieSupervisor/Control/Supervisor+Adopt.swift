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
            var labels = [
                ContainerLabels.specDigest: digest, ContainerLabels.adopted: "true",
                ContainerLabels.revision: String(state.revision.number),
            ]
            labels[ContainerLabels.ownDigest] = container.labels[ContainerLabels.ownDigest] ?? container.specDigest
            mirror.overlays[container.id] = labels
            mirror.update(container.id) { $0.labels.merge(labels) { _, new in new } }
        }
    }

    /// Containers whose stack was rebuilt with less than it had are what they were made of again, once just that is wanted.
    func liftDigests(of name: StackName) {
        guard let wanted = stacks[name]?.wanted.services else { return }
        for container in mirror.containers(of: name) {
            guard let own = container.labels[ContainerLabels.ownDigest], own != container.specDigest,
                let service = container.service, wanted[service]?.specDigest == own
            else { continue }
            mirror.overlays[container.id, default: [:]][ContainerLabels.specDigest] = own
            mirror.update(container.id) { $0.labels[ContainerLabels.specDigest] = own }
            if let now = mirror[container.id] { later([.putContainer(now)]) }
        }
    }

    /// Makes stacks from what the labels of running containers say, after the state was lost.
    ///
    /// - Throws: what the engine says; then nothing was rebuilt.
    func rebuild() async throws {
        var environments: [String: [String: String]] = [:]
        for container in lostContainers() {
            environments[container.id] = try await engine.environment(of: container.id)
        }
        // Another listing may have been faster.
        guard needsRebuild else { return }
        needsRebuild = false
        let known = lostContainers().filter { environments[$0.id] != nil }
        let groups = Dictionary(grouping: known) { $0.stack }
            .compactMap { name, containers in name.map { ($0, containers) } }
        let now = clocks.wall()
        for (name, containers) in groups.sorted(by: { $0.0 < $1.0 }) {
            let (definition, images) = StackRebuilder.rebuild(name, from: containers, environments: environments)
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

    /// Our containers of stacks that nothing is known of.
    private func lostContainers() -> [ObservedContainer] {
        mirror.containers.values.filter { container in
            container.isOwned && !container.isOneOff
                && container.stack.map { stacks[$0] == nil && unreadable[$0] == nil } ?? false
        }
    }
}
