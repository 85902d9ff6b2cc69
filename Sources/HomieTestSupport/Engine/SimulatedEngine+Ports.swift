public import HomieModel
public import HomieSupervisor

extension SimulatedEngine: EngineObservation {
    public func listing() async throws -> EngineListing {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        if let failure = failures["list"], failure.count > 0 {
            failures["list"]?.count -= 1
            throw failure.error
        }
        let listed = containers.values.filter { $0.labels[ContainerLabels.project] != nil }
        return EngineListing(
            containers: listed.map { broken.contains($0.id) ? outline(of: $0) : $0 },
            outlined: Set(listed.map(\.id)).intersection(broken)
        )
    }

    /// As much as the list of containers says.
    private func outline(of container: ObservedContainer) -> ObservedContainer {
        var outline = container
        outline.startedAt = container.state == .created ? nil : container.createdAt
        outline.finishedAt = nil
        outline.processID = nil
        outline.bindings = nil
        return outline
    }

    public func container(_ id: String) async throws -> ObservedContainer? {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        conversation.append("inspect \(containers[id]?.name ?? id)")
        if broken.contains(id) { throw Refusal(summary: "RWLayer is unexpectedly nil", kind: .failed) }
        return containers[id] ?? find(id)
    }

    /// Every image has a `PATH` of its own.
    public func environment(of id: String) async throws -> [String: String]? {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        guard containers[id] != nil else { return nil }
        return ["PATH": "/bin"].merging(recipes[id]?.definition.environment ?? [:]) { _, own in own }
    }

    public nonisolated func events() -> AsyncStream<EngineEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: EngineEvent.self)
        Task { await self.listen(continuation) }
        return stream
    }

    private func listen(_ continuation: AsyncStream<EngineEvent>.Continuation) {
        nextNumber += 1
        listeners[nextNumber] = continuation
        if isUp { continuation.yield(.connected) }
    }

    public func logs(_ id: String, options: LogOptions) async throws -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { continuation in
            continuation.yield(LogLine(at: nil, channel: .stdout, text: "hello"))
            continuation.finish()
        }
    }
}

extension SimulatedEngine: ContainerControl {
    public func create(_ recipe: ContainerRecipe) async throws -> String {
        try check("create", recipe.name)
        if let other = find(recipe.name) {
            if other.specDigest == recipe.labels[ContainerLabels.specDigest] { return other.id }
            throw Refusal(summary: "the name '\(recipe.name)' is taken", kind: .conflict)
        }
        guard images[recipe.imageID] != nil else {
            throw Refusal(summary: "no such image: \(recipe.imageID)", kind: .notFound)
        }
        for network in recipe.networks.values where !network.isExternal && networks[network.name] == nil {
            throw Refusal(summary: "network \(network.name) not found", kind: .notFound)
        }
        nextNumber += 1
        let digits = String(nextNumber, radix: 16)
        let id = String(repeating: "0", count: 12 - digits.count) + digits + String(repeating: "f", count: 52)
        let parent = recipe.definition.networkMode?.sharedService.flatMap { recipe.namespaceContainers[$0] }
        containers[id] = ObservedContainer(
            id: id,
            name: recipe.name,
            imageID: recipe.imageID,
            labels: recipe.labels,
            state: .created,
            createdAt: now(),
            networkParent: parent,
            mounts: recipe.anonymousVolumes.map {
                ObservedMount(kind: .volume, volume: $0.value, destination: $0.key)
            }
        )
        recipes[id] = recipe
        emit(id, "create")
        return id
    }

    public func start(_ id: String) async throws {
        try check("start", containers[id]?.name ?? id)
        if let startDelay { try await Task.sleep(for: startDelay) }
        guard containers[id] != nil else { throw Refusal(summary: "no such container: \(id)", kind: .notFound) }
        try begin(id)
    }

    public func stop(_ id: String, grace: TimeSpan?) async throws {
        try check("stop", containers[id]?.name ?? id)
        guard containers[id]?.state == .running else { return }
        emit(id, "kill", ["signal": "15"])
        end(id, exitCode: 143)
        while holdsClearing { try await Task.sleep(for: .milliseconds(2)) }
        guard tellsStopsLate else { return emit(id, "stop") }
        Task {
            try? await Task.sleep(for: .milliseconds(50))
            self.emit(id, "stop")
        }
    }

    public func remove(_ id: String, anonymousVolumes: Bool) async throws {
        try check("remove", containers[id]?.name ?? id)
        guard let container = containers[id] else { return }
        guard ![.running, .paused].contains(container.state) else {
            throw Refusal(summary: "cannot remove a running container", kind: .conflict)
        }
        gone[id] = container
        containers[id] = nil
        emit(id, "destroy")
    }

    public func signal(_ id: String, _ name: String) async throws {
        try check("signal", containers[id]?.name ?? id)
        guard containers[id]?.state == .running else { return }
        emit(id, "kill", ["signal": name])
    }

