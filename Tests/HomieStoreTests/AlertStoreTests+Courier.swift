import HomieModel
import HomiePlanning
import HomieStore
import Synchronization
import Testing

@testable import HomieSupervisor

/// Several receivers, some of which do not answer.
extension AlertStoreTests {
    /// Takes what comes for `fast`; says nothing to what comes for any other until it is let go.
    private final class Mixed: AlertSender {
        let seen = Mutex<[String: [String]]>([:])
        private let gate = AsyncStream.makeStream(of: Void.self)

        func send(_ notification: AlertNotification, id: String, to route: AlertRoute, secret: String?) async
            -> SendOutcome
        {
            if route.name.text != "fast" { for await _ in gate.stream {} }
            seen.withLock { $0[route.name.text, default: []].append(id) }
            return .delivered
        }

        func letGo() { gate.continuation.finish() }
    }

    /// Is there for `here` alone.
    private struct Absent: AlertSender {
        func send(_ notification: AlertNotification, id: String, to route: AlertRoute, secret: String?) async
            -> SendOutcome
        { route.name.text == "here" ? .delivered : .unreachable("connection refused") }
    }

    private func route(_ name: String) throws -> AlertRoute {
        AlertRoute(name: try Self.name(name), kind: .ntfy, url: "https://example.org/\(name)")
    }

    private func service(_ name: String) -> AlertFacts.Service {
        AlertFacts.Service(stack: Samples.shop, service: Samples.service(name), phase: .unhealthy)
    }

    private func look(_ watch: AlertWatch, _ world: World) async {
        for _ in 0..<10 {
            await watch.look()
            world.advance(10)
        }
    }

    @Test("a receiver that does not answer for a while holds up no other one, and is asked once at a time")
    func slowReceiver() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let (world, mixed) = (World(), Mixed())
        let watch = try await watch(store, directory, world, mixed)
        for name in ["fast", "slow"] { try await watch.put(route(name), secret: nil) }
        world.ill.withLock { $0 = [service("a")] }
        await look(watch, world)
        let first = Task { await watch.courier.round() }
        while mixed.seen.withLock({ $0["fast"]?.count != 1 }) { await Task.yield() }
        world.ill.withLock { $0.append(service("b")) }
        await look(watch, world)
        // While the first round still waits for the slow one.
        for _ in 0..<1000 where mixed.seen.withLock({ $0["fast"]?.count != 2 }) { await watch.courier.round() }
        #expect(mixed.seen.withLock { $0["fast"]?.count } == 2)
        #expect(mixed.seen.withLock { $0["slow"] } == nil)
        mixed.letGo()
        await first.value
        await watch.courier.round()
        #expect(mixed.seen.withLock { Set($0["slow"] ?? []).count } == 2)
        #expect(mixed.seen.withLock { $0["slow"]?.count } == 2)
    }

    @Test("a full outbox of one receiver that is away leaves room for the others")
    func fullOutbox() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let world = World()
        let watch = try await watch(store, directory, world, Absent())
        try await watch.put(route("away"), secret: nil)
        world.ill.withLock { $0 = (0..<2100).map { service("s\($0)") } }
        await look(watch, world)
        #expect(try await store.deliveries(.waiting, limit: 5000).count == 2100)
        // What comes now is newer than all of them.
        try await watch.put(route("here"), secret: nil)
        world.ill.withLock { $0 = [service("new")] }
        await look(watch, world)
        await watch.courier.round()
        await watch.courier.round()
        #expect(try await store.deliveries(.delivered, limit: 5000).contains { $0.route.text == "here" })
    }

    @Test("what waits for a receiver that is away dies after three days, all of it, though one alone is tried")
    func expiry() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let world = World()
        let watch = try await watch(store, directory, world, Receiver())
        try await watch.put(route("away"), secret: nil)
        world.ill.withLock { $0 = (0..<40).map { service("s\($0)") } }
        await look(watch, world)
        world.ill.withLock { $0 = [] }
        for _ in 0..<(80 * 6) {
            world.advance(600)
            await watch.courier.round()
        }
        let dead = try await store.deliveries(.dead, limit: 100)
        #expect(dead.count >= 40)
        #expect(dead.allSatisfy { $0.state == .dead && $0.lastError == "connection refused" })
        #expect(try await store.deliveries(.waiting, limit: 100).isEmpty)
    }

    @Test("what was never tried in three days is dead when old things are dropped, and shown so")
    func pruning() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let world = World()
        let watch = try await watch(store, directory, world, Receiver())
        try await watch.put(route("away"), secret: nil)
        world.ill.withLock { $0 = [service("a")] }
        await look(watch, world)
        try await store.pruneAlerts(now: world.now.withLock { $0 } + .seconds(2 * 86_400))
        #expect(try await store.deliveries(.waiting, limit: 10).count == 1)
        try await store.pruneAlerts(now: world.now.withLock { $0 } + .seconds(4 * 86_400))
        let dead = try await store.deliveries(.dead, limit: 10)
        #expect(dead.map(\.state) == [.dead])
        #expect(dead.map(\.lastError) == ["nobody took it in three days"])
        #expect(try await store.nextDue() == nil)
    }

    @Test("a clock that is set ahead takes no alert and no delivery away until it has proved right for a day")
    func clockSetAhead() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let (world, receiver) = (World(), Receiver())
        let watch = try await watch(store, directory, world, receiver)
        receiver.state.withLock { $0.isDown = false }
        try await watch.put(route("phone"), secret: nil)
        world.ill.withLock { $0 = [service("a")] }
        await look(watch, world)
        await watch.courier.round()
        world.ill.withLock { $0 = [] }
        for _ in 0..<10 where try await store.pastAlerts(limit: 10).isEmpty { await look(watch, world) }
        func kept() async throws -> [Int] {
            await watch.prune()
            return [
                try await store.pastAlerts(limit: 10).count, try await store.deliveries(.delivered, limit: 1).count,
            ]
        }
        // The clock is known to be right.
        world.advance(2 * 86_400)
        #expect(try await kept() == [1, 1])
        world.jump.withLock { $0 = 365 * 86_400 }
        #expect(try await kept() == [1, 1])
        await watch.look()
        world.advance(86_000)
        #expect(try await kept() == [1, 1])
        world.advance(500)
        #expect(try await kept() == [0, 0])
    }

    @Test("a clock that is set back puts deliveries and receivers off for no longer than they would have been")
    func clockSetBack() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let (world, receiver) = (World(), Receiver())
        let watch = try await watch(store, directory, world, receiver)
        try await watch.put(route("away"), secret: nil)
        world.ill.withLock { $0 = [service("a")] }
        await look(watch, world)
        await watch.courier.round()
        receiver.state.withLock { $0.isDown = false }
        // A year, as after a battery of a clock ran out.
        world.advance(-365 * 86_400)
        await watch.courier.round()
        #expect(try await store.deliveries(.delivered, limit: 10).count == 1)
    }
}
