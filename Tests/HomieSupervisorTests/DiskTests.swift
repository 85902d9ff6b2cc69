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
                    uses: ["state"],
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
}
