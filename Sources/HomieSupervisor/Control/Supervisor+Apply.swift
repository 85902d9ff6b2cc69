public import HomieModel
import HomiePlanning

extension Supervisor: StackControl {
    public func apply(_ definition: StackDefinition, options: ApplyOptions) async throws -> DeploymentRecord {
        try await mutations.run { try await self.applyNow(definition, options) }
    }

    public func remove(_ stack: StackName, removesVolumes: Bool) async throws -> DeploymentRecord {
        try await mutations.run { try await self.removeNow(stack, removesVolumes) }
    }

    public func rollback(_ stack: StackName, to revision: Int?) async throws -> DeploymentRecord {
        try await mutations.run { try await self.rollbackNow(stack, revision) }
    }

    public nonisolated func inspect() -> any StackInspection { self }

    // MARK: apply

    /// A stack as it would be after an apply.
    struct Draft {
        var state: StackState
        /// The definition and all images are what they were.
        var isUnchanged: Bool
    }

    func draft(_ definition: StackDefinition, _ options: ApplyOptions, origin: String) async throws -> Draft {
        for (name, service) in definition.services.sorted(by: { $0.key < $1.key }) {
            _ = try UpdateReader(service: name, definition: service).settings()
        }
        try await checkJobs(of: definition)
        let images = await localImages(of: definition, pulls: options.pulls)
        let name = definition.name
        let existing = stacks[name]
        if existing?.record.isLeaving == true { throw SupervisorError.stackIsLeaving(name) }
        let refetches = Set(definition.services.keys.filter { images[$0] == nil })
        let isSame =
            existing.map { old in
                old.revision.definition == definition && refetches.isEmpty && old.refetches.isEmpty
                    && images.allSatisfy { old.revision.images[$0.key] == $0.value.id }
            } ?? false
        let now = clocks.wall()
        var state: StackState
        if let existing, isSame {
            state = existing
        } else {
            let number = try await nextRevision(of: name)
            let revision = RevisionRecord(
                stack: name,
                number: number,
                definition: definition,
                images: images.mapValues(\.id),
                origin: origin,
                createdAt: now
            )
            var record =
                existing?.record ?? StackRecord(name: name, revision: number, createdAt: now, updatedAt: now)
            record.revision = number
            state = existing ?? StackState(record: record, revision: revision)
            state.record = record
            state.revision = revision
            state.refetches = options.pulls ? refetches : Self.alwaysFetched(definition).intersection(refetches)
        }
        for image in images.values { state.images[image.id] = image }
        state.record.updatedAt = now
        state.record.stoppedByHand = []
        state.removesOrphans = options.removesOrphans
        state.request = Self.applied(options)
        if options.forcesRecreate { state.history.forced = Set(mirror.containers(of: name).map(\.id)) }
        let failed = state.plan.dispositions.filter { $0.value.phase == .failed }.keys
        state.history.noteDeployment(revives: Set(failed))
        if let existing, existing.history.resourcesReady, isSame || hasResources(of: definition, since: existing) {
            state.history.resourcesReady = true
        }
        // Digests of fifty services take milliseconds, and an unchanged stack has them already.
        if isSame && existing?.removesOrphans == options.removesOrphans {
            for name in definition.services.keys { state.refreshHealthcheck(name) }
        } else {
            state.refreshWanted()
        }
        return Draft(state: state, isUnchanged: isSame && !options.forcesRecreate)
    }

    /// The networks of a definition are there as it says: nothing of them has changed, and what runs holds them. Volumes are
    /// looked at anew, since the engine makes one that is missing by itself, without the stack's labels.
    private func hasResources(of definition: StackDefinition, since old: StackState) -> Bool {
        guard definition.volumes.isEmpty, definition.networks == old.revision.definition.networks else { return false }
        let running = mirror.containers(of: definition.name).filter { $0.state == .running }
        let held = Set(running.flatMap(\.addresses.keys))
        return definition.networks.values.allSatisfy { held.contains($0.name) }
    }

    private static func alwaysFetched(_ definition: StackDefinition) -> Set<ServiceName> {
        Set(definition.services.filter { $0.value.pullPolicy == .always || $0.value.pullPolicy == .build }.keys)
    }

    private func nextRevision(of name: StackName) async throws -> Int {
        let known = stacks[name]?.revision.number ?? 0
        // After a roll-back the newest revision may be later than the wanted one, and one may still be on its way.
        try await commit([])
        let stored = try await store.newestRevision(of: name) ?? 0
        return max(known, stored) + 1
    }

    private func applyNow(_ definition: StackDefinition, _ options: ApplyOptions) async throws -> DeploymentRecord {
        let draft = try await draft(definition, options, origin: "up")
        if draft.isUnchanged, isSynced, isSettled(draft.state) {
            stacks[definition.name]?.request = Self.applied(options)
            return reportUnchanged(draft.state)
        }
        try await requireSignatures(for: draft.state)
        return try await install(draft.state, kind: .up)
    }

