import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// The engine runs a check of its own for the service.
    func isCheckedByEngine(_ service: ServiceName, in state: StackState) -> Bool {
        guard let definition = state.revision.definition.services[service] else { return false }
        return StackState.hasHealthcheck(definition, image: state.revision.images[service].flatMap { state.images[$0] })
    }

    /// Begins Homie's own checks of what runs and is not checked yet.
    func check(_ name: StackName) {
        checkBusiness(name)
        guard let state = stacks[name] else { return }
        for (instance, id) in checked(in: state) {
            guard let container = mirror[id], container.state == .running,
                checks[id].map({ $0.startedAt != container.startedAt }) ?? true,
                let probe = state.revision.definition.services[instance.service]?.probe,
                prober != nil || probe.kind.isCommand
            else { continue }
            let generation = (checks[id]?.generation ?? 0) + 1
            checks[id] = CheckState(
                instance: instance,
                stack: name,
                startedAt: container.startedAt,
                generation: generation,
                probe: probe,
                revision: state.revision.number,
                history: CheckHistory(start: clocks.uptime())
            )
            mirror.noteProbed(id, .starting)
            Task { await self.keepChecking(id, generation) }
        }
    }

    /// What stands for each replica, and what is to take its place: that serves only once it is known to be well.
    private func checked(in state: StackState) -> [(Instance, String)] {
        let standing = state.plan.dispositions.compactMap { instance, disposition in
            disposition.container.map { (instance, $0) }
        }
        let led = mirror.containers(of: state.record.name).compactMap { container -> (Instance, String)? in
            guard let service = container.service, state.plan.rollouts[service] != nil, !container.isOneOff else {
                return nil
            }
            return (Instance(service, container.index), container.id)
        }
        return standing + led
    }

    private func keepChecking(_ id: String, _ generation: Int) async {
        // The address of this run may not be known yet.
        await refresh(id)
        while let state = checks[id], state.generation == generation, let container = mirror[id],
            container.state == .running, let probe = probe(of: state, id)
        {
            if let outcome = await outcome(of: probe, container) { note(outcome, of: id, probe) }
            let pause = checks[id]?.history.pause(probe, chance: .random(in: 0...1)) ?? probe.interval
            do { try await Task.sleep(for: pause.duration) } catch { break }
        }
        guard checks[id]?.generation == generation else { return }
        checks[id] = nil
        mirror.noteProbed(id, nil)
    }

    /// What is checked now; read from the file anew only when that is another one.
    private func probe(of state: CheckState, _ id: String) -> ProbeDefinition? {
        guard let number = stacks[state.stack]?.revision.number else { return nil }
        if number == state.revision { return state.probe }
        let probe = stacks[state.stack]?.revision.definition.services[state.instance.service]?.probe
        guard let probe else { return nil }
        checks[id]?.probe = probe
        checks[id]?.revision = number
        return probe
    }

    /// One check; nil when it could not be made for a reason that says nothing about the service.
    private func outcome(of probe: ProbeDefinition, _ container: ObservedContainer) async -> ProbeOutcome? {
        guard case .command(let command) = probe.kind else {
            guard let prober, let address = address(of: container) else { return nil }
            return await checkLimit.run { await prober.probe(probe.kind, at: address, timeout: probe.timeout) }
        }
        let start = clocks.uptime()
        func latency() -> TimeSpan { TimeSpan(nanoseconds: clocks.uptime().nanoseconds - start.nanoseconds) }
        do {
            let result = try await checkLimit.run {
                try await engine.execute(command, in: container.id, timeout: probe.timeout)
            }
            let words = result.output.split(whereSeparator: \.isNewline).last.map { ": \($0.prefix(200))" } ?? ""
            return ProbeOutcome(
                isPassed: result.exitCode == 0,
                latency: latency(),
                detail: "ended with exit code \(result.exitCode)\(words)"
            )
        } catch let error as any UserFacingError where error.kind == .unreachable {
            return nil
        } catch {
            guard isSynced, mirror[container.id]?.state == .running else { return nil }
            return ProbeOutcome(isPassed: false, latency: latency(), detail: Self.sentence(error))
        }
    }

    /// Where a container is reached: its own address, that of whose network it uses, or this host.
    func address(of container: ObservedContainer) -> String? {
        if let parent = container.networkParent { return mirror[parent].flatMap { address(of: $0) } }
        let first = container.addresses.filter { !$0.value.isEmpty }.min { $0.key < $1.key }
        if let first { return first.value }
        let service = container.service.flatMap { name in
            container.stack.flatMap { stacks[$0] }?.revision.definition.services[name]
        }
        return service?.networkMode == .plain("host") ? "127.0.0.1" : nil
    }

    private func note(_ outcome: ProbeOutcome, of id: String, _ probe: ProbeDefinition) {
        guard var state = checks[id], let container = mirror[id], container.state == .running,
            container.startedAt == state.startedAt
        else { return }
        state.latest = outcome
        state.latestAt = clocks.wall()
        state.certificateExpires = outcome.certificateExpires ?? state.certificateExpires
        let isNews = state.history.note(isPassed: outcome.isPassed, probe, now: clocks.uptime())
        if !outcome.isPassed { state.failure = outcome.detail }
        if state.history.health == .healthy && state.history.failures == 0 { state.failure = nil }
        checks[id] = state
        guard isNews else { return }
        mirror.noteProbed(id, state.history.health)
        later([
            .appendHealth(
                HealthRecord(
                    stack: state.stack,
                    service: state.instance.service,
                    container: id,
                    health: state.history.health,
                    at: clocks.wall(),
                    output: "it \(outcome.detail)"
                )
            )
        ])
        if state.history.health == .unhealthy {
            record(
                .warning,
                "check.failed",
                "'\(state.instance.service)' \(outcome.detail) (\(state.history.failures) times in a row)",
                state.instance,
                of: state.stack,
                container: id
            )
        }
        markDirty(state.stack)
    }
}

extension ProbeKind {
    var isCommand: Bool {
        if case .command = self { true } else { false }
    }
}