    public func unpause(_ id: String) async throws {
        try check("unpause", containers[id]?.name ?? id)
        guard containers[id]?.state == .paused else { return }
        containers[id]?.state = .running
        emit(id, "unpause")
    }

    public func rename(_ id: String, to name: String) async throws {
        try check("rename", name)
        if let other = find(name), other.id != id {
            throw Refusal(summary: "the name '\(name)' is taken", kind: .conflict)
        }
        containers[id]?.name = name
        emit(id, "rename", ["name": name])
    }

    public func execute(_ command: [String], in id: String, timeout: TimeSpan) async throws -> ExecutionResult {
        guard isUp, containers[id]?.state == .running else {
            throw Refusal(summary: "the container does not run", kind: .conflict)
        }
        commandCount += 1
        return ExecutionResult(exitCode: passesCommands || containers[id]?.health == .healthy ? 0 : 1, output: "")
    }
}

extension SimulatedEngine: HookExecution {
    /// Every hook succeeds, unless calls of `hook` were told to fail.
    public func run(_ hook: LifecycleHook, in id: String, timeout: TimeSpan) async throws -> ExecutionResult {
        guard isUp, let container = containers[id], container.state == .running else {
            throw Refusal(summary: "the container does not run", kind: .conflict)
        }
        // As a shell would have it: variables, then the command.
        let words = (hook.environment ?? [:]).map { "\($0.key)=\($0.value)" }.sorted() + hook.command
        calls.append("hook \(container.name) \(words.joined(separator: " "))")
        if let failure = failures["hook"], failure.count > 0 {
            failures["hook"]?.count -= 1
            return ExecutionResult(exitCode: 3, output: failure.error.summary)
        }
        return ExecutionResult(exitCode: 0, output: "")
    }
}

extension SimulatedEngine: EngineResources {
    public func ensureNetwork(_ network: NetworkDefinition, key: String, stack: StackName) async throws {
        try check("ensureNetwork", network.name)
        if network.isExternal {
            guard networks[network.name] != nil else {
                throw Refusal(summary: "network \(network.name) not found", kind: .notFound)
            }
            return
        }
        networks[network.name] = stack
    }

    public func removeNetwork(_ name: String) async throws {
        try check("removeNetwork", name)
        networks[name] = nil
    }

    public func ensureVolume(_ volume: VolumeDefinition, key: String, stack: StackName) async throws {
        try check("ensureVolume", volume.name)
        volumes[volume.name] = stack
    }

    public func removeVolume(_ name: String) async throws {
        try check("removeVolume", name)
        volumes[name] = nil
    }

    public func resources(of stack: StackName) async throws -> EngineResourceNames {
        EngineResourceNames(
            networks: Set(networks.filter { $0.value == stack }.keys),
            volumes: Set(volumes.filter { $0.value == stack }.keys)
        )
    }

    public func information() async throws -> EngineInformation {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        return EngineInformation(version: "0", apiVersion: "1.41", storageDriver: "memory", dataDirectory: "/")
    }
}

extension SimulatedEngine: ImageStore {
    public func image(_ reference: String) async throws -> ObservedImage? {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        return images[reference]
    }

    public func pull(
        _ reference: String,
        platform: String?,
        progress: @Sendable @escaping (PullProgress) -> Void
    ) async throws -> ObservedImage {
        try check("pull", reference)
        while stalled.contains(reference) { try await Task.sleep(for: .milliseconds(2)) }
        guard let image = registry[reference] else {
            throw Refusal(summary: "no such image: \(reference)", kind: .notFound)
        }
        while holdsPulls { await Task { try? await Task.sleep(for: .milliseconds(2)) }.value }
        images[reference] = image
        images[image.id] = image
        return image
    }

    public func build(
        _ build: BuildDefinition,
        tag: String,
        progress: @Sendable @escaping (PullProgress) -> Void
    ) async throws -> ObservedImage {
        try check("build", tag)
        nextNumber += 1
        let image = ObservedImage(id: "sha256:built-\(nextNumber)")
        images[tag] = image
        images[image.id] = image
        return image
    }

    public func tag(_ id: String, as reference: String) async throws { images[reference] = images[id] }

    public func removeNames(of repositories: String) async throws {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        let prefix = repositories.hasSuffix("*") ? String(repositories.dropLast()) : repositories + ":"
        images = images.filter { !$0.key.hasPrefix(prefix) }
    }
}

extension SimulatedEngine: EngineCleaning {
    public func prune(keeping: Set<String>) async throws -> PruneReport {
        try check("prune", "")
        return PruneReport(freed: ByteCount(bytes: 0), images: 0)
    }
}

extension SimulatedEngine: ContainerLimits {
    public func limitMemory(_ id: String, to limit: ByteCount, withSwap: ByteCount) async throws {
        try check("limitMemory", containers[id]?.name ?? id)
        recipes[id]?.definition.resources.memory = limit
    }

    public func limitProcessors(_ id: String, to count: Double) async throws {
        try check("limitProcessors", containers[id]?.name ?? id)
        recipes[id]?.definition.resources.nanoCPUs = Int64(count * 1e9)
    }
}
