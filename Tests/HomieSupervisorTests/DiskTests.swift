import HomieModel
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieSupervisor

/// Disks that fill, and what hears of it.
@Suite struct DiskTests {
    private final class Device: SystemObservation {
        let free = Mutex<Int64>(50 << 30)

        func reading(engineData: String?) async -> SystemReading {
            var reading = SystemReading()
            reading.disks = [
                DiskReading(
                    mountPoint: "/srv",
                    uses: ["state", "engine"],
                    size: ByteCount(bytes: 100 << 30),
                    available: ByteCount(bytes: free.withLock { $0 }),
                    inodes: 1000,
                    freeInodes: 900,
                    isReadOnly: false
                )
            ]
            return reading
        }
    }

    @Test func `a disk that fills, and one that has room again, are events that jobs can wait for`() async throws {
        let device = Device()
        let bench = try await Bench(system: device)
        func look() async throws -> [String] {
            await bench.supervisor.examine()
            await bench.supervisor.review()
            return try await bench.supervisor.events(EventQuery()).map(\.kind).filter { $0.hasPrefix("disk.") }
        }
        try await eventually("it is ready") { await bench.supervisor.unreadiness == nil ? true : nil }
        #expect(try await look() == [])
        device.free.withLock { $0 = 1 << 30 }
        #expect(try await look() == ["disk.filling"])
        #expect(try await look() == ["disk.filling"])
        device.free.withLock { $0 = 50 << 30 }
        #expect(try await look() == ["disk.filling", "disk.roomy"])
    }

    @Test func `what finds no room on the disk has it cleared at once, and not again and again`() async throws {
        let device = Device()
        let bench = try await Bench(system: device)
        // The next look that is made anyway comes half a minute after this one.
        try await eventually("it was looked at") { await bench.supervisor.clinic.system == nil ? nil : true }
        device.free.withLock { $0 = 1 << 20 }
        await bench.engine.addImage("web:1")
        await bench.engine.fail("create", count: 1, "write /var/lib/docker: no space left on device")
        _ = try await bench.supervisor.apply(
            try stack("shop", ["web": service("web:1") { $0.restart = .always }]),
            options: ApplyOptions()
        )
        let cleared = try await eventually("the disk is cleared") {
            try await bench.supervisor.events(EventQuery()).first { $0.kind == "disk.cleared" }
        }
        #expect(cleared.message.contains("/srv is 99 % full"))
        try await bench.running("shop-web-1")
        #expect(try await bench.supervisor.events(EventQuery()).filter { $0.kind == "disk.cleared" }.count == 1)
    }
}
