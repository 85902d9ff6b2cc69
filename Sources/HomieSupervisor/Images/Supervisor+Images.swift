import HomieModel
import HomiePlanning
import Logging
import Synchronization

extension Supervisor {
    /// The images that the engine has for the services of a definition; those that must be fetched first are absent.
    func localImages(of definition: StackDefinition, pulls: Bool) async -> [ServiceName: ObservedImage] {
        var wanted: [String: [ServiceName]] = [:]
        for (name, service) in definition.services {
            if pulls && service.build == nil { continue }
            if service.pullPolicy == .always || service.pullPolicy == .build { continue }
            wanted[Self.reference(of: service, name, in: definition.name), default: []].append(name)
        }
        var result: [ServiceName: ObservedImage] = [:]
        await withTaskGroup(of: (String, ObservedImage?).self) { group in
            for reference in wanted.keys {
                group.addTask { (reference, await self.localImage(reference)) }
            }
            for await (reference, image) in group {
                guard let image else { continue }
                for name in wanted[reference] ?? [] { result[name] = image }
            }
        }
        return result
    }

    /// The image of a reference; one that cannot be looked at now counts as missing, and is looked up when its turn comes.
    private func localImage(_ reference: String) async -> ObservedImage? {
        do {
            return try await limit.run { try await engine.image(reference) }
        } catch {
            logger.warning(
                "an image cannot be looked at",
                metadata: ["image": "\(reference)", "error": "\(Self.sentence(error))"]
            )
            return nil
        }
    }

    /// `image:`, else the name Compose gives to what it builds.
    static func reference(of service: ServiceDefinition, _ name: ServiceName, in stack: StackName) -> String {
        service.image ?? "\(stack)-\(name)"
    }

    /// Finds, pulls or builds the image of a service, and pins it in the revision.
    func resolveImage(of name: ServiceName, in stack: StackName) async throws {
        guard let state = stacks[stack], let service = state.revision.definition.services[name] else { return }
        let generation = state.generation
        defer { if stacks[stack]?.generation == generation { stacks[stack]?.activities[name] = nil } }
        let refetches = state.refetches.contains(name)
        let image: ObservedImage
        if !refetches, let pinned = state.revision.images[name] {
            // A revision that was pinned once keeps its image, whatever the tag says today.
            if let known = try await engine.image(pinned) {
                image = known
            } else {
                image = try await fetch(service, name, in: stack, refetches: false)
                try await requireSignature(of: name, service, image: image)
            }
        } else {
            image = try await fetch(service, name, in: stack, refetches: refetches)
            try await requireSignature(of: name, service, image: image)
        }
        guard stacks[stack]?.generation == generation else { return }
        stacks[stack]?.images[image.id] = image
        stacks[stack]?.refetches.remove(name)
        stacks[stack]?.revision.images[name] = image.id
        stacks[stack]?.refreshWanted(name)
        guard var now = stacks[stack] else { return }
        now.record.intent.refetches.remove(name)
        stacks[stack] = now
        later([.putRevision(now.revision), .putStack(now.record)])
    }

    private func fetch(
        _ service: ServiceDefinition,
        _ name: ServiceName,
        in stack: StackName,
        refetches: Bool
    ) async throws -> ObservedImage {
        let reference = Self.reference(of: service, name, in: stack)
        let cause = stacks[stack]?.deploymentEvent
        let mustFetch = refetches || service.pullPolicy == .always || service.pullPolicy == .build
        let local = try await engine.image(reference)
        if let local, !mustFetch { return local }
        if let build = service.build, service.pullPolicy == .build || local == nil || service.image == nil {
            record(
                .info,
                "image.building",
                "the image of '\(name)' is being built",
                stack: stack,
                service: name,
                cause: cause
            )
            let image = try await engine.build(build, tag: reference, progress: progress(of: name, in: stack))
            record(.info, "image.built", "the image of '\(name)' was built", stack: stack, service: name, cause: cause)
            return image
        }
        if service.pullPolicy == .never {
            throw SupervisorError.imageMissing(reference, name, underlying: nil)
        }
        record(.info, "image.pulling", "'\(reference)' is being pulled", stack: stack, service: name, cause: cause)
        do {
            let image = try await engine.pull(
                reference,
                platform: service.platform,
                progress: progress(of: name, in: stack)
            )
            record(.info, "image.pulled", "'\(reference)' was pulled", stack: stack, service: name, cause: cause)
            return image
        } catch {
            try Task.checkCancellation()
            guard let local else { throw SupervisorError.imageMissing(reference, name, underlying: error) }
            record(
                .warning,
                "image.stale",
                "'\(reference)' could not be pulled; the one that is there is used: "
                    + Self.sentence(error),
                stack: stack,
                service: name,
                cause: cause
            )
            return local
        }
    }

    /// Shows how far a pull or build is, a few times a second at most.
    nonisolated private func progress(of name: ServiceName, in stack: StackName) -> @Sendable (PullProgress) -> Void {
        let last = Mutex(TimeSpan.milliseconds(-1000))
        let uptime = clocks.uptime
        return { progress in
            let now = uptime()
            let isDue = last.withLock { last in
                guard now.nanoseconds - last.nanoseconds >= 250_000_000 else { return false }
                last = now
                return true
            }
            guard isDue else { return }
            Task { await self.show(progress, of: name, in: stack) }
        }
    }

    private func show(_ progress: PullProgress, of name: ServiceName, in stack: StackName) {
        var text = progress.message
        if let completed = progress.completed, let total = progress.total, total.bytes > 0 {
            text += " (\(completed.bytes * 100 / total.bytes) %)"
        }
        stacks[stack]?.activities[name] = text
    }

    /// The engine may have lost an image since it was pinned.
    func forgetMissingImage(of name: ServiceName, in stack: StackName) async {
        guard let imageID = stacks[stack]?.revision.images[name] else { return }
        do {
            if try await engine.image(imageID) == nil {
                stacks[stack]?.revision.images[name] = nil
                stacks[stack]?.refreshWanted(name)
            }
        } catch {
            logger.debug("an image could not be looked at", metadata: ["image": "\(imageID)", "error": "\(error)"])
        }
    }

    /// Whether the image has a health check of its own, looked up once after a restart of the daemon.
    func learnImage(of name: ServiceName, in stack: StackName) async {
        guard let state = stacks[stack], let imageID = state.revision.images[name], state.images[imageID] == nil,
            state.revision.definition.services[name]?.healthcheck?.test == nil
        else { return }
        guard let image = try? await engine.image(imageID) else { return }
        stacks[stack]?.images[imageID] = image
        stacks[stack]?.refreshWanted(name)
    }
}
