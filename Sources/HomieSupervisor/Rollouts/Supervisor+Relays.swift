import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Lets published ports change hands without a moment in which nobody answers.
    public func relay(with relaying: any PortRelaying, watching sockets: any SocketObservation) {
        self.relaying = relaying
        self.sockets = sockets
    }

    /// Finds out whether connections can be led elsewhere at present.
    func lookAtRelaying() async {
        guard let relaying else { return }
        relays.ability = (await relaying.obstacle()).map { .impossible($0) } ?? .possible
    }

    /// What an earlier process left in place is known before the first look at any stack.
    func recallRelays() async {
        guard let relaying else { return }
        await lookAtRelaying()
        let now = clocks.uptime()
        for name in stacks.keys {
            // What stand-ins still have from before gets its time from now on; and until the relays were set anew, rules may
            // lead to any of them, be they half of what they should be.
            stacks[name]?.history.ledAt = now
            stacks[name]?.history.areRelaysRecalled = true
        }
        do {
            let present = try await relaying.present()
            relays.mayBeLeft = !present.isEmpty
            for mark in present.keys {
                stacks[mark.stack]?.history.relays[Instance(mark.service, mark.index)] = mark.container
            }
        } catch {
            relays.mayBeLeft = isAnythingBridged
            logger.warning("the relays of ports cannot be read", metadata: ["error": "\(Self.sentence(error))"])
        }
    }

    // MARK: relays follow the plans

    /// Sets the relays that the plans ask for, when they are others than those in place; called after each look.
    func followRelays() {
        guard relaying != nil else { return }
        if !relays.isWatching, isAnythingBridged {
            relays.isWatching = true
            Task { await self.watchPorts() }
        }
        guard !relays.isSetting, let wanted = wantedRelays(), wanted != relays.applied else { return }
        // What may be left of an earlier process is cleared away once, even where nothing is wanted.
        relays.isSetting = true
        Task { await self.setRelays() }
    }

    /// nil until every stack was looked at.
    private func wantedRelays() -> [PortRelay]? {
        guard isSynced, stacks.values.allSatisfy(\.wasPlanned) else { return nil }
        var all: [PortRelay] = []
        for (name, state) in stacks.sorted(by: { $0.key < $1.key }) {
            for (instance, id) in state.plan.relays.sorted(by: { $0.key < $1.key }) {
                guard let standIn = mirror[id], standIn.state == .running else { continue }
                let mark = RelayMark(stack: name, service: instance.service, index: instance.index, container: id)
                // Where it is reached may not be known yet after a start; what leads to it stays meanwhile.
                guard let bindings = standIn.bindings else {
                    if let known = relays.applied?.first(where: { $0.mark == mark }) { all.append(known) }
                    if relays.applied == nil { return nil }
                    continue
                }
                let published = state.revision.definition.services[instance.service]?.ports ?? []
                all.append(PortRelay(mark: mark, ports: Self.ports(published, through: bindings)))
            }
        }
        return all
    }

    private static func ports(_ published: [PortMapping], through bindings: [ObservedBinding]) -> [PortRelay.Port] {
        published.flatMap { port -> [PortRelay.Port] in
            guard let number = port.hostPort else { return [] }
            // One for each family of addresses.
            return [false, true].compactMap { isIPv6 in
                let address = port.hostAddress.flatMap { isEvery($0) ? nil : HostAddress.canonical($0) }
                let binding = bindings.first { binding in
                    binding.target == port.target && binding.transport == port.transport
                        && binding.hostAddress.contains(":") == isIPv6
                        && (isEvery(binding.hostAddress) ? nil : HostAddress.canonical(binding.hostAddress)) == address
                }
                return binding.map {
                    PortRelay.Port(
                        hostAddress: address,
                        isIPv6: isIPv6,
                        transport: port.transport,
                        published: number,
                        standIn: $0.hostPort
                    )
                }
            }
        }
    }

    private static func isEvery(_ address: String) -> Bool { ["", "0.0.0.0", "::", "[::]"].contains(address) }

    private func setRelays() async {
        defer { relays.isSetting = false }
        while let relaying, let wanted = wantedRelays(), wanted != relays.applied {
            if wanted.isEmpty, !relays.mayBeLeft, case .impossible = relays.ability { return noteRelays([]) }
            do {
                if let nowhere = wanted.first(where: { $0.ports.isEmpty }) { throw PortFailure(mark: nowhere.mark) }
                try await relaying.set(wanted)
                relays.mayBeLeft = !wanted.isEmpty
                noteRelays(wanted)
            } catch {
                noteRelayFailure(error, wanted)
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }

    private func noteRelays(_ applied: [PortRelay]) {
        relays.applied = applied
        let now = clocks.uptime()
        for name in stacks.keys.sorted() {
            var present: [Instance: String] = [:]
            for relay in applied where relay.mark.stack == name {
                present[Instance(relay.mark.service, relay.mark.index)] = relay.mark.container
            }
            guard let history = stacks[name]?.history, history.relays != present || history.areRelaysRecalled else {
                continue
            }
            let before = history.relays
            stacks[name]?.history.relays = present
            stacks[name]?.history.areRelaysRecalled = false
            stacks[name]?.history.ledAt = now
            for instance in Set(before.keys).union(present.keys).sorted() where before[instance] != present[instance] {
                tellRelay(of: instance, in: name, to: present[instance])
            }
            markDirty(name)
        }
    }

    private func tellRelay(of instance: Instance, in name: StackName, to standIn: String?) {
        let ports = (stacks[name]?.revision.definition.services[instance.service]?.ports ?? []).compactMap(\.hostPort)
        let which = ports.count == 1 ? "port \(ports[0])" : "ports \(ports.map(String.init).joined(separator: ", "))"
        record(
            .info,
            standIn == nil ? "ports.home" : "ports.relayed",
            standIn == nil
                ? "'\(instance.service)' answers at the host's \(which) itself again"
                : "new connections to the host's \(which) go to a stand-in of '\(instance.service)' until it takes over",
            instance,
            of: name,
            container: standIn
        )
    }

    private func noteRelayFailure(_ error: any Error, _ wanted: [PortRelay]) {
        let reason = "new connections to its ports cannot be led over: \(Self.sentence(error))"
        // Somebody may have changed them meanwhile.
        relays.applied = nil
        for relay in wanted {
            let instance = Instance(relay.mark.service, relay.mark.index)
            guard let history = stacks[relay.mark.stack]?.history,
                history.relays[instance] != relay.mark.container || history.areRelaysRecalled
            else { continue }
            stacks[relay.mark.stack]?.history
                .noteFailure(of: .instance(instance), reason: reason, isPermanent: false, now: clocks.uptime())
            record(
                .error,
                "ports.failed",
                "'\(instance.service)': \(reason)",
                instance,
                of: relay.mark.stack,
                container: relay.mark.container
            )
            markDirty(relay.mark.stack)
        }
        logger.warning("ports cannot be led over", metadata: ["error": "\(Self.sentence(error))"])
    }

    /// The engine tells no port of the host for a stand-in.
    private struct PortFailure: UserFacingError {
        var mark: RelayMark
        var summary: String { "the engine leads none of its ports to the stand-in of '\(mark.service)'" }
        var hint: String? { nil }
        var kind: ErrorKind { .failed }
    }

    // MARK: what the ports are used for

    private var isAnythingBridged: Bool {
        stacks.contains { name, state in
            !state.history.relays.isEmpty || state.rollouts.values.contains { $0.bridges == true && $0.state.isOpen }
                || mirror.containers(of: name).contains { $0.isStandIn && $0.state == .running }
        }
    }

    /// Looks at the sockets of what changes hands, until nothing does.
    private func watchPorts() async {
        defer { relays.isWatching = false }
        var sinceCheck = 0
        while isAnythingBridged, relaying != nil, let sockets {
            let host = sockets.connectionsOfHost()
            for (name, state) in stacks { lookAtPorts(of: name, state, sockets, host) }
            sinceCheck += 1
            if sinceCheck % 10 == 0 { await verifyRelays() }
            do { try await Task.sleep(for: .milliseconds(150)) } catch { return }
        }
        for name in stacks.keys {
            stacks[name]?.history.ports = [:]
            stacks[name]?.history.portsSeenAt = nil
        }
    }

    /// Three seconds of looks.
    private static let mostUnreadableLooks = 20

    private func lookAtPorts(
        of name: StackName,
        _ state: StackState,
        _ sockets: any SocketObservation,
        _ host: [PortKey: Int]
    ) {
        let services = Set(
            state.rollouts.values.filter { $0.bridges == true && $0.state.isOpen }.map(\.service)
                + state.history.relays.keys.map(\.service)
                + mirror.containers(of: name).filter(\.isStandIn).compactMap(\.service)
        )
        guard !services.isEmpty else {
            // What was seen in an earlier update says nothing of the next one.
            guard state.history.portsSeenAt != nil else { return }
            stacks[name]?.history.ports = [:]
            stacks[name]?.history.portsSeenAt = nil
            return
        }
        let now = clocks.uptime()
        var isWhole = true
        var ports: [String: PortUse] = [:]
        for container in mirror.containers(of: name) {
            guard let service = container.service, services.contains(service), container.state == .running else {
                continue
            }
            guard let process = container.processID else {
                isWhole = false
                continue
            }
            // What cannot be read just now is what it was; what never could be is not waited for without end.
            let use = sockets.sockets(ofNetworkOf: process) ?? state.history.ports[container.id]
            if use == nil, state.unreadableLooks < Self.mostUnreadableLooks {
                stacks[name]?.unreadableLooks += 1
                isWhole = false
            }
            ports[container.id] = use
            let published = (container.bindings ?? []).map { PortKey(port: $0.hostPort, transport: $0.transport) }
            ports[container.id]?.proxied = Set(published).reduce(0) { $0 + (host[$1] ?? 0) }
        }
        let isNews = ports != state.history.ports || (isWhole && state.history.portsSeenAt == nil)
        if isWhole {
            stacks[name]?.history.portsSeenAt = now
            stacks[name]?.unreadableLooks = 0
        }
        guard isNews else { return }
        stacks[name]?.history.ports = ports
        markDirty(name)
    }

    /// Rules that somebody flushed are set again.
    private func verifyRelays() async {
        guard let relaying, !relays.isSetting, let applied = relays.applied else { return }
        let present: [RelayMark: Bool]
        do {
            present = try await relaying.present()
        } catch {
            // It is looked at again soon, as long as anything is led elsewhere.
            logger.warning("the relays of ports cannot be read", metadata: ["error": "\(Self.sentence(error))"])
            return
        }
        guard !relays.isSetting, relays.applied == applied,
            present != Dictionary(uniqueKeysWithValues: applied.map { ($0.mark, true) })
        else { return }
        logger.warning("relays of ports were changed by someone, and are set again")
        relays.applied = nil
        for name in stacks.keys where stacks[name]?.history.relays.isEmpty == false {
            stacks[name]?.history.areRelaysRecalled = true
        }
        followRelays()
    }
}
