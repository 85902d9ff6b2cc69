import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Takes the steps of a chain one after another; the first failure ends it.
    func run(_ chain: Chain, of name: StackName, generation: Int) async {
        var created: String?
        var failure: (any Error)?
        if let notice = chain.notice, case .instance(let instance) = chain.key {
            let stopped: String? = if case .stop(let id)? = chain.steps.first { id } else { nil }
            record(.warning, "connections.cut", notice, instance, of: name, container: stopped)
        }
        for step in chain.steps {
            guard stacks[name]?.generation == generation else { break }
            do {
                try await perform(step, of: chain, in: name, created: &created)
            } catch {
                failure = error
                break
            }
        }
        noteEnd(of: chain, in: name, generation: generation)
        if stacks[name]?.generation == generation {
            if let failure {
                noteFailure(failure, of: chain, in: name)
            } else {
                stacks[name]?.history.noteSuccess(of: chain.key)
                if chain.key == .resources { stacks[name]?.history.resourcesReady = true }
            }
        }
        markDirty(name)
    }

    private func noteEnd(of chain: Chain, in name: StackName, generation: Int) {
        if case .image(let service) = chain.key {
            // One that was given up has made room for its successor already.
            guard stacks[name]?.generation == generation else { return }
            stacks[name]?.fetches[service] = nil
        }
        stacks[name]?.history.busy.remove(chain.key)
    }

    private func noteFailure(_ error: any Error, of chain: Chain, in name: StackName) {
        let known = error as? any UserFacingError
        let reason = Self.sentence(error)
        let isPermanent = known.map { [.usage, .notFound, .refused].contains($0.kind) } ?? false
        stacks[name]?.history.noteFailure(
            of: chain.key,
            reason: reason,
            isPermanent: isPermanent,
            isInUse: known?.kind == .conflict,
            now: clocks.uptime()
        )
        switch chain.key {
        case .instance(let instance):
            if let known, known.kind != .unreachable, !(known is LifecycleHookError), isSynced,
                let wanted = stacks[name]?.wanted
            {
                let cause = FaultCause(engineMessage: reason)
                stacks[name]?.history.noteTrouble(of: instance, cause, wanted: wanted, now: clocks.uptime())
                // What waits for room need not wait for the next look at the device.
                if cause == .diskFull { Task { await self.lookAtDisks() } }
            }
            record(
                .error,
                "step.failed",
                "'\(instance.service)': \(reason)",
                instance,
                of: name,
                container: stacks[name]?.container(of: instance),
                detail: known?.hint
            )
            if known?.kind == .notFound { stacks[name]?.history.resourcesReady = false }
        case .image(let service):
            record(
                .error,
                "image.failed",
                "the image of '\(service)' cannot be had: \(reason)",
                stack: name,
                service: service,
                cause: stacks[name]?.deploymentEvent,
                detail: known?.hint
            )
        case .resources, .network, .volume, .departure, .tidying:
            record(
                .error,
                "step.failed",
                reason,
                stack: name,
                cause: stacks[name]?.deploymentEvent,
                detail: known?.hint
            )
        }
        // What we believe of the container may be wrong now.
        for step in chain.steps {
            switch step {
            case .start(.existing(let id)), .stop(let id), .giveWay(let id), .remove(let id), .unpause(let id),
                .rename(.existing(let id), _):
                markStale(id)
            default: continue
            }
        }
    }

    /// An error and its causes as one sentence, without the hint.
    static func sentence(_ error: any Error) -> String {
        guard let known = error as? any UserFacingError else { return "\(error)" }
        guard let cause = known.underlying else { return known.summary }
        return "\(known.summary): \(sentence(cause))"
    }

    private func perform(_ step: Step, of chain: Chain, in name: StackName, created: inout String?) async throws {
        let instance: Instance? = if case .instance(let instance) = chain.key { instance } else { nil }
        switch step {
        case .resolveImage(let service): try await resolveImage(of: service, in: name)
        case .ensureNetwork(let key):
            guard let network = stacks[name]?.wanted.networks[key] else { return }
            try await limit.run { try await engine.ensureNetwork(network, key: key, stack: name) }
        case .ensureVolume(let key):
            guard let volume = stacks[name]?.wanted.volumes[key] else { return }
            try await limit.run { try await engine.ensureVolume(volume, key: key, stack: name) }
        case .removeNetwork(let network): try await limit.run { try await engine.removeNetwork(network) }
        case .removeVolume(let volume): try await limit.run { try await engine.removeVolume(volume) }
        case .create(let creation): created = try await create(creation, in: name, reason: chain.reason)
        case .start(let reference):
            guard let id = Self.id(reference, created) else { return }
            try await start(id, instance, in: name, chain)
        case .giveWay(let id): try await giveWay(id, in: name)
        case .stop(let id):
            await runPreStop(in: id, of: name)
            try await stop(id)
        case .runHooks(let reference):
            guard let id = Self.id(reference, created), let instance else { return }
            try await runPostStart(in: id, instance, of: name)
        case .remove(let id): try await remove(id, in: name, chain)
        case .rename(let reference, let newName):
            guard let id = Self.id(reference, created) else { return }
            try await limit.run { try await engine.rename(id, to: newName) }
            mirror.update(id) { $0.name = newName }
        case .limitMemory(let id, let memory):
            try await limit.run {
                try await engine.limitMemory(id, to: memory, withSwap: swap(instance, memory, in: name))
            }
        case .unpause(let id):
            try await limit.run { try await engine.unpause(id) }
            mirror.update(id) { $0.state = .running }
            if let instance {
                record(.info, "container.unpaused", "'\(instance.service)' goes on", instance, of: name, container: id)
            }
        }
    }

    /// Memory and swap together for a raised limit: what the file says, or twice the memory as the engine has it.
    func swap(_ instance: Instance?, _ memory: ByteCount, in name: StackName) -> ByteCount {
        let written = instance.flatMap { stacks[name]?.wanted.services[$0.service]?.definition.resources.memorySwap }
        guard let written else { return ByteCount(bytes: memory.bytes * 2) }
        return written.bytes < 0 ? written : ByteCount(bytes: max(written.bytes, memory.bytes))
    }

    private static func id(_ reference: ContainerReference, _ created: String?) -> String? {
        switch reference {
        case .existing(let id): id
        case .created: created
        }
    }

    private func create(_ creation: Creation, in name: StackName, reason: String) async throws -> String? {
        // Its anonymous volumes must be known exactly: what they hold cannot be made again.
        var replaced: ObservedContainer?
        if let old = creation.replaces {
            replaced = mirror.inspected(old)
            if replaced == nil { replaced = try await engine.container(old) }
        }
        try await provideCertificate(for: creation.instance.service, in: name)
        guard let state = stacks[name], let service = wanted(creation.instance, in: name),
            let recipe = RecipeMaker.recipe(
                creation,
                revision: state.revision,
                service: service,
                replaced: replaced,
                certificates: certificateDirectory(of: creation.instance.service, service.definition, in: name)
            )
        else { return nil }
        let before = clocks.wall()
        let id: String
        do {
            id = try await limit.run { try await engine.create(recipe) }
        } catch let error as any UserFacingError where error.kind == .notFound {
            await forgetMissingImage(of: creation.instance.service, in: name)
            throw error
        }
        let parent = service.definition.networkMode?.sharedService.flatMap { creation.namespaces[$0] }
        mirror.noteCreated(
            ObservedContainer(
                id: id,
                name: creation.name,
                imageID: recipe.imageID,
                labels: recipe.labels,
                state: .created,
                createdAt: before,
                networkParent: parent
            ),
            now: clocks.uptime()
        )
        clinic.raisedProcessors[.init(stack: name, service: creation.instance.service)] = nil
        record(
            .info,
            "container.created",
            "the container of '\(creation.instance.service)' was created: \(reason)",
            creation.instance,
            of: name,
            container: id
        )
        return id
    }

    /// The wanted service with the memory limit that healing gave the replica.
    private func wanted(_ instance: Instance, in name: StackName) -> WantedService? {
        guard var service = stacks[name]?.wanted.services[instance.service] else { return nil }
        if let memory = stacks[name]?.history.healing[instance]?.memory {
            service.definition.resources.memorySwap = swap(instance, memory, in: name)
            service.definition.resources.memory = memory
        }
        return service
    }

    private func start(_ id: String, _ instance: Instance?, in name: StackName, _ chain: Chain) async throws {
        if let instance {
            await learnImage(of: instance.service, in: name)
            try await provideCertificate(for: instance.service, in: name)
            if hasPostStart(instance.service, in: name) { await oweHooks(in: id) }
        }
        let endings = mirror.endingCount(id)
        stopping.remove(id)
        answeredStops[id] = nil
        try await limit.run { try await engine.start(id) }
        guard let instance, var state = stacks[name] else { return }
        let service = state.wanted.services[instance.service]
        // What started may have ended before the engine's answer came.
        if mirror.endingCount(id) == endings {
            let hasHealthcheck = isCheckedByEngine(instance.service, in: state)
            // Not what the clock said before it waited for its turn, and for the engine: those who follow it would take what
            // the engine says for another start.
            let now = clocks.wall()
            mirror.noteStarted(id, at: now, hasHealthcheck: hasHealthcheck, now: clocks.uptime())
        }
        state.history.revived.remove(instance)
        var joined: [String: Timestamp] = [:]
        for parent in service?.definition.namespaceParents ?? [] {
            guard let container = firstContainer(of: parent, in: name) else { continue }
            joined[container.id] = container.startedAt
        }
        state.history.joined[id] = joined.isEmpty ? nil : joined
        for (dependency, how) in service?.definition.dependsOn ?? [:] where how.restarts {
            let ids = mirror.containers(of: name).filter { $0.service == dependency }.map(\.id)
            state.history.followed[id, default: []].formUnion(ids)
        }
        stacks[name] = state
        markStale(id)
        record(
            .info,
            chain.isRestart ? "container.restarted" : "container.started",
            chain.isRestart
                ? "'\(instance.service)' was restarted: it \(chain.reason)" : "'\(instance.service)' was started",
            instance,
            of: name,
            container: id
        )
    }

    private func firstContainer(of service: ServiceName, in name: StackName) -> ObservedContainer? {
        stacks[name]?.container(of: Instance(service, 1)).flatMap { mirror[$0] }
            ?? mirror.containers(of: name).first { $0.service == service && $0.state == .running }
    }

    private func remove(_ id: String, in name: StackName, _ chain: Chain) async throws {
        let container = mirror[id]
        // What we stopped before stays ours when it cannot be removed.
        let isNew = stopping.insert(id).inserted
        defer { if isNew { stopping.remove(id) } }
        try await limit.run { try await engine.remove(id, anonymousVolumes: false) }
        forget(id)
        later([.removeContainer(id: id)])
        record(
            .info,
            "container.removed",
            "the container '\(container?.name ?? id)' was removed: \(chain.reason)",
            stack: name,
            service: container?.service,
            container: id,
            cause: stacks[name]?.deploymentEvent
        )
    }

    /// Everything that was known of a container goes with it.
    func forget(_ id: String) {
        if let name = mirror[id]?.stack {
            stacks[name]?.history.forced.remove(id)
            stacks[name]?.history.joined[id] = nil
            stacks[name]?.history.followed[id] = nil
        }
        mirror.remove(id, now: clocks.uptime())
        mirror.overlays[id] = nil
        signalled[id] = nil
        stale.remove(id)
        stopping.remove(id)
        answeredStops[id] = nil
    }
}
