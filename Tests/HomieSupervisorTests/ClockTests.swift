import HomieModel
import HomieSupervisor
import HomieTestSupport
import Logging
import Synchronization
import Testing

/// The wall clock is set while everything runs.
@Suite struct ClockTests {
    @Test(arguments: [-86_400 * 365, -3600, 3600, 86_400 * 365])
    func `a clock that jumps stops no restart, starts none and loses no order`(jump: Int64) async throws {
        let shared = Offset()
        let system = Clocks.system()
        let clocks = Clocks(
            uptime: system.uptime,
            wall: { Timestamp(nanoseconds: system.wall().nanoseconds + shared.value) }
        )
        let bench = try await Bench(engine: SimulatedEngine(wall: clocks.wall), clocks: clocks)
        await bench.engine.addImage("web")
        var parent = service("web") { $0.restart = .always }
        parent.restart = .always
        let definition = try stack(
            "shop",
            ["vpn": parent, "app": service("web") { $0.networkMode = .service(name("vpn")) }]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        await bench.engine.clearCalls()
        shared.set(jump * 1_000_000_000)
        try await Task.sleep(for: .milliseconds(1500))
        #expect(await bench.engine.calls.isEmpty)
        await bench.engine.crash("shop-vpn-1")
        try await bench.running("shop-vpn-1")
        try await eventually("the child follows") {
            await bench.engine.calls.contains("start shop-app-1") ? true : nil
        }
        try await Task.sleep(for: .milliseconds(300))
        #expect(await bench.engine.calls.filter { $0 == "start shop-app-1" }.count == 1)
        let events = try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
        #expect(events.map(\.id) == events.map(\.id).sorted())
    }

    @Test func `lengths that no number can hold are as long as can be told`() {
        #expect(TimeSpan(.seconds(Int64.max)) == TimeSpan(nanoseconds: .max))
        #expect(TimeSpan(.seconds(Int64.min)) == TimeSpan(nanoseconds: .min))
        #expect(TimeSpan(.milliseconds(1500)) == TimeSpan(nanoseconds: 1_500_000_000))
        #expect(TimeSpan.seconds(.infinity) == TimeSpan(nanoseconds: .max))
        #expect(TimeSpan.seconds(-1e300) == TimeSpan(nanoseconds: .min))
        #expect(TimeSpan.seconds(.nan) == TimeSpan(nanoseconds: 0))
        #expect(TimeSpan.seconds(1.5) == TimeSpan(nanoseconds: 1_500_000_000))
        #expect(TimeSpan.milliseconds(.max) == TimeSpan(nanoseconds: .max))
    }

    /// A number that closures share.
    final class Offset: Sendable {
        private let held = Mutex<Int64>(0)

        var value: Int64 { held.withLock { $0 } }

        func set(_ value: Int64) { held.withLock { $0 = value } }
    }
}
