import HomieModel

/// Plans resources, images and replicas of a stack that stays.
struct InstancePlanner {
    let survey: Survey
    let history: StackHistory
    let now: TimeSpan
    var plan = StackPlan()

    var wanted: WantedStack { survey.wanted }

    init(survey: Survey, history: StackHistory, now: TimeSpan) {
        self.survey = survey
        self.history = history
        self.now = now
    }

    // MARK: what replicas stand on

    mutating func planResources() {
        guard !history.resourcesReady, isFree(.resources) else { return }
        let networks = wanted.networks.keys.sorted().map(Step.ensureNetwork)
        let volumes = wanted.volumes.keys.sorted().map(Step.ensureVolume)
        add(Chain(key: .resources, reason: "the stack needs them", steps: networks + volumes))
    }

    mutating func planImages() {
        for (name, service) in wanted.services.sorted(by: { $0.key < $1.key })
        where service.specDigest == nil && isFree(.image(name)) {
            add(Chain(key: .image(name), reason: "its image is not known yet", steps: [.resolveImage(name)]))
        }
    }

    /// - Parameter led: services whose surplus a rollout sees to.
    mutating func planSurplus(except led: Set<ServiceName> = []) {
        var leaving = survey.surplus.filter { $0.service.map { !led.contains($0) } ?? true }
        if wanted.removesOrphans { leaving += survey.strangers }
        for container in leaving where isFree(.departure(container.id)) {
            let steps = Self.removal(of: container)
            add(Chain(key: .departure(container.id), reason: "no longer in the file", steps: steps))
        }
    }

    // MARK: one replica

    mutating func plan(_ instance: Instance) {
        guard let member = survey.members[instance], let service = wanted.services[instance.service] else { return }
        let key = WorkKey.instance(instance)
        let shown = (member.current ?? member.old.first)?.id
        if history.busy.contains(key) {
            plan.dispositions[instance] = Disposition(.working, container: shown)
            planStandIns(of: instance, member)
            return
        }
        if service.specDigest == nil {
            planWithoutImage(instance, member)
        } else if let current = member.current {
            if member.old.isEmpty { live(instance, current) } else { swap(instance, current, member.old) }
        } else {
            make(instance, replacing: member.old)
        }
        planStandIns(of: instance, member)
        if let failure = history.failures[key], let disposition = plan.dispositions[instance] {
            plan.dispositions[instance] = told(disposition, after: failure, instance)
        }
    }

    /// Until the image is there, what ran before goes on.
    private mutating func planWithoutImage(_ instance: Instance, _ member: Survey.Member) {
        if let kept = member.old.first { live(instance, kept) }
        let container = member.old.first?.id
        if let failure = history.failures[.image(instance.service)] {
            plan.dispositions[instance] = Disposition(
                .failed,
                failure.reason,
                isFailure: failure.isLasting,
                container: container
            )
        } else {
            plan.dispositions[instance] = Disposition(.waiting, "waits for its image", container: container)
        }
    }

    /// There is nothing that matches: create it, and put it in the place of what was there.
    mutating func make(_ instance: Instance, replacing old: [ObservedContainer], reason why: String? = nil) {
        let shown = old.first?.id
        guard history.resourcesReady else {
            let reason = history.failures[.resources]?.reason ?? "waits for networks and volumes"
            plan.dispositions[instance] = Disposition(.waiting, reason, container: shown)
            return
        }
        guard let namespaces = survey.namespaces(of: instance.service) else {
            wait(instance, "waits for the container whose namespace it shares", shown)
            return
        }
        let name = wanted.containerName(of: instance)
        let isTaken = survey.names.contains(name)
        let creation = Creation(
            instance: instance,
            name: isTaken ? temporaryName(for: name, replacing: old) : name,
            replaces: old.first?.id,
            namespaces: namespaces
        )
        var steps: [Step] = [.create(creation)]
        let gate = survey.gateForFirstStart(of: instance.service)
        if gate == .open {
            // Only what must be over before the start: removing and renaming come after it, see tidy(_:_:_:).
            steps += old.flatMap { leaving($0, for: instance) }
            steps.append(.start(.created))
        }
        let reason = why ?? (old.isEmpty ? "it is not there" : "its definition or image changed")
        if case .failed(let why) = gate {
            plan.dispositions[instance] = Disposition(.failed, why, isFailure: true, container: shown)
            return
        }
        let chain = Chain(key: .instance(instance), reason: reason, steps: steps)
        if why == nil { attempt(instance, chain, old.first) } else { emit(instance, chain, shown) }
    }

    /// Compose's own form, `<old ID>_<name>`, after the newest old one: no other container can bear it.
    func temporaryName(for name: String, replacing old: [ObservedContainer]) -> String {
        let candidates = old.map { "\($0.id.prefix(12))_\(name)" } + ["\(wanted.revision)_\(name)"]
        return candidates.first { !survey.names.contains($0) } ?? candidates[0]
    }

