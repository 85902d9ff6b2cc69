import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Listens to the engine for ever.
    func followEngine() async {
        for await event in engine.events() {
            switch event {
            case .connected: await connected()
            case .disconnected(let reason): disconnected(reason)
            case .container(let id, let action, let attributes, let at):
                handle(id, action, attributes, at)
            }
        }
    }

    private func connected() async {
        let wasDown = streamFailure != nil
        streamFailure = nil
        if wasDown {
            let now = clocks.uptime()
            reconnectedAt = now
            let until = TimeSpan(nanoseconds: now.nanoseconds + Self.aftermath.nanoseconds)
            for name in stacks.keys { stacks[name]?.history.engineEndedUntil = until }
        }
        // It makes its rules when it starts, which may have been after homied did.
        await lookAtRelaying()
        await resync()
        if wasDown { record(.info, "engine.connected", "the container engine answers again") }
    }

    private func disconnected(_ reason: String) {
        if streamFailure == nil {
            record(.warning, "engine.disconnected", "the container engine does not answer: \(reason)")
        }
        streamFailure = reason
        isSynced = false
        // An engine that shuts down stops its containers; that was no person.
        let now = clocks.uptime()
        for (name, state) in stacks {
            for (instance, since) in state.heldAt where now.nanoseconds - since.nanoseconds < 20_000_000_000 {
                release(instance, of: name)
            }
            let recently = TimeSpan(nanoseconds: now.nanoseconds - 20_000_000_000)
            for instance in state.history.healing.keys {
                stacks[name]?.history.healing[instance]?.noteEngineEnded(since: recently)
            }
        }
        signalled = [:]
    }

    /// Looks at everything anew.
    func resync() async {
        let start = clocks.uptime()
        do {
            let listing = try await engine.listing()
            let before = mirror
            mirror.replaceAll(with: listing, since: start)
            if !isSynced { for name in stacks.keys { stacks[name]?.history.failures = [:] } }
            if needsRebuild { try await rebuild() }
            isSynced = true
            listingFailure = nil
            if !hasKeptImages {
                hasKeptImages = true
                Task { await self.keepGoodImages() }
            }
            tellVanished(before)
            forgetStored(except: Set(listing.containers.map(\.id)))
            later(
                listing.containers.filter { $0.stack.map { stacks[$0] != nil } ?? false }.compactMap { known in
                    guard let now = mirror[known.id], before[known.id] != now else { return nil }
                    return .putContainer(now)
                }
            )
            markAllDirty()
        } catch {
            // While the event stream is down this is no news, and its return looks at everything again.
            logger.log(
                level: streamFailure == nil ? .warning : .debug,
                "the containers cannot be listed",
                metadata: ["error": "\(Self.sentence(error))"]
            )
            isSynced = false
            listingFailure = Self.sentence(error)
            retryResync()
        }
    }

    private func retryResync() {
        guard !isRetryingResync else { return }
        isRetryingResync = true
        Task {
            try? await Task.sleep(for: .seconds(2))
            self.isRetryingResync = false
            if !self.isSynced { await self.resync() }
        }
    }

    /// What went while no daemon looked would stay written down for ever.
    private func forgetStored(except present: Set<String>) {
        let gone = storedContainers.subtracting(present)
        storedContainers = []
        for id in gone { mirror.overlays[id] = nil }
        if !gone.isEmpty { later(gone.sorted().map { .removeContainer(id: $0) }) }
    }

    private func tellVanished(_ before: EngineMirror) {
        for name in stacks.keys {
            for container in before.containers(of: name) where mirror[container.id] == nil {
                noteVanished(container, in: name)
            }
        }
    }

    private func noteVanished(_ container: ObservedContainer, in name: StackName) {
        later([.removeContainer(id: container.id)])
        guard !container.isOneOff, let service = container.service else { return }
        record(
            .warning,
            "container.vanished",
            "the container '\(container.name)' was removed by someone else",
            Instance(service, container.index),
            of: name,
            container: container.id
        )
    }

    // MARK: events

    /// Nobody stops a container with these: SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH.
    private static func asksToReload(_ signal: String?) -> Bool {
        ["1", "10", "12", "28", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"].contains(signal)
    }

    private func handle(_ id: String, _ action: String, _ attributes: [String: String], _ at: Timestamp) {
        let text = mirror[id]?.labels[ContainerLabels.project] ?? attributes[ContainerLabels.project]
        guard let text, let name = try? StackName(parsing: text), stacks[name] != nil else { return }
        guard let container = mirror[id], let service = container.service else {
            if action == "create" || action == "start" { markStale(id) }
            if action == "destroy" { forget(id) }
            return
        }
        guard !container.isOneOff else { return handleOneOff(container, action, attributes, at) }
        let instance = Instance(service, container.index)
        let busy = stacks[name]?.history.busy ?? []
        let isOurs = stopping.contains(id) || busy.contains(.instance(instance)) || busy.contains(.tidying(id))
        switch action {
        case "start": started(id, instance, name, at, isOurs: isOurs)
        case "die":
            died(id, instance, name, attributes, at)
            noteEnd(of: id)
        case "oom": ranOutOfMemory(id, instance, name)
        case "kill":
            let isFatal = attributes["signal"] == "9" || attributes["signal"] == "SIGKILL"
            if !isOurs, !isFatal, !Self.asksToReload(attributes["signal"]) { signalled[id] = clocks.uptime() }
        case "stop": if !isOurs, !hasJustStopped(id) { stopped(id, instance, name) }
        case "pause":
            mirror.update(id) { $0.state = .paused }
            record(
                .warning,
                "container.paused",
                "'\(service)' was paused by someone",
                instance,
                of: name,
                container: id
            )
        case "unpause": mirror.update(id) { $0.state = .running }
        case "rename":
            guard let new = attributes["name"], new != container.name else { return }
            mirror.update(id) { $0.name = new }
            if !isOurs {
                record(
                    .warning,
                    "container.renamed",
                    "the container of '\(service)' was renamed to '\(new)' by someone",
                    instance,
                    of: name,
                    container: id
                )
            }
        case "destroy":
            // What we remove is noted as stopping meanwhile, and forgotten afterwards; that we were about to start it again
            // does not make it ours.
            if !stopping.contains(id) { noteVanished(container, in: name) }
            forget(id)
        default:
            guard action.hasPrefix("health_status") else { return }
            healthChanged(id, instance, name, action, at)
        }
        markDirty(name)
    }

    /// Containers of jobs and of `docker compose run`: their ends are no news of the service.
    private func handleOneOff(
        _ container: ObservedContainer,
        _ action: String,
        _ attributes: [String: String],
        _ at: Timestamp
    ) {
        switch action {
        case "start": markStale(container.id)
        case "die":
            let code = attributes["exitCode"].flatMap { Int($0) }
            _ = mirror.noteEnded(container.id, at: at, exitCode: code, now: clocks.uptime())
        case "destroy":
            later([.removeContainer(id: container.id)])
            forget(container.id)
        default: return
        }
    }

    private func started(_ id: String, _ instance: Instance, _ name: StackName, _ at: Timestamp, isOurs: Bool) {
        let hasHealthcheck = stacks[name].map { isCheckedByEngine(instance.service, in: $0) } ?? false
        mirror.noteStarted(id, at: at, hasHealthcheck: hasHealthcheck, now: clocks.uptime())
        signalled[id] = nil
        answeredStops[id] = nil
        release(instance, of: name)
        markStale(id)
    }

    private func died(
        _ id: String,
        _ instance: Instance,
        _ name: StackName,
        _ attributes: [String: String],
        _ at: Timestamp
    ) {
        let isNews = mirror.noteEnded(
            id,
            at: at,
            exitCode: attributes["exitCode"].flatMap { Int($0) },
            now: clocks.uptime()
        )
        guard isNews, !stopping.contains(id), let container = mirror[id] else { return }
        let now = clocks.uptime()
        if let since = signalled.removeValue(forKey: id), now.nanoseconds - since.nanoseconds < 60_000_000_000 {
            let until = TimeSpan(nanoseconds: now.nanoseconds + settings.stopDecision.nanoseconds)
            stacks[name]?.history.instances[instance, default: InstanceHistory()].undecidedUntil = until
        } else if container.exitCode == 137, !container.isOOMKilled, isMemoryLimited(instance, in: name) {
            lookWhyKilled(id, instance, of: name)
        }
        if container.exitCode != 0 { keepLastWords(id, instance, of: name) }
        let ending = RestartDecision.ending(of: container)
        stacks[name]?.causes[instance] = nil
        record(
            container.exitCode == 0 ? .info : .warning,
            "container.died",
            "'\(instance.service)' \(ending)",
            instance,
            of: name,
            container: id
        )
    }

    /// Only where the answer decides what is done: what has no limit of its own is started again at once, and if it was for a
    /// lack of memory all the same, ``ranOutOfMemory(_:_:_:)`` says so when the engine does.
    private func isMemoryLimited(_ instance: Instance, in name: StackName) -> Bool {
        guard let service = stacks[name]?.wanted.services[instance.service] else { return true }
        return service.definition.resources.memory != nil || stacks[name]?.history.healing[instance]?.memory != nil
    }

    /// The engine tells of a lack of memory before it tells of the end, or after it, when the container may run again.
    private func ranOutOfMemory(_ id: String, _ instance: Instance, _ name: StackName) {
        guard mirror.wasKilled(id, within: Self.lateWord, now: clocks.uptime()), mirror[id]?.state == .running else {
            mirror.update(id) { $0.isOOMKilled = true }
            return
        }
        stacks[name]?.history.noteOutOfMemory(instance)
        record(
            .warning,
            "container.oom",
            "'\(instance.service)' had run out of memory",
            instance,
            of: name,
            container: id
        )
    }

    private static let lateWord = TimeSpan.seconds(3)

    /// The engine may tell of a lack of memory after it told of the end.
    private func lookWhyKilled(_ id: String, _ instance: Instance, of name: StackName) {
        let until = TimeSpan(nanoseconds: clocks.uptime().nanoseconds + settings.stopDecision.nanoseconds)
        stacks[name]?.history.instances[instance, default: InstanceHistory()].undecidedUntil = until
        Task {
            await self.refresh(id)
            if self.stacks[name]?.history.instances[instance]?.undecidedUntil == until {
                self.stacks[name]?.history.instances[instance]?.undecidedUntil = nil
            }
            self.markDirty(name)
        }
    }

    /// The engine's word of a stop of ours may come after its answer, when nothing works on the replica any more.
    private func hasJustStopped(_ id: String) -> Bool { isFresh(answeredStops[id]) }

    private func isFresh(_ time: TimeSpan?) -> Bool {
        time.map { clocks.uptime().nanoseconds - $0.nanoseconds < Self.aftermath.nanoseconds } ?? false
    }

    private func stopped(_ id: String, _ instance: Instance, _ name: StackName) {
        // An engine that was killed stops what still runs when it comes back; that was no person either.
        if isFresh(reconnectedAt) { return }
        guard mirror[id]?.state == .exited, stacks[name]?.history.instances[instance]?.isHeld != true else { return }
        stacks[name]?.history.instances[instance, default: InstanceHistory()].isHeld = true
        stacks[name]?.history.instances[instance]?.undecidedUntil = nil
        stacks[name]?.heldAt[instance] = clocks.uptime()
        putHeld(name)
        record(
            .warning,
            "container.stopped_by_hand",
            "'\(instance.service)' was stopped by hand; it stays so until it is started or deployed again",
            instance,
            of: name,
            container: id
        )
    }

    /// The replica is no longer taken for stopped by hand.
    private func release(_ instance: Instance, of name: StackName) {
        stacks[name]?.heldAt[instance] = nil
        guard stacks[name]?.history.instances[instance]?.isHeld == true else { return }
        stacks[name]?.history.instances[instance]?.isHeld = false
        putHeld(name)
    }

    private func putHeld(_ name: StackName) {
        guard var state = stacks[name] else { return }
        state.record.stoppedByHand = state.history.instances.filter(\.value.isHeld).map(\.key.description).sorted()
        stacks[name] = state
        later([.putStack(state.record)])
    }

    private func healthChanged(_ id: String, _ instance: Instance, _ name: StackName, _ action: String, _ at: Timestamp)
    {
        guard let word = action.split(separator: ":").last else { return }
        let text = word.drop { $0 == " " }
        guard let health = ObservedContainer.Health(rawValue: String(text)), let container = mirror[id],
            container.state == .running
        else { return }
        // The engine's word of an earlier run may come after we know of the next one.
        if let start = container.startedAt, at < start { return }
        mirror.noteHealth(id, health, now: clocks.uptime())
        later([
            .appendHealth(
                HealthRecord(stack: name, service: instance.service, container: id, health: health, at: at)
            )
        ])
    }

    // MARK: inspections

    /// Has the container inspected soon; many at once become one listing.
    func markStale(_ id: String) {
        let isFirst = stale.isEmpty
        stale.insert(id)
        guard isFirst else { return }
        Task {
            try? await Task.sleep(for: .milliseconds(500))
            await self.refreshStale()
        }
    }

    private func refreshStale() async {
        // While much is being done, looking costs the engine time that the work needs.
        var rounds = 0
        while stacks.values.contains(where: { $0.history.busy.count > 2 }), rounds < 20 {
            rounds += 1
            try? await Task.sleep(for: .milliseconds(250))
        }
        let ids = stale
        stale = []
        guard isSynced, !ids.isEmpty else { return }
        if ids.count > 5 {
            await resync()
            return
        }
        // One that the engine does not show for long holds up none of the others.
        await withDiscardingTaskGroup { group in
            for id in ids { group.addTask { await self.refresh(id) } }
        }
    }

    func refresh(_ id: String) async {
        let start = clocks.uptime()
        do {
            if let container = try await engine.container(id) {
                mirror.put(container, asOf: start)
                if let now = mirror[id] { later([.putContainer(now)]) }
            } else {
                forget(id)
            }
        } catch {
            logger.debug("a container could not be inspected", metadata: ["container": "\(id)", "error": "\(error)"])
        }
        if let name = mirror[id]?.stack { markDirty(name) } else { markAllDirty() }
    }
}
