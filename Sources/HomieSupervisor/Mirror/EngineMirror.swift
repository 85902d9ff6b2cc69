import HomieModel

/// The engine's containers as last seen: full listings, corrected by events and by the results of our own calls.
struct EngineMirror {
    private(set) var containers: [String: ObservedContainer] = [:]
    /// Labels laid over the engine's own, by ID.
    var overlays: [String: [String: String]] = [:]
    private var byStack: [StackName: Set<String>] = [:]
    /// Containers whose health check was seen to pass before the engine said so.
    private var earlyHealthy: Set<String> = []
    /// What Homie's own checks say, by ID; the engine's word and theirs make one.
    private var probed: [String: ObservedContainer.Health] = [:]
    /// What the engine itself says, by ID.
    private var engineHealth: [String: ObservedContainer.Health] = [:]
    /// The uptime of the last start or ending that we know of, by ID.
    private var changedAt: [String: TimeSpan] = [:]
    /// The uptime of the engine's last word on health, by ID.
    private var healthChangedAt: [String: TimeSpan] = [:]
    /// The uptime at which containers were seen to be gone, by ID; for as long as an inspection may take, and longer.
    private var removedAt: [String: TimeSpan] = [:]
    private static let longestInspection = TimeSpan.seconds(600)
    private var endings: [String: Int] = [:]
    /// The uptime at which it was last seen to have been killed, by ID.
    private var killedAt: [String: TimeSpan] = [:]
    /// Those of which the engine itself has shown all, once at least.
    private var fullyKnown: Set<String> = []
    /// The uptime at which we stopped a container whose ending the engine has not reported yet.
    private var expectedEndings: [String: TimeSpan] = [:]
    /// The engine reports an ending within this time.
    private static let expectation = TimeSpan.seconds(10)

    subscript(id: String) -> ObservedContainer? { containers[id] }

    func containers(of stack: StackName) -> [ObservedContainer] {
        (byStack[stack] ?? []).compactMap { containers[$0] }
    }

    /// Every container, as of a listing that began at an uptime. What changed since it began is kept.
    mutating func replaceAll(with listing: EngineListing, since start: TimeSpan) {
        expectedEndings = [:]
        let seen = Set(listing.containers.map(\.id))
        for id in containers.keys where !seen.contains(id) && (changedAt[id] ?? start) <= start {
            remove(id, now: start)
        }
        for container in listing.containers {
            guard listing.outlined.contains(container.id) else {
                put(container, asOf: start)
                continue
            }
            putOutline(container, asOf: start)
        }
    }

    /// A container that could not be inspected: what is known of it stays, as far as it still is in the same state.
    private mutating func putOutline(_ outline: ObservedContainer, asOf start: TimeSpan) {
        let wasKnown = fullyKnown.contains(outline.id)
        guard var known = containers[outline.id] else {
            put(outline, asOf: start)
            fullyKnown.remove(outline.id)
            return
        }
        if known.state != outline.state {
            known.state = outline.state
            known.exitCode = outline.exitCode
            known.startedAt = known.startedAt ?? outline.startedAt
            known.processID = nil
            known.bindings = nil
        }
        known.name = outline.name
        known.health = outline.health
        put(known, asOf: start)
        if !wasKnown { fullyKnown.remove(outline.id) }
    }

    /// One container, inspected from an uptime on. An inspection that began before the container's last change that we
    /// know of is older than what we know; the wall clock, which may jump, has no say in that.
    mutating func put(_ inspected: ObservedContainer, asOf start: TimeSpan) {
        if let removal = removedAt[inspected.id], removal >= start { return }
        var container = inspected
        if let overlay = overlays[container.id] { container.labels.merge(overlay) { _, new in new } }
        if let known = containers[container.id] {
            if let change = changedAt[container.id], change > start {
                container.state = known.state
                container.health = engineHealth[container.id] ?? known.health
                container.exitCode = known.exitCode
                container.startedAt = known.startedAt
                container.finishedAt = known.finishedAt
                container.processID = known.processID
                container.bindings = known.bindings
                container.name = known.name
            } else if let word = healthChangedAt[container.id], word > start, known.state == .running,
                container.state == .running
            {
                // The engine's word came while the inspection was under way.
                container.health = engineHealth[container.id] ?? known.health
                container.startedAt = sameStart(known, container)
            } else if known.state == .running, container.state == .running {
                container.startedAt = sameStart(known, container)
            }
        }
        if container.state != .running || container.health != .starting { earlyHealthy.remove(container.id) }
        if earlyHealthy.contains(container.id) { container.health = .healthy }
        engineHealth[container.id] = container.health
        container.health = together(container.health, container.id)
        containers[container.id] = container
        fullyKnown.insert(container.id)
        if let stack = container.stack { byStack[stack, default: []].insert(container.id) }
    }

    /// The event's and the engine's idea of the same start differ by milliseconds: the first stays.
    private func sameStart(_ known: ObservedContainer, _ inspected: ObservedContainer) -> Timestamp? {
        guard let old = known.startedAt, let new = inspected.startedAt,
            (new - old).nanoseconds.magnitude < 1_000_000_000
        else { return inspected.startedAt }
        return old
    }

