import HomieModel
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieBus

/// Names published through a real Avahi, and looked up by another one.
@Suite(.enabled(if: AvahiUnderTest.isExpected, AvahiUnderTest.reason), .serialized)
struct AvahiIntegrationTests {
    /// What an announcer was told to publish, and what it says of that.
    private final class Device: Sendable {
        let report = Mutex(NameReport())
        let names: AsyncStream<[String]>.Continuation
        private let work: Task<Void, Never>
        var state: [String: PublishedName.State] {
            report.withLock { report in Dictionary(report.names.map { ($0.name, $0.state) }) { _, last in last } }
        }

        init(_ bus: BusAddress) {
            let (stream, names) = AsyncStream<[String]>.makeStream()
            self.names = names
            let told = Told()
            let announcer = NameAnnouncer(bus: bus, pause: .milliseconds(500)) { told.tell($0) }
            work = Task { await announcer.run(names: stream) }
            told.listener.withLock { listener in
                listener = { [weak self] report in self?.report.withLock { $0 = report } }
            }
        }

        func stop() async {
            work.cancel()
            await work.value
        }
    }

    private final class Told: Sendable {
        let listener = Mutex<(@Sendable (NameReport) -> Void)?>(nil)
        func tell(_ report: NameReport) { listener.withLock { $0 }?(report) }
    }

    @Test func `services are found by their names, until they go, and again after Avahi was away`() async throws {
        let network = try AvahiNetwork()
        try await network.start()
        let device = Device(network.bus(1))
        device.names.yield(["homie1.local", "photos.homie1.local", "docs.local"])
        try await eventually("the names are published") {
            device.state == ["homie1.local": .published, "photos.homie1.local": .published, "docs.local": .published]
                ? true : nil
        }
        #expect(device.report.withLock { $0.hostName } == "homie1.local")
        #expect(try await network.address(of: "photos.homie1.local") == "127.0.0.1", "\(network.log)")
        #expect(try await network.address(of: "docs.local") == "127.0.0.1")

        device.names.yield(["homie1.local", "photos.homie1.local"])
        try await eventually("a name that nobody wants any more is not found") {
            try await network.address(of: "docs.local") == nil ? true : nil
        }

        try network.killAvahi(1)
        try await eventually("it is said that Avahi is away") {
            device.report.withLock { $0.absence == "Avahi does not run" } ? true : nil
        }
        try await network.startAvahi(1)
        // The other device still knows the name from before: Avahi, which was killed, could not take it back.
        try await eventually("the names are published again") {
            device.state == ["homie1.local": .published, "photos.homie1.local": .published] ? true : nil
        }
        #expect(device.report.withLock { $0.absence } == nil)
        #expect(try await network.address(of: "photos.homie1.local") == "127.0.0.1")

        await device.stop()
        try await eventually("who ends takes the names along") {
            try await network.address(of: "photos.homie1.local") == nil ? true : nil
        }
    }

    @Test func `a name that another device has is left to it, until it is free`() async throws {
        let network = try AvahiNetwork()
        try await network.start()
        let other = Device(network.bus(2))
        other.names.yield(["photos.local"])
        try await eventually("the other device has the name") { other.state["photos.local"] == .published ? true : nil }
        let device = Device(network.bus(1))
        device.names.yield(["docs.local", "photos.local"])
        try await eventually("it is said that the name is taken") {
            device.state == ["docs.local": .published, "photos.local": .taken] ? true : nil
        }
        #expect(device.report.withLock { $0.names.last?.problem } == "another device of the network has this name")
        await other.stop()
        try await eventually("the name is taken over") { device.state["photos.local"] == .published ? true : nil }
        await device.stop()
    }

    @Test func `where there is no bus it is said`() async throws {
        let device = Device(.address("unix:path=/nowhere/bus"))
        device.names.yield(["docs.local"])
        try await eventually("the absence is told") {
            device.report.withLock { $0.absence?.contains("/nowhere/bus") == true } ? true : nil
        }
        #expect(device.state == ["docs.local": .waiting])
        await device.stop()
    }
}
