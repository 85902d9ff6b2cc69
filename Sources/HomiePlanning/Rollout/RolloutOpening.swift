public import HomieModel

/// Decides whether a change of a service is led by a rollout (pure).
public enum RolloutOpening {
    /// The record to begin with; nil when there is nothing to lead over, or it is led already.
    ///
    /// - Parameters:
    ///   - choice: how the service is updated.
    ///   - present: its newest rollout.
    ///   - containers: all containers of the service.
    ///   - isRollback: the wanted revision is one to return to.
    public static func record(
        for service: ServiceName,
        in wanted: WantedStack,
        choice: UpdateChoice,
        present: RolloutRecord?,
        containers: [ObservedContainer],
        forced: Set<String>,
        deployment: Int64?,
        fromRevision: Int?,
        isRollback: Bool,
        lock: String?,
        now: Timestamp
    ) -> RolloutRecord? {
        guard let digest = wanted.services[service]?.specDigest, choice.strategy != .recreate, !wanted.isLeaving else {
            return nil
        }
        if let present, present.digest == digest, present.state.isOpen || present.deployment == deployment {
            // Made anew although nothing changed: that begins a rollout of its own, once.
            guard !present.state.isOpen, present.state == .succeeded, !forced.isEmpty else { return nil }
        }
        func isNew(_ container: ObservedContainer) -> Bool {
            container.specDigest == digest && !forced.contains(container.id) && container.state != .dead
        }
        let ours = containers.filter { !$0.isOneOff && $0.state != .removing }
        let running = ours.filter { $0.state == .running && !isNew($0) }
        guard !running.isEmpty else { return nil }
        if choice.settings.strategy == nil, (wanted.services[service]?.definition.replicas ?? 1) < 2,
            running.contains(where: { hasOwnVolume($0, wanted) })
        {
            return nil
        }
        let served = present.map { servedBy($0) } ?? { _ in true }
        var record = RolloutRecord(
            stack: wanted.name,
            service: service,
            strategy: isRollback ? .blueGreen : choice.strategy,
            settings: choice.settings,
            fromRevision: fromRevision,
            toRevision: wanted.revision,
            digest: digest,
            deployment: deployment,
            isRollback: isRollback,
            startedAt: now
        )
        let isSuperseding = present?.state.isOpen == true || present?.state == .failed
        if choice.bridges { record.bridges = true }
        record.replaced = running.filter { served($0) }.map(\.id).sorted()
        if isSuperseding {
            record.discarded = running.filter { !served($0) }.map(\.id).sorted()
            // What served all along goes on serving: the way back from a canary is a matter of weights.
            record.admitted = ours.filter { isNew($0) && $0.state == .running && served($0) }.map(\.id).sorted()
        }
        if let lock, !isRollback {
            record.state = .held
            record.pauseReason = lock
        }
        return record
    }

    /// Whether a container had its full share in an unfinished rollout.
    private static func servedBy(_ present: RolloutRecord) -> (ObservedContainer) -> Bool {
        guard present.state.isOpen || present.state == .failed else { return { _ in true } }
        let admitted = Set(present.admitted)
        let discarded = Set(present.discarded)
        return { container in
            if discarded.contains(container.id) { return false }
            return container.specDigest != present.digest || admitted.contains(container.id)
        }
    }

    /// An anonymous volume is one version's own.
    private static func hasOwnVolume(_ container: ObservedContainer, _ wanted: WantedStack) -> Bool {
        let named = Set(wanted.volumes.values.map(\.name))
        return container.mounts.contains { mount in
            mount.kind == .volume && mount.volume.map { !named.contains($0) } ?? false
        }
    }
}
