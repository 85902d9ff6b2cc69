import HomieModel

@testable import HomieGateway

/// HAProxy's runtime API as far as the planner uses it, as strict as the real one.
struct SimulatedGateway {
    private(set) var running = RunningGateway(identity: "", version: "2.6", servers: [:], entries: [])
    private var layout = GatewayLayout(backends: [])
    private(set) var isRunning = false
    /// Which service each server was made for, by `backend/server`.
    private var origins: [String: String] = [:]

    mutating func take(_ wanted: WantedGateway, _ plan: GatewayPlan) {
        switch plan.action {
        case .nothing: break
        case .load: load(wanted, plan)
        case .steer(let commands):
            for command in commands { run(command, wanted, plan) }
        }
    }

    mutating func load(_ wanted: WantedGateway, _ plan: GatewayPlan) {
        let configuration = plan.configuration(wanted)
        layout = plan.layout
        running.identity = configuration.identity
        running.servers = [:]
        origins = [:]
        for service in wanted.services {
            guard let backend = plan.backends[service.key] else { continue }
            for line in service.servers { put(line, backend, isNew: false, wanted, plan) }
        }
        running.entries = plan.map(wanted).map { .init(key: $0.key, value: $0.value) }
        isRunning = true
    }

    private mutating func put(
        _ line: ServerLine,
        _ backend: String,
        isNew: Bool,
        _ wanted: WantedGateway,
        _ plan: GatewayPlan
    ) {
        precondition(layout.backends.contains { $0.name == backend }, "no such backend: \(backend)")
        precondition(!(running.servers[backend] ?? []).contains { $0.name == line.name }, "already exists")
        running.servers[backend, default: []].append(
            RunningServer(
                name: line.name,
                address: line.address,
                port: line.port,
                weight: line.effectiveWeight,
                isInMaintenance: isNew,
                isDraining: false,
                isUp: !isNew,
                usedConnections: 1,
                idleConnections: 1
            )
        )
        origins["\(backend)/\(line.name)"] = wanted.services.first { plan.backends[$0.key] == backend }?.key
    }

    private mutating func change(_ backend: String, _ server: String, _ body: (inout RunningServer) -> Void) {
        guard let index = running.servers[backend]?.firstIndex(where: { $0.name == server }) else {
            preconditionFailure("no such server: \(backend)/\(server)")
        }
        guard var present = running.servers[backend]?[index] else { return }
        body(&present)
        running.servers[backend]?[index] = present
    }

    private mutating func run(_ command: RuntimeCommand, _ wanted: WantedGateway, _ plan: GatewayPlan) {
        switch command {
        case .addServer(let backend, let line): put(line, backend, isNew: true, wanted, plan)
        case .enableHealth(let backend, let server): change(backend, server) { _ in }
        case .setState(let backend, let server, let state):
            change(backend, server) {
                $0.isInMaintenance = state == .maint
                $0.isDraining = state == .drain
                $0.isUp = state != .maint
            }
        case .setWeight(let backend, let server, let weight): change(backend, server) { $0.weight = weight }
        case .setAddress(let backend, let server, let address, let port):
            change(backend, server) {
                $0.address = address
                $0.port = port
            }
        case .shutSessions(let backend, let server): change(backend, server) { $0.usedConnections = 0 }
        case .deleteServer(let backend, let server):
            change(backend, server) { present in
                precondition(present.isInMaintenance && present.usedConnections == 0 && present.idleConnections == 0)
            }
            running.servers[backend]?.removeAll { $0.name == server }
        case .addEntry(_, let key, let value): running.entries.append(.init(key: key, value: value))
        case .setEntry(_, let key, let value):
            for index in running.entries.indices where running.entries[index].key == key {
                running.entries[index].value = value
            }
        case .deleteEntry(_, let key): running.entries.removeAll { $0.key == key }
        case .showInfo, .showServers, .showConnections, .showMap, .showStat, .showEvents, .setCertificate,
            .commitCertificate,
            .abortCertificate, .showTable, .showStreams, .shutStream, .newCertificate, .listCertificate,
            .unlistCertificate, .deleteCertificate:
            preconditionFailure("planners do not ask")
        }
    }

    /// Some connections end.
    mutating func endConnections(_ random: inout SeededGenerator) {
        for backend in running.servers.keys.sorted() {
            for index in (running.servers[backend] ?? []).indices {
                if random.chance(60) { running.servers[backend]?[index].usedConnections = 0 }
                if random.chance(60) { running.servers[backend]?[index].idleConnections = 0 }
            }
        }
    }

    var entries: String {
        RouteMap.text(Dictionary(running.entries.map { ($0.key, $0.value) }) { _, last in last })
    }

    /// What answers new requests, with the route it was made for.
    var served: [String] {
        running.servers.flatMap { backend, servers in
            servers.filter { !$0.isInMaintenance && !$0.isDraining }.map { server in
                "\(origins["\(backend)/\(server.name)"] ?? "?") \(server.name) \(server.address) \(server.weight)"
            }
        }.sorted()
    }

    /// Names that lead to a backend with a server of another route.
    func misled(_ wanted: WantedGateway) -> [String] {
        running.entries.filter { entry in
            guard let backend = entry.value.split(separator: "|").last.map(String.init) else { return true }
            let owner = wanted.services.first { service in
                RouteMap.entries(of: service.planned, backend: backend, settings: wanted.settings)[entry.key]
                    != nil
            }
            guard let owner else { return false }
            return (running.servers[backend] ?? []).contains { server in
                !server.isInMaintenance && !server.isDraining && origins["\(backend)/\(server.name)"] != owner.key
            }
        }.map(\.key)
    }
}