    /// It is gone. The answer to an inspection that began before comes too late.
    mutating func remove(_ id: String, now: TimeSpan) {
        removedAt = removedAt.filter { now.nanoseconds - $0.value.nanoseconds < Self.longestInspection.nanoseconds }
        removedAt[id] = now
        healthChangedAt[id] = nil
        earlyHealthy.remove(id)
        probed[id] = nil
        engineHealth[id] = nil
        changedAt[id] = nil
        endings[id] = nil
        killedAt[id] = nil
        fullyKnown.remove(id)
        expectedEndings[id] = nil
        guard let container = containers.removeValue(forKey: id), let stack = container.stack else { return }
        byStack[stack]?.remove(id)
        if byStack[stack]?.isEmpty == true { byStack[stack] = nil }
    }

    /// A container whose mounts, which never change, are known from the engine itself; nil while they are not.
    func inspected(_ id: String) -> ObservedContainer? { fullyKnown.contains(id) ? containers[id] : nil }

    /// How often the container was seen to end: compare before and after a start, to see whether it ended meanwhile.
    func endingCount(_ id: String) -> Int { endings[id] ?? 0 }

    /// It ended by SIGKILL less than `span` ago, and nobody asked for it here.
    func wasKilled(_ id: String, within span: TimeSpan, now: TimeSpan) -> Bool {
        killedAt[id].map { now.nanoseconds - $0.nanoseconds < span.nanoseconds } ?? false
    }

    mutating func noteCreated(_ container: ObservedContainer, now: TimeSpan) {
        // The word of its end may come before the answer to its creation.
        guard removedAt[container.id] == nil else { return }
        put(container, asOf: now)
        fullyKnown.remove(container.id)
        changedAt[container.id] = now
    }

    /// It runs: we started it, or the engine says that it was started.
    mutating func noteStarted(_ id: String, at time: Timestamp, hasHealthcheck: Bool, now: TimeSpan) {
        guard var container = containers[id], container.state != .running else { return }
        container.state = .running
        container.startedAt = time
        container.finishedAt = nil
        container.processID = nil
        container.bindings = nil
        container.exitCode = 0
        container.error = ""
        container.isOOMKilled = false
        engineHealth[id] = hasHealthcheck ? .starting : ObservedContainer.Health.none
        if probed[id] != nil { probed[id] = .starting }
        container.health = together(engineHealth[id] ?? .none, id)
        earlyHealthy.remove(id)
        containers[id] = container
        changedAt[id] = now
    }

    /// We stopped it: the engine will report an ending that may come after the next start.
    mutating func noteStopped(_ id: String, at time: Timestamp, now: TimeSpan) {
        guard let container = containers[id], container.state == .running || container.state == .paused else { return }
        end(id, at: time, exitCode: nil, now: now)
        expectedEndings[id] = now
    }

    /// - Returns: false when this is no news: it had ended already, or this ending is of the run that we stopped.
    mutating func noteEnded(_ id: String, at time: Timestamp, exitCode: Int?, now: TimeSpan) -> Bool {
        if let since = expectedEndings.removeValue(forKey: id),
            now.nanoseconds - since.nanoseconds < Self.expectation.nanoseconds
        {
            return false
        }
        guard let container = containers[id] else { return false }
        let isNews = container.state != .exited
        end(id, at: time, exitCode: exitCode, now: now)
        return isNews
    }

    private mutating func end(_ id: String, at time: Timestamp, exitCode: Int?, now: TimeSpan) {
        guard var container = containers[id] else { return }
        container.state = .exited
        container.finishedAt = time
        container.processID = nil
        container.bindings = nil
        if let exitCode { container.exitCode = exitCode }
        killedAt[id] = exitCode == 137 ? now : nil
        earlyHealthy.remove(id)
        containers[id] = container
        endings[id, default: 0] += 1
        changedAt[id] = now
    }

    mutating func update(_ id: String, _ change: (inout ObservedContainer) -> Void) {
        guard var container = containers[id] else { return }
        change(&container)
        containers[id] = container
    }

    /// The health check passed when we ran it.
    mutating func noteEarlyHealthy(_ id: String) {
        guard var container = containers[id], container.state == .running, awaitsEngine(id) else { return }
        engineHealth[id] = .healthy
        container.health = together(.healthy, id)
        containers[id] = container
        earlyHealthy.insert(id)
    }

    mutating func noteHealth(_ id: String, _ health: ObservedContainer.Health, now: TimeSpan) {
        guard var container = containers[id] else { return }
        healthChangedAt[id] = now
        earlyHealthy.remove(id)
        engineHealth[id] = health
        container.health = together(health, id)
        containers[id] = container
    }

    /// The engine's own check has not said anything yet.
    func awaitsEngine(_ id: String) -> Bool { engineHealth[id] == .starting }

    /// What Homie's own check says; nil when there is none any more.
    mutating func noteProbed(_ id: String, _ health: ObservedContainer.Health?) {
        guard var container = containers[id], probed[id] != health else { return }
        probed[id] = health
        container.health = together(engineHealth[id] ?? .none, id)
        containers[id] = container
    }

    /// The worse of the engine's word and that of Homie's own check.
    private func together(_ engine: ObservedContainer.Health, _ id: String) -> ObservedContainer.Health {
        guard let own = probed[id], own != .none else { return engine }
        let order: [ObservedContainer.Health] = [.none, .healthy, .starting, .unhealthy]
        return order.last { $0 == engine || $0 == own } ?? engine
    }
}
