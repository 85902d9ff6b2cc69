public import HomieModel
import HomiePlanning

extension Supervisor: RouteSource {
    public func routeTables() -> AsyncStream<RouteTable> {
        let stream = routeFeed.subscribe()
        // What is not planned yet has no shares yet.
        if dirty.isEmpty { publishRoutes() }
        return stream
    }

    /// Has `homie doctor` ask the gateway, too.
    public func attach(_ gateway: any RouteInspection) { self.gateway = gateway }

    /// Tells the gateway what became of the routes. Without the engine nothing is known, and nothing is said.
    func publishRoutes() {
        guard isSynced, routeFeed.hasReaders, stacks.values.allSatisfy(\.wasPlanned) else { return }
        routeFeed.publish(routeTable(hand: Array(handRoutesByName.values)))
    }

    /// What a plan says of the addresses that a definition adds, moves and drops; nothing without a gateway.
    func routeChanges(with definition: StackDefinition) async -> [PlannedChange] {
        guard let addressing = await gateway?.addressing() else { return [] }
        // Which containers there are makes no address.
        let known = stacks.values.map { RoutePlanner.Stack(definition: $0.revision.definition, containers: []) }
        let others = known.filter { $0.definition.name != definition.name }
        let hand = Array(handRoutesByName.values)
        return RouteChanges.changes(
            from: RoutePlanner(stacks: known, hand: hand).table(),
            to: RoutePlanner(
                stacks: others + [RoutePlanner.Stack(definition: definition, containers: [])],
                hand: hand
            )
            .table(),
            addressing
        )
    }

    /// What the gateway is to serve, with these routes made by hand.
    func routeTable(hand: [HandRoute]) -> RouteTable {
        let known = stacks.values.map { state in
            RoutePlanner.Stack(
                definition: state.revision.definition,
                containers: mirror.containers(of: state.record.name)
            )
        }
        return RoutePlanner(stacks: known, hand: hand, traffic: sharesOfTraffic()).table()
    }
}

/// The newest route table and who reads it.
struct RouteFeed {
    private var table: RouteTable?
    private var readers: [Int: AsyncStream<RouteTable>.Continuation] = [:]
    private var lastReader = 0

    var hasReaders: Bool { !readers.isEmpty }

    mutating func subscribe() -> AsyncStream<RouteTable> {
        let (stream, continuation) = AsyncStream<RouteTable>.makeStream(bufferingPolicy: .bufferingNewest(1))
        lastReader += 1
        readers[lastReader] = continuation
        if let table { continuation.yield(table) }
        return stream
    }

    mutating func publish(_ new: RouteTable) {
        guard new != table else { return }
        table = new
        for (id, reader) in readers {
            if case .terminated = reader.yield(new) { readers[id] = nil }
        }
    }

    mutating func finish() {
        for reader in readers.values { reader.finish() }
        readers = [:]
    }
}
