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
