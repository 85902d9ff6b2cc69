public import HomieModel
import HomiePlanning

extension Supervisor: StackInspection {
    public func stacks() async throws -> [StackStatus] {
        stacks.values.map { status(of: $0) }.sorted { $0.name < $1.name }
    }

    public func stack(_ name: StackName) async throws -> StackStatus {
        guard let state = stacks[name] else { throw SupervisorError.noStack(name) }
        return status(of: state)
    }

    public func revisions(of stack: StackName) async throws -> [RevisionRecord] {
        guard stacks[stack] != nil else { throw SupervisorError.noStack(stack) }
        try await commit([])
        return try await store.revisions(of: stack)
    }

    public func deployment(_ id: Int64) async throws -> DeploymentRecord {
        if let open = stacks.values.compactMap(\.deployment).first(where: { $0.id == id }) { return open }
        try await commit([])
        guard let found = try await store.deployments(of: nil, limit: 1000).first(where: { $0.id == id }) else {
            throw SupervisorError.noDeployment(id)
        }
        return found
    }

    public func events(_ query: EventQuery) async throws -> [EventRecord] {
        do {
            try await writer.check()
            return try await store.events(query)
        } catch {
            // A disk that is full must not hide what happened.
            return log.recent.filter(query.accepts).suffix(query.limit)
        }
    }

    public func eventStream() async -> AsyncStream<EventRecord> {
        log.listen { id in Task { await self.removeListener(id) } }
    }

    private func removeListener(_ id: Int) { log.remove(listener: id) }

    public func why(_ service: ServiceName, in stack: StackName) async throws -> [EventRecord] {
        guard let state = stacks[stack] else { throw SupervisorError.noStack(stack) }
        guard state.revision.definition.services[service] != nil else {
            throw SupervisorError.noService(service, stack)
        }
        // Whatever else happened since, the service's own events are the story, however old what led to them is.
        var known = try await events(EventQuery(stack: stack, service: service, limit: Story.length))
        var asked: Set<Int64> = []
        for _ in 0..<Story.length {
            let present = Set(known.map(\.id))
            let missing = Set(known.compactMap(\.cause)).subtracting(present).subtracting(asked)
            guard !missing.isEmpty else { break }
            asked.formUnion(missing)
            known += try await events(EventQuery(ids: missing, limit: missing.count))
        }
        return Story.of(service, events: known.sorted { $0.id < $1.id })
    }

    public func logs(of container: String, options: LogOptions) async throws -> AsyncThrowingStream<LogLine, any Error>
    {
        let matches = mirror.containers.values.filter { $0.name == container || $0.id.hasPrefix(container) }
        guard let match = matches.first(where: { $0.name == container }) ?? matches.first, !container.isEmpty else {
            throw SupervisorError.noContainer(container)
        }
        return try await engine.logs(match.id, options: options)
    }

    // MARK: how things stand

    private func status(of state: StackState) -> StackStatus {
        // Sorted into services in one go: who asks often has many.
        var containers: [ServiceName: [ObservedContainer]] = [:]
        for container in mirror.containers(of: state.record.name) where !container.isOneOff {
            if let service = container.service { containers[service, default: []].append(container) }
        }
        let dispositions = Dictionary(grouping: state.plan.dispositions) { $0.key.service }
        let services = state.revision.definition.services.keys.sorted().map { name in
            status(
                of: name,
                in: state,
                containers[name] ?? [],
                (dispositions[name] ?? []).sorted { $0.key < $1.key }.map(\.value)
            )
        }
        let isConverged =
            !state.record.isLeaving && state.plan.chains.isEmpty && state.history.busy.isEmpty
            && state.plan.verdict == .succeeded && !dirty.contains(state.record.name)
        return StackStatus(
            name: state.record.name,
            revision: state.revision.number,
            lastGoodRevision: state.record.lastGoodRevision,
            isLeaving: state.record.isLeaving,
            isConverged: isConverged,
            services: services,
            deployment: state.deployment
        )
    }

    private func status(
        of name: ServiceName,
        in state: StackState,
        _ containers: [ObservedContainer],
        _ dispositions: [Disposition]
    ) -> ServiceStatus {
        // The replica that is worst off speaks for the service.
        let worst = dispositions.max { Self.concern($0.phase) < Self.concern($1.phase) }
        let replicas = state.revision.definition.services[name]?.replicas ?? 1
        return ServiceStatus(
            stack: state.record.name,
            service: name,
            phase: worst?.phase ?? (replicas == 0 ? .stopped : isSynced ? .working : .waiting),
            reason: state.activities[name] ?? worst?.reason ?? (isSynced ? nil : "waits for the container engine"),
            image: state.revision.definition.services[name]?.image,
            replicas: replicas,
            running: containers.count { $0.state == .running },
            containers: containers.sorted { ($0.index, $0.createdAt) < ($1.index, $1.createdAt) }
                .map { ContainerStatus($0, stack: state.record.name, service: name) }
        )
    }

    static func concern(_ phase: ServiceStatus.Phase) -> Int {
        switch phase {
        case .completed: 0
        case .healthy: 1
        case .running: 2
        case .stopped: 3
        case .starting: 4
        case .working: 5
        case .waiting: 6
        case .unhealthy: 7
        case .failed: 8
        }
    }
}
