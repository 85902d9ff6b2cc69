import HomieModel
import HomiePlanning

extension Supervisor {
    func removeNow(_ name: StackName, _ removesVolumes: Bool) async throws -> DeploymentRecord {
        guard var draft = stacks[name] else { throw SupervisorError.noStack(name) }
        if draft.record.isLeaving, let deployment = draft.deployment, deployment.kind == .down,
            draft.record.removesVolumes == removesVolumes, deployment.state == .running
        {
            return deployment
        }
        draft.record.isLeaving = true
        draft.record.removesVolumes = removesVolumes
        draft.record.updatedAt = clocks.wall()
        draft.history.resourcesReady = false
        draft.history.revived = []
        return try await install(draft, kind: .down)
    }

    /// - Parameters:
    ///   - cause: why it is done without a person's asking; becomes part of the revision's origin.
    ///   - event: the event of the healing that asks for it.
    func rollbackNow(
        _ name: StackName,
        _ number: Int?,
        cause: String? = nil,
        healedBy event: Int64? = nil
    ) async throws -> DeploymentRecord {
        guard let state = stacks[name] else { throw SupervisorError.noStack(name) }
        if state.record.isLeaving { throw SupervisorError.stackIsLeaving(name) }
        try await commit([])
        let revisions = try await store.revisions(of: name)
        let target: RevisionRecord
        if let number {
            guard let found = revisions.first(where: { $0.number == number }) else {
                throw SupervisorError.noRevision(number, name)
            }
            target = found
        } else {
            target = try await lastGood(before: state, among: revisions)
        }
        let now = clocks.wall()
        let next = (revisions.map(\.number).max() ?? state.revision.number) + 1
        var draft = state
        draft.revision = RevisionRecord(
            stack: name,
            number: next,
            definition: target.definition,
            images: target.images,
            origin: RevisionRecord.returnOrigin(to: target.number) + (cause.map { ": \($0)" } ?? ""),
            createdAt: now
        )
        draft.record.revision = next
        draft.record.stoppedByHand = []
        draft.record.updatedAt = now
        draft.refetches = []
        let failed = state.plan.dispositions.filter { $0.value.phase == .failed }.keys
        draft.history.noteDeployment(revives: Set(failed))
        draft.refreshWanted()
        return try await install(draft, kind: .rollback, healedBy: event)
    }

    /// The newest revision that proved good and differs from the wanted one.
    func lastGood(before state: StackState, among revisions: [RevisionRecord]) async throws -> RevisionRecord {
        let present = state.revision
        func differs(_ other: RevisionRecord) -> Bool {
            other.definition != present.definition || other.images != present.images
        }
        if let good = state.record.lastGoodRevision, good != present.number,
            let found = revisions.first(where: { $0.number == good }), differs(found)
        {
            return found
        }
        let succeeded = Set(
            try await store.deployments(of: present.stack, limit: 200).filter { $0.state == .succeeded }.map(\.revision)
        )
        let candidates = revisions.filter { $0.number < present.number && succeeded.contains($0.number) && differs($0) }
        guard let best = candidates.max(by: { $0.number < $1.number }) else {
            throw SupervisorError.nothingToRollBackTo(present.stack)
        }
        return best
    }
}
