import Foundation
import HomieModel
import HomieNotify
import HomiePlanning
import HomieStore
import HomieSupervisor
import Logging
import Synchronization
import Testing

/// A thousand alerts on their way to a receiver that is away for an hour of a clock of ours, over SQLite and HTTP.
@Suite(.serialized, .enabled(if: Receiver.isExpected))
struct AlertStormIntegrationTests {
    private final class World: AlertWorld {
        let now = Mutex(Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000))
        let ill: [AlertFacts.Service]

        init(ill: [AlertFacts.Service]) { self.ill = ill }

        func services() async -> [AlertFacts.Service]? { ill }
        func dependencies() async -> [AlertSubject: Set<AlertSubject>] { [:] }
        func events(after id: Int64, limit: Int) async throws -> [EventRecord] { [] }
        func eventStream() async -> AsyncStream<EventRecord> { AsyncStream { _ in } }
        func toldIssues() async -> [DeviceIssue]? { [] }
        func note(_ alert: Alert) async {}

        func advance(_ seconds: Double) { now.withLock { $0 = $0 + .seconds(seconds) } }
        var clocks: Clocks { Clocks(uptime: { .seconds(0) }, wall: { self.now.withLock { $0 } }) }
    }

    @Test func `nothing is lost, and what comes twice comes under the same ID`() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/homie-storm-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let stack = try StackName(parsing: "shop")
        let world = World(
            ill: try (0..<1000).map {
                AlertFacts.Service(stack: stack, service: try ServiceName(parsing: "s\($0)"), phase: .unhealthy)
            }
        )
        let store = try SQLiteStateStore(directory: directory, now: world.clocks.wall())
        let receiver = try await Receiver()
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        // Its own clock: a signature of an hour ago is none.
        let sender = NotificationSender(
            device: "attic",
            release: "1.2.3",
            now: { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000) }
        )
        let watch = AlertWatch(
            store: store,
            world: world,
            measurements: nil,
            sender: sender,
            clocks: world.clocks,
            logger: logger
        )
        try await watch.load()
        let name = try AlertName(parsing: "hook")
        // Where nobody listens.
        let away = AlertRoute(name: name, kind: .webhook, url: "http://127.0.0.1:9/flaky", allowsLocal: true)
        try await watch.put(away, secret: Receiver.key)
        for _ in 0..<10 {
            await watch.look()
            world.advance(10)
        }
        let ids = Set(try await store.deliveries(.waiting, limit: 5000).map(\.id))
        #expect(ids.count == 1000)
        for _ in 0..<60 {
            await watch.courier.round()
            world.advance(60)
        }
        let back = "http://127.0.0.1:\(receiver.httpPort)/flaky"
        try await watch.put(AlertRoute(name: name, kind: .webhook, url: back, allowsLocal: true), secret: nil)
        for _ in 0..<1000 {
            world.advance(60)
            await watch.courier.round()
            if try await store.nextDue() == nil { break }
        }
        let received = try receiver.received()
        #expect(received.allSatisfy { $0["verified"] == .bool(true) })
        let seen = received.compactMap { $0["headers"]?["webhook-id"]?.stringValue }
        #expect(Set(seen) == ids)
        // Fifty answers were lost.
        #expect((1000...1100).contains(seen.count), "\(seen.count)")
        #expect(try await store.deliveries(.delivered, limit: 5000).count == 1000)
        try store.close()
    }
}
