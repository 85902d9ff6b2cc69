internal import HomieModel

/// Compares what runs with what is wanted: pure.
struct GatewayPlanner {
    let wanted: WantedGateway
    /// What runs; nil when nothing does.
    let running: RunningGateway?
    let memory: GatewayMemory?
    /// When a server of the running process was first told to drain, by `backend/server`.
    let drainingSince: [String: TimeSpan]
    /// The time now, on the same clock.
    let now: TimeSpan

    func plan() -> GatewayPlan {
        guard let running, let memory, identity(of: memory.layout) == running.identity,
            wanted.picks.map({ memory.layout.picks?.covers($0) ?? false }) ?? true,
            let backends = assign(memory, running)
        else {
            return GatewayPlan(action: .load, layout: wanted.layout, backends: wanted.ownBackends, isSettled: false)
        }
        var commands: [RuntimeCommand] = []
        var isSettled = true
        var wantedServers: [String: [ServerLine]] = [:]
        for service in wanted.services {
            guard let backend = backends[service.key] else { continue }
            wantedServers[backend] = service.servers
        }
        // New replicas serve before a name leads to them; what goes, goes after no name leads to it.
        for backend in memory.layout.backends.map(\.name) {
            let present = running.servers[backend] ?? []
            for line in wantedServers[backend] ?? [] {
                commands += bring(line, to: backend, present: present.first { $0.name == line.name })
            }
        }
        commands += entryCommands(running.entries, Self.map(wanted, backends))
        // Others, such as the one that leads to homied itself, are no route's.
        let ofRoutes = Set(memory.layout.backends.map(\.name))
        for (backend, present) in running.servers.sorted(by: { $0.key < $1.key }) where ofRoutes.contains(backend) {
            let names = Set((wantedServers[backend] ?? []).map(\.name))
            for server in present where !names.contains(server.name) {
                isSettled = false
                commands += dismiss(server, from: backend)
            }
        }
        return GatewayPlan(
            action: commands.isEmpty ? .nothing : .steer(commands),
            layout: memory.layout,
            backends: backends,
            isSettled: isSettled
        )
    }

    private func identity(of layout: GatewayLayout) -> String {
        HAProxyConfiguration(settings: wanted.settings, layout: layout, servers: [:]).identity
    }

    static func map(_ wanted: WantedGateway, _ backends: [String: String]) -> [String: String] {
        var entries: [String: String] = [:]
        for service in wanted.services {
            guard let backend = backends[service.key] else { continue }
            let own = RouteMap.entries(of: service.planned, backend: backend, settings: wanted.settings)
            // The first route by key keeps a name that two want.
            entries.merge(own) { first, _ in first }
        }
        entries.merge(VersionPicks.entries(wanted, backends)) { first, _ in first }
        return entries
    }

    // MARK: backends

    /// The backend of each route in the running layout: the one it has, or an unused one with the same rules; nil when
    /// a route finds none.
    private func assign(_ memory: GatewayMemory, _ running: RunningGateway) -> [String: String]? {
        let rules = Dictionary(memory.layout.backends.map { ($0.name, $0.rules) }) { first, _ in first }
        var assigned: [String: String] = [:]
        var taken: Set<String> = []
        for service in wanted.services {
            guard let backend = memory.backends[service.key], rules[backend] == service.rules else { continue }
            assigned[service.key] = backend
            taken.insert(backend)
        }
        // A backend that still has servers of its former route would mix the two.
        var free = memory.layout.backends.filter {
            !taken.contains($0.name) && (running.servers[$0.name] ?? []).isEmpty
        }
        for service in wanted.services where assigned[service.key] == nil {
            guard let index = free.firstIndex(where: { $0.rules == service.rules }) else { return nil }
            assigned[service.key] = free.remove(at: index).name
        }
        return assigned
    }

    // MARK: servers

    private func bring(_ line: ServerLine, to backend: String, present: RunningServer?) -> [RuntimeCommand] {
        guard let present else {
            return [
                .addServer(backend: backend, line),
                .enableHealth(backend: backend, server: line.name),
                .setState(backend: backend, server: line.name, .ready),
            ]
        }
        var commands: [RuntimeCommand] = []
        if present.address != line.address || present.port != line.port {
            commands.append(
                .setAddress(backend: backend, server: line.name, address: line.address, port: line.port)
            )
        }
        if present.weight != line.effectiveWeight {
            commands.append(.setWeight(backend: backend, server: line.name, line.effectiveWeight))
        }
        if present.isInMaintenance {
            commands.append(.enableHealth(backend: backend, server: line.name))
            commands.append(.setState(backend: backend, server: line.name, .ready))
        } else if present.isDraining {
            commands.append(.setState(backend: backend, server: line.name, .ready))
        }
        return commands
    }

    /// Drain, then maintenance once nobody is served, then delete once no connection is left.
    private func dismiss(_ server: RunningServer, from backend: String) -> [RuntimeCommand] {
        if server.isInMaintenance {
            guard server.usedConnections == 0, server.idleConnections == 0 else { return [] }
            return [.deleteServer(backend: backend, server: server.name)]
        }
        guard server.isDraining else { return [.setState(backend: backend, server: server.name, .drain)] }
        if server.usedConnections == 0 { return [.setState(backend: backend, server: server.name, .maint)] }
        guard let since = drainingSince["\(backend)/\(server.name)"],
            now.nanoseconds - since.nanoseconds >= wanted.settings.drainTime.nanoseconds
        else { return [] }
        return [.shutSessions(backend: backend, server: server.name)]
    }

    // MARK: map entries

    private func entryCommands(
        _ present: [RunningGateway.MapEntry],
        _ wantedEntries: [String: String]
    ) -> [RuntimeCommand] {
        let map = wanted.settings.paths.map
        var commands: [RuntimeCommand] = []
        var counts: [String: Int] = [:]
        var values: [String: String] = [:]
        for entry in present {
            counts[entry.key, default: 0] += 1
            values[entry.key] = entry.value
        }
        for (key, value) in wantedEntries.sorted(by: { $0.key < $1.key }) {
            if counts[key, default: 0] == 0 {
                commands.append(.addEntry(map: map, key: key, value: value))
            } else if values[key] != value {
                commands.append(.setEntry(map: map, key: key, value: value))
            }
        }
        for key in counts.keys.sorted() where wantedEntries[key] == nil {
            commands.append(.deleteEntry(map: map, key: key))
        }
        return commands
    }
}