    private static func applied(_ options: ApplyOptions) -> StackState.AppliedRequest? {
        options.request.map { StackState.AppliedRequest(digest: $0, options: options) }
    }

    public func confirm(_ request: ContentDigest, of stack: StackName) async throws -> DeploymentRecord {
        try await mutations.run { try await self.confirmNow(request, of: stack) }
    }

    private func confirmNow(_ request: ContentDigest, of name: StackName) async throws -> DeploymentRecord {
        guard let state = stacks[name], let applied = state.request, applied.digest == request else {
            throw SupervisorError.notInPlace(name)
        }
        let draft = try await draft(state.revision.definition, applied.options, origin: "up")
        guard draft.isUnchanged, isSynced, isSettled(draft.state) else { throw SupervisorError.notInPlace(name) }
        return reportUnchanged(draft.state)
    }

    /// Nothing is to be done for a state.
    func isSettled(_ state: StackState) -> Bool {
        let observed = mirror.containers(of: state.record.name)
        let plan = StackReconciler.plan(state.wanted, observed: observed, history: state.history, now: clocks.uptime())
        return plan.chains.isEmpty && plan.verdict == .succeeded
    }

    private func reportUnchanged(_ state: StackState) -> DeploymentRecord {
        let now = clocks.wall()
        lastDeploymentID += 1
        let deployment = DeploymentRecord(
            id: lastDeploymentID,
            stack: state.record.name,
            revision: state.revision.number,
            kind: .up,
            state: .succeeded,
            startedAt: now,
            endedAt: now
        )
        later([.putDeployment(deployment)])
        return deployment
    }

    /// Makes a drafted state the wanted one: on disk first, then in the loop.
    ///
    /// - Parameter healer: the event of the rung of the healing ladder that asks for it; the ladder goes on from there.
    func install(
        _ draft: StackState,
        kind: DeploymentRecord.Kind,
        healedBy healer: Int64? = nil
    ) async throws -> DeploymentRecord {
        let name = draft.record.name
        let now = clocks.wall()
        lastDeploymentID += 1
        let deployment = DeploymentRecord(
            id: lastDeploymentID,
            stack: name,
            revision: draft.revision.number,
            kind: kind,
            state: .running,
            startedAt: now
        )
        var wanted = draft.record
        wanted.intent = draft.intent
        var changes: [StateChange] = [.putStack(wanted)]
        changes.append(.putRevision(draft.revision))
        if var old = stacks[name]?.deployment, old.state == .running {
            old.state = .superseded
            old.endedAt = now
            changes.append(.putDeployment(old))
        }
        changes.append(.putDeployment(deployment))
        let isNew = stacks[name] == nil
        try await commit(changes)
        // The loop went on during the commit: what it learnt stays, what is wanted is replaced.
        var state = stacks[name] ?? draft
        state.record = wanted
        if let present = stacks[name]?.record {
            state.record.lastGoodRevision = present.lastGoodRevision ?? wanted.lastGoodRevision
            state.record.updateLocks = present.updateLocks
        }
        // And it may have written down meanwhile what it knew of the stack before, or that the stack is gone.
        later([.putStack(state.record)] + (stacks[name] == nil && !isNew ? [.putRevision(draft.revision)] : []))
        state.revision = draft.revision
        state.refetches = draft.refetches
        state.removesOrphans = draft.removesOrphans
        state.request = kind == .up ? draft.request : nil
        state.images.merge(draft.images) { _, new in new }
        let resourcesReady = draft.history.resourcesReady
        state.history.noteDeployment(revives: draft.history.revived, isHealing: healer != nil)
        state.history.resourcesReady = resourcesReady
        state.history.forced = draft.history.forced
        state.deployment = deployment
        state.isReturning = false
        giveUpFailedRollouts(&state)
        state.generation += 1
        state.giveUpFetches()
        if healer == nil {
            state.causes = [:]
            forgetHealing(of: name)
        }
        state.heldAt = [:]
        // What is led to a stand-in stays so until the next look says otherwise: it may be the only one that serves.
        let relays = state.plan.relays
        state.plan = StackPlan()
        state.plan.relays = relays
        state.refreshWanted()
        state.beginTrace(of: deployment)
        stacks[name] = state
        unreadable[name] = nil
        let verb = kind == .down ? "is being taken down" : "is being deployed as revision \(state.revision.number)"
        let event = record(
            .info,
            "deployment.started",
            "'\(name)' \(verb)",
            stack: name,
            cause: healer,
            detail: state.revision.origin
        )
        stacks[name]?.deploymentEvent = event
        liftDigests(of: name)
        markDirty(name)
        return deployment
    }

    func currentContainers(of name: StackName) async throws -> [ObservedContainer] {
        if !isSynced || stacks[name] == nil { await resync() }
        guard isSynced else { throw SupervisorError.engineDown(engineFailure ?? "not connected yet") }
        return mirror.containers(of: name)
    }
}
