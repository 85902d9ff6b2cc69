import HomieModel
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieSupervisor

/// What is deleted by its age stays deleted, when the clock is right again.
@Suite struct ClockTrustTests {
    /// Clocks that a test sets.
    private final class Hands: Sendable {
        private let uptime = Mutex(Int64(0))
        private let offset = Mutex(Int64(1_700_000_000))
        private let isSynchronized = Mutex(false)

        var clocks: Clocks {
            Clocks(
                uptime: { .seconds(Double(self.uptime.withLock { $0 })) },
                wall: {
                    let second = self.uptime.withLock { $0 } + self.offset.withLock { $0 }
                    return Timestamp(nanoseconds: second * 1_000_000_000)
                },
                isSynchronized: { self.isSynchronized.withLock { $0 } }
            )
        }

        func pass(_ seconds: Int64) { uptime.withLock { $0 += seconds } }
        func jump(_ seconds: Int64) { offset.withLock { $0 += seconds } }
        func synchronize() { isSynchronized.withLock { $0 = true } }
    }

    private static let day = Int64(86_400)

    @Test func `the clock is believed once it went along with the uptime for a day`() {
        let hands = Hands()
        let clocks = hands.clocks
        var trust = ClockTrust()
        #expect(trust.now(clocks) == nil)
        hands.pass(Self.day - 1)
        // A clock that is corrected now and then, and drifts a little.
        hands.jump(60)
        #expect(trust.now(clocks) == nil)
        hands.pass(1)
        #expect(trust.now(clocks) == clocks.wall())
    }

    @Test(arguments: [-86_400 * 365, -3700, 3700, 86_400 * 365] as [Int64])
    func `a clock that was set is not believed for a day`(jump: Int64) {
        let hands = Hands()
        let clocks = hands.clocks
        var trust = ClockTrust()
        trust.note(clocks)
        hands.pass(2 * Self.day)
        #expect(trust.now(clocks) != nil)
        hands.jump(jump)
        #expect(trust.now(clocks) == nil)
        hands.pass(Self.day - 1)
        #expect(trust.now(clocks) == nil)
        // Set back to what it was, it has to prove itself anew.
        hands.jump(-jump)
        hands.pass(1)
        #expect(trust.now(clocks) == nil)
        hands.pass(Self.day)
        #expect(trust.now(clocks) != nil)
    }

    @Test func `a clock that the system keeps by others is believed at once`() {
        let hands = Hands()
        hands.synchronize()
        var trust = ClockTrust()
        #expect(trust.now(hands.clocks) != nil)
    }

    @Test func `a clock that is set ahead by a year takes no history away`() async throws {
        let offset = ClockTests.Offset()
        let synchronized = Mutex(false)
        let system = Clocks.system()
        let clocks = Clocks(
            uptime: system.uptime,
            wall: { Timestamp(nanoseconds: system.wall().nanoseconds + offset.value) },
            isSynchronized: { synchronized.withLock { $0 } }
        )
        let bench = try await Bench(engine: SimulatedEngine(wall: clocks.wall), clocks: clocks)
        await bench.engine.addImage("web")
        #expect(try await bench.up(try stack("shop", ["web": service("web")])).state == .succeeded)
        try await eventually("it is written down") { await bench.store.allEvents.count > 3 ? true : nil }
        offset.set(86_400 * 365 * 1_000_000_000)
        await bench.supervisor.dropOld()
        #expect(await bench.store.allEvents.contains { $0.kind == "deployment.started" })
        // Were it true, the same would go.
        synchronized.withLock { $0 = true }
        await bench.supervisor.dropOld()
        #expect(await !bench.store.allEvents.contains { $0.kind == "deployment.started" })
    }

    @Test func `measurements go for their age only when the time is known`() async throws {
        let store = DroppingStore()
        let archive = MeasurementArchive(store: store)
        let now = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        try await archive.take([], now: now, dropsOld: false)
        #expect(store.limits.withLock { $0 } == 0)
        try await archive.take([], now: now + .seconds(7200), dropsOld: true)
        #expect(store.limits.withLock { $0 } > 0)
    }
}
