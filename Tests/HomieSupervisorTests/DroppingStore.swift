import HomieSupervisor
import Synchronization

/// Keeps no measurements, and counts what it was told to drop.
final class DroppingStore: MeasurementStore {
    let limits = Mutex(0)

    func chunks(_ keys: [ChunkKey]) async throws -> [StoredChunk] { [] }

    func write(_ chunks: [StoredChunk], dropping: [ChunkLimit]) async throws {
        limits.withLock { $0 += dropping.count }
    }

    func chunkStarts(step: Int64, from first: Int64, to end: Int64) async throws -> [Int64] { [] }

    func chunkCounts() async throws -> [ChunkCount] { [] }

    func measuredSeries() async throws -> [String] { [] }
}