    /// The new container is there; the old ones stop as soon as it may start.
    private mutating func swap(_ instance: Instance, _ current: ObservedContainer, _ old: [ObservedContainer]) {
        let stops = old.flatMap(Self.stopping)
        if current.state == .running || current.state == .paused {
            guard stops.isEmpty else {
                let chain = Chain(key: .instance(instance), reason: "a newer one runs", steps: stops)
                emit(instance, chain, current.id)
                return
            }
            live(instance, current)
            tidy(instance, current, old)
            return
        }
        switch survey.gateForFirstStart(of: instance.service) {
        case .waiting(let why): wait(instance, why, current.id)
        case .failed(let why):
            plan.dispositions[instance] = Disposition(.failed, why, isFailure: true, container: current.id)
        case .open:
            guard current.startedAt == nil else {
                // It started once and ended: its own story goes on.
                live(instance, current)
                tidy(instance, current, old)
                return
            }
            let steps = old.flatMap { leaving($0, for: instance) } + [.start(.existing(current.id))]
            attempt(
                instance,
                Chain(key: .instance(instance), reason: "it takes the old one's place", steps: steps),
                current
            )
        }
    }

    /// Removes the stopped containers that `current` took the place of; its proper name comes back once it is free.
    private mutating func tidy(_ instance: Instance, _ current: ObservedContainer, _ old: [ObservedContainer]) {
        for container in old where isFree(.tidying(container.id)) {
            let steps = Self.stopping(container) + [.remove(container.id)]
            add(Chain(key: .tidying(container.id), reason: "a newer one took its place", steps: steps))
        }
    }

    // MARK: shared by the parts

    /// Adds the chain unless an earlier failure asks to wait.
    ///
    /// - Returns: whether it was added.
    @discardableResult
    mutating func emit(_ instance: Instance, _ chain: Chain, _ container: String?) -> Bool {
        if let failure = history.failures[chain.key], failure.due > now {
            plan.wake(at: failure.due)
            plan.dispositions[instance] = Disposition(.failed, clause(of: failure, instance), container: container)
            return false
        }
        plan.chains.append(chain)
        plan.dispositions[instance] = Disposition(.working, chain.reason, container: container)
        return true
    }

    mutating func wait(_ instance: Instance, _ reason: String, _ container: String?) {
        plan.dispositions[instance] = Disposition(.waiting, reason, container: container)
    }

    mutating func show(_ instance: Instance, _ disposition: Disposition) { plan.dispositions[instance] = disposition }

    mutating func wake(at time: TimeSpan) { plan.wake(at: time) }

    /// True when nothing works on it and no back-off runs; wakes the loop when one does.
    mutating func isFree(_ key: WorkKey) -> Bool {
        guard !history.busy.contains(key) else { return false }
        guard let failure = history.failures[key], failure.due > now else { return true }
        plan.wake(at: failure.due)
        return false
    }

    mutating func add(_ chain: Chain) { plan.chains.append(chain) }

    mutating func add(_ healing: Healing) { plan.healings.append(healing) }

    static func removal(of container: ObservedContainer) -> [Step] { stopping(container) + [.remove(container.id)] }

    static func stopping(_ container: ObservedContainer) -> [Step] {
        [.running, .paused, .restarting].contains(container.state) ? [.stop(container.id)] : []
    }

    /// The stop of what a replica's next container takes the place of. Processes never run side by side; what the engine
    /// does after the end of one may, unless the next one needs what is only free then.
    private func leaving(_ old: ObservedContainer, for instance: Instance) -> [Step] {
        guard old.state == .running, let definition = wanted.services[instance.service]?.definition,
            !needsWhatIsCleared(definition)
        else { return Self.stopping(old) }
        return [.giveWay(old.id)]
    }

    /// Host ports, addresses and namespaces are let go of after the process, and volumes of drivers that may lend them
    /// to one container only.
    private func needsWhatIsCleared(_ definition: ServiceDefinition) -> Bool {
        let networks = definition.networks.values
        let isLent = definition.mounts.contains { mount in
            guard mount.kind == .volume, let key = mount.source, let volume = wanted.volumes[key] else {
                return ![.volume, .bind, .tmpfs].contains(mount.kind)
            }
            return volume.isExternal || !["local", nil].contains(volume.driver)
        }
        return !definition.ports.isEmpty || !definition.namespaceParents.isEmpty || definition.macAddress != nil
            || definition.networkMode != nil || definition.devices != nil || isLent
            || networks.contains { $0.ipv4Address != nil || $0.ipv6Address != nil || $0.macAddress != nil }
    }

    /// Adds a chain beside what the replica does otherwise.
    mutating func addTidying(_ chain: Chain) {
        if isFree(chain.key) { add(chain) }
    }

    private func told(_ disposition: Disposition, after failure: WorkFailure, _ instance: Instance) -> Disposition {
        guard disposition.phase == .working || disposition.phase == .failed else { return disposition }
        return Disposition(
            disposition.phase,
            clause(of: failure, instance),
            isFailure: failure.isLasting,
            container: disposition.container
        )
    }

    /// The cause where it was recognised, else the engine's words.
    private func clause(of failure: WorkFailure, _ instance: Instance) -> String {
        switch history.healing[instance]?.trouble?.cause {
        case nil, .refused?: failure.reason
        case let cause?: "it \(cause.clause)"
        }
    }
}
