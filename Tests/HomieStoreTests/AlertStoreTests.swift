import FoundationEssentials
import GRDB
import HomieModel
import HomiePlanning
import HomieStore
import Logging
import Synchronization
import Testing

@testable import HomieSupervisor

@Suite("Alerts and their deliveries, over restarts")
struct AlertStoreTests {
    static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)

    /// Services that are unhealthy, and a clock that a test moves.
    final class World: AlertWorld {
        let now = Mutex(AlertStoreTests.start)
        /// By how much somebody set the clock.
        let jump = Mutex(0.0)
        let ill = Mutex<[AlertFacts.Service]>([])

        func services() async -> [AlertFacts.Service]? { ill.withLock { $0 } }
        func dependencies() async -> [AlertSubject: Set<AlertSubject>] { [:] }
        func events(after id: Int64, limit: Int) async throws -> [EventRecord] { [] }
        func eventStream() async -> AsyncStream<EventRecord> { AsyncStream { _ in } }
        func toldIssues() async -> [DeviceIssue]? { [] }
        func note(_ alert: Alert) async {}

        func advance(_ seconds: Double) { now.withLock { $0 = $0 + .seconds(seconds) } }
        var clocks: Clocks {
            Clocks(
                uptime: { self.now.withLock { $0 } - AlertStoreTests.start },
                wall: { self.now.withLock { $0 } + .seconds(self.jump.withLock { $0 }) }
            )
        }
    }

    /// What is measured of one disk.
    final class Measured: MeasurementInspection {
        let used = Mutex<Double?>(nil)

        func seriesNames() async throws -> [String] { [] }
        func range(_ request: RangeRequest) async throws -> MeasuredRange { throw MeasurementError.range }
        func usage() async -> UsageTable { UsageTable(host: UsageTable.Host(), services: []) }
        func summary(of selector: SeriesSelector, _ function: MeasurementFunction, over window: TimeSpan) async throws
            -> MeasuredSummary?
        { nil }
        func values(
            of selector: SeriesSelector,
            _ function: MeasurementFunction,
            over window: TimeSpan
        ) async -> [SeriesName: Double] {
            let name = SeriesName("homie_host_filesystem_used_ratio")
            guard selector.matches(name) else { return [:] }
            return used.withLock { $0.map { [name: $0] } ?? [:] }
        }
    }

    /// A receiver that can be down, and loses some answers after it has taken what came.
    final class Receiver: AlertSender {
        struct State {
            var isDown = true
            var losesEvery = 0
            var seen: [String: Int] = [:]
            var attempts = 0
            var secrets: Set<String> = []
        }
        let state = Mutex(State())

        func send(_ notification: AlertNotification, id: String, to route: AlertRoute, secret: String?) async
            -> SendOutcome
        {
            state.withLock { state in
                state.attempts += 1
                if let secret { state.secrets.insert(secret) }
                if state.isDown { return .unreachable("connection refused") }
                state.seen[id, default: 0] += 1
                let isLost = state.losesEvery > 0 && state.seen[id] == 1 && state.seen.count % state.losesEvery == 0
                return isLost ? .refused("500", retryAfter: nil) : .delivered
            }
        }
    }

    func watch(
        _ store: SQLiteStateStore,
        _ directory: ScopedDirectory,
        _ world: World,
        _ receiver: any AlertSender,
        measured: Measured? = nil
    ) async throws -> AlertWatch {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let watch = AlertWatch(
            store: store,
            world: world,
            measurements: measured,
            sender: receiver,
            clocks: world.clocks,
            logger: logger
        )
        try await watch.load()
        return watch
    }

    static func name(_ text: String) throws -> AlertName { try AlertName(parsing: text) }
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test("a thousand alerts in a second, a receiver that is down for an hour, a restart: none is lost, none doubled")
    func storm() async throws {
        let directory = try ScopedDirectory()
        var store = try SQLiteStateStore(directory)
        let world = World()
        let receiver = Receiver()
        var watch = try await watch(store, directory, world, receiver)
        let route = AlertRoute(name: try Self.name("hook"), kind: .webhook, url: "https://example.org/hook")
        try await watch.put(route, secret: Self.secret)
        let stack = try StackName(parsing: "shop")
        let services = try (0..<1000).map {
            AlertFacts.Service(stack: stack, service: try ServiceName(parsing: "s\($0)"), phase: .unhealthy)
        }
        world.ill.withLock { $0 = services }
        await watch.look()
        world.advance(60)
        await watch.look()
        world.advance(30)
        await watch.look()
        #expect(try await store.deliveries(.waiting, limit: 5000).count == 1000)
        for minute in 0..<60 {
            world.advance(60)
            await watch.courier.round()
            if minute == 30 {
                // As after a power cut: nothing but the file is left.
                try store.close()
                store = try SQLiteStateStore(directory)
                watch = try await self.watch(store, directory, world, receiver)
                await watch.look()
            }
        }
        let attempts = receiver.state.withLock { $0.attempts }
        // One at a time, or four where several were under way: not a thousand every minute.
        #expect((5...200).contains(attempts), "\(attempts)")
        receiver.state.withLock { state in
            state.isDown = false
            state.losesEvery = 10
        }
        for _ in 0..<200 {
            world.advance(60)
            await watch.courier.round()
            if try await store.nextDue() == nil { break }
        }
        let (seen, secrets) = receiver.state.withLock { ($0.seen, $0.secrets) }
        #expect(seen.count == 1000)
        #expect(seen.values.allSatisfy { $0 <= 2 })
        #expect(seen.values.count { $0 == 2 } <= 100)
        #expect(secrets == [Self.secret])
        #expect(try await store.deliveries(.delivered, limit: 5000).count == 1000)
    }

    @Test("what nobody takes for three days is dead, and shown; a person can have it tried again")
    func deadLetters() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let world = World()
        let receiver = Receiver()
        let watch = try await watch(store, directory, world, receiver)
        try await watch.put(
            AlertRoute(name: Self.name("ntfy"), kind: .ntfy, url: "https://example.org/topic"),
            secret: nil
        )
        world.ill.withLock {
            $0 = [.init(stack: Samples.shop, service: Samples.service("web"), phase: .failed)]
        }
        for _ in 0..<12 {
            await watch.look()
            world.advance(10)
        }
        for _ in 0..<(80 * 6) {
            world.advance(600)
            await watch.courier.round()
        }
        let dead = try await watch.deliveries(.dead)
        #expect(dead.count >= 1)
        #expect(dead.allSatisfy { $0.lastError == "connection refused" })
        receiver.state.withLock { $0.isDown = false }
        try await watch.retry(try #require(dead.first).id)
        await watch.courier.round()
        #expect(try await watch.deliveries(.delivered).map(\.id) == [dead[0].id])
    }

    @Test("a start of the daemon, after which nothing is measured yet, ends no alert")
    func start() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let world = World()
        let measured = Measured()
        measured.used.withLock { $0 = 0.99 }
        var watch = try await watch(store, directory, world, Receiver(), measured: measured)
        func firing() async throws -> [String] {
            try await watch.alerts(includesPast: false).filter { $0.state == .firing }.map(\.rule.text)
        }
        for _ in 0..<40 {
            await watch.look()
            world.advance(10)
        }
        #expect(try await firing() == ["disk-full", "disk-filling"])
        measured.used.withLock { $0 = nil }
        watch = try await self.watch(store, directory, world, Receiver(), measured: measured)
        await watch.look()
        #expect(try await firing() == ["disk-full", "disk-filling"])
        // Nobody has seen it for as long as the rules look at: it is gone.
        world.advance(91)
        await watch.look()
        #expect(try await firing() == [])
    }

    @Test("secrets are not to be read in the database")
    func secrets() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let watch = try await watch(store, directory, World(), Receiver())
        let token = "tk_verysecrettoken0123456789"
        let route = AlertRoute(name: try Self.name("phone"), kind: .ntfy, url: "https://example.org/topic")
        try await watch.put(route, secret: token)
        #expect(await watch.settings().routes.map(\.hasSecret) == [true])
        try store.close()
        for name in ["homie.db", "homie.db-wal"] {
            #expect(!String(decoding: directory.bytes(of: name), as: UTF8.self).contains("verysecret"))
        }
        let again = try await self.watch(try SQLiteStateStore(directory), directory, World(), Receiver())
        #expect(try await again.store.kept("alert-route/phone") == token)
    }

    @Test("a change of a route that is refused leaves its key where it is")
    func refusedKey() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let watch = try await watch(store, directory, World(), Receiver())
        let route = AlertRoute(name: try Self.name("hook"), kind: .webhook, url: "https://example.org/hook")
        try await watch.put(route, secret: Self.secret)
        await #expect(throws: AlertError.self) { try await watch.put(route, secret: "") }
        await #expect(throws: AlertError.self) { try await watch.put(route, secret: "no key") }
        #expect(try await store.kept("alert-route/hook") == Self.secret)
        #expect(await watch.settings().routes.map(\.hasSecret) == [true])
        // Where none is needed, an empty one takes it away.
        let phone = AlertRoute(name: try Self.name("hook"), kind: .ntfy, url: "https://example.org/topic")
        try await watch.put(phone, secret: "")
        #expect(try await store.kept("alert-route/hook") == nil)
    }

    @Test("what is set survives, is replaced by name, and goes when it is removed")
    func settings() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let world = World()
        let watch = try await watch(store, directory, world, Receiver())
        let name = try Self.name("disk-full")
        let rule = AlertRule(
            name: name,
            condition: .metric(.init(series: SeriesSelector(SeriesName("used")), above: 0.5)),
            holds: .seconds(90)
        )
        try await watch.put(rule)
        let silence = try await watch.add(
            Silence(id: 0, matcher: AlertMatcher(), from: Self.start, until: Self.start + .seconds(60), comment: "why")
        )
        #expect(silence.id == 1)
        await #expect(throws: AlertError.self) {
            try await watch.put(AlertRoute(name: name, kind: .gotify, url: "https://example.org"), secret: nil)
        }
        await #expect(throws: AlertError.self) {
            try await watch.put(AlertRoute(name: name, kind: .ntfy, url: "file:///etc/passwd"), secret: nil)
        }
        await #expect(throws: AlertError.self) {
            try await watch.put(
                AlertRoute(name: name, kind: .smtp, url: "smtp://m", from: "a@b\r\nRCPT TO:<c@d>", to: ["e@f"]),
                secret: nil
            )
        }
        let again = try await self.watch(store, directory, world, Receiver())
        #expect(await again.rules().first { $0.name == name } == rule)
        #expect(await again.rules().count == AlertRule.standard.count)
        #expect(await again.settings().silences == [silence])
        try await again.remove(.rule(name))
        try await again.remove(.silence(1))
        #expect(await again.rules() == AlertRule.standard.sorted { $0.name < $1.name })
        await #expect(throws: AlertError.self) { try await again.remove(.rule(name)) }
    }

    @Test("what a newer release has set and this one cannot read is left out, and a copy of it kept")
    func newerSettings() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let world = World()
        let first = try await watch(store, directory, world, Receiver())
        try await first.put(
            AlertRoute(name: Self.name("phone"), kind: .ntfy, url: "https://example.org/t"),
            secret: nil
        )
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            try database.execute(
                sql: """
                    UPDATE alert_settings SET document =
                        json_set(document, '$.rules[0]', json('{"name": "odd", "condition": {"dream": {}}}'))
                    """
            )
        }
        try queue.close()
        let again = try await watch(try SQLiteStateStore(directory), directory, world, Receiver())
        #expect(await again.settings().routes.map(\.name) == [try Self.name("phone")])
        #expect(await again.settings().rules.isEmpty)
        #expect(String(decoding: directory.bytes(of: "homie.db.alert-settings.json"), as: UTF8.self).contains("dream"))
    }
}
