public import HomieModel
import HomiePlanning

extension Supervisor: RolloutControl {
    public func rollouts(of stack: StackName?) async throws -> [RolloutStatus] {
        if let stack, stacks[stack] == nil { throw SupervisorError.noStack(stack) }
        let wanted = stacks.values.filter { stack == nil || $0.record.name == stack }
        return wanted.flatMap { state in state.rollouts.values.map { status(of: $0, state) } }
            .sorted { ($0.stack, $0.service) < ($1.stack, $1.service) }
    }

    private func status(of record: RolloutRecord, _ state: StackState) -> RolloutStatus {
        RolloutStatus(record, replicas: state.revision.definition.services[record.service]?.replicas ?? 1)
    }

    public func steer(
        _ service: ServiceName,
        in stack: StackName,
        _ action: RolloutAction
    ) async throws -> RolloutStatus {
        var record = try openRollout(of: service, in: stack)
        try steer(&record, action)
        try await commit([.putRollout(record)])
        // The loop went on during the commit: what it noted stays, and is on disk below what was written here.
        guard var now = stacks[stack]?.rollouts[service], now.digest == record.digest, now.state.isOpen else {
            throw RolloutError.noRollout(service, stack)
        }
        try steer(&now, action)
        if now != record { later([.putRollout(now)]) }
        record = now
        stacks[stack]?.rollouts[service] = record
        stacks[stack]?.windows[service] = nil
        self.record(
            .info,
            "rollout.\(action.rawValue)",
            "the update of '\(service)' was \(action.participle) by hand",
            stack: stack,
            service: service,
            cause: stacks[stack]?.deploymentEvent
        )
        markDirty(stack)
        guard let state = stacks[stack] else { throw SupervisorError.noStack(stack) }
        return status(of: record, state)
    }

    /// What a person asks for, noted in the record.
    private func steer(_ record: inout RolloutRecord, _ action: RolloutAction) throws {
        let (service, stack) = (record.service, record.stack)
        switch action {
        case .pause:
            record.isPaused = true
            record.pauseReason = "by hand"
        case .resume:
            record.isPaused = false
            record.pauseReason = nil
            if record.state == .held { record.state = .progressing }
            // What was measured while nothing moved is no window to judge by.
            if record.stepStartedAt != nil { record.stepStartedAt = clocks.wall() }
        case .promote:
            guard record.strategy == .canary, !record.isPromoted, !record.isRollback else {
                throw RolloutError.nothingToPromote(service, stack)
            }
            record.isPaused = false
            record.pauseReason = nil
            record.isPromoted = true
        case .abort:
            guard record.fromRevision != nil, !record.isRollback else {
                throw RolloutError.nothingToReturnTo(service, stack)
            }
            record.state = .failed
            record.endedAt = clocks.wall()
            record.cause = "it was aborted by hand"
            record.settings.onFailure = .rollback
        }
    }

    private func openRollout(of service: ServiceName, in stack: StackName) throws -> RolloutRecord {
        guard let state = stacks[stack] else { throw SupervisorError.noStack(stack) }
        guard state.revision.definition.services[service] != nil else {
            throw SupervisorError.noService(service, stack)
        }
        guard let record = state.rollouts[service], record.state.isOpen else {
            throw RolloutError.noRollout(service, stack)
        }
        return record
    }

    public func update(_ stack: StackName, services: [ServiceName]) async throws -> DeploymentRecord {
        try await mutations.run { try await self.updateNow(stack, services) }
    }

    private func updateNow(_ stack: StackName, _ services: [ServiceName]) async throws -> DeploymentRecord {
        guard let state = stacks[stack] else { throw SupervisorError.noStack(stack) }
        if state.record.isLeaving { throw SupervisorError.stackIsLeaving(stack) }
        let definition = state.revision.definition
        for service in services where definition.services[service] == nil {
            throw SupervisorError.noService(service, stack)
        }
        let asked = services.isEmpty ? definition.services.keys.sorted() : services
        let fetched = Set(
            asked.filter { name in
                let service = definition.services[name]
                return service?.build == nil && service?.image != nil && service?.pullPolicy != .never
            }
        )
        var draft = try await draft(definition, ApplyOptions(pulls: true), origin: "update")
        // Services nobody asked for keep the image they have.
        for name in definition.services.keys where !fetched.contains(name) {
            draft.state.refetches.remove(name)
            if let image = state.revision.images[name] { draft.state.revision.images[name] = image }
        }
        draft.state.refetches = fetched
        draft.state.refreshWanted()
        try await requireSignatures(for: draft.state)
        return try await install(draft.state, kind: .up)
    }

    public func imageChecks() async throws -> [ImageCheck] {
        stacks.values.flatMap(\.imageChecks.values).sorted { ($0.stack, $0.service) < ($1.stack, $1.service) }
    }

    public func lock(_ service: ServiceName, in stack: StackName, reason: String?) async throws {
        try await mutations.run { try await self.lockNow(service, in: stack, reason: reason) }
    }

    private func lockNow(_ service: ServiceName, in stack: StackName, reason: String?) async throws {
        guard let state = stacks[stack] else { throw SupervisorError.noStack(stack) }
        guard state.revision.definition.services[service] != nil else {
            throw SupervisorError.noService(service, stack)
        }
        var record = state.record
        record.updateLocks[service.text] = reason
        record.updatedAt = clocks.wall()
        try await commit([.putStack(record)])
        stacks[stack]?.record.updateLocks[service.text] = reason
        // The loop went on during the commit, and may have written the stack down without the lock.
        if let present = stacks[stack]?.record, present != record { later([.putStack(present)]) }
        self.record(
            .info,
            reason == nil ? "update.unlocked" : "update.locked",
            reason.map { "updates of '\(service)' are held off: \($0)" } ?? "updates of '\(service)' may go on",
            stack: stack,
            service: service
        )
        markDirty(stack)
    }
}

extension RolloutAction {
    fileprivate var participle: String {
        switch self {
        case .pause: "paused"
        case .resume: "resumed"
        case .promote: "promoted"
        case .abort: "aborted"
        }
    }
}

/// What cannot be done with a rollout.
public enum RolloutError: UserFacingError {
    case noRollout(ServiceName, StackName)
    case nothingToPromote(ServiceName, StackName)
    case nothingToReturnTo(ServiceName, StackName)

    public var summary: String {
        switch self {
        case .noRollout(let service, let stack): "'\(stack)/\(service)' is not being updated"
        case .nothingToPromote(let service, let stack): "the update of '\(stack)/\(service)' has no canary to promote"
        case .nothingToReturnTo(let service, let stack): "'\(stack)/\(service)' has no earlier version to go back to"
        }
    }

    public var hint: String? { "'homie rollout status' shows how updates stand" }
    public var kind: ErrorKind { .conflict }
}
