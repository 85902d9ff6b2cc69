import FoundationEssentials
import GRDB
public import HomieSupervisor

extension SQLiteStateStore: MeasurementStore {
    public func chunks(_ keys: [ChunkKey]) async throws -> [StoredChunk] {
        try await read { database in
            let statement = try database.makeStatement(
                sql: """
                    SELECT points FROM measured_chunks
                    WHERE series = (SELECT id FROM measured_series WHERE name = ?) AND step = ? AND start = ?
                    """
            )
            return try keys.compactMap { key in
                let arguments: StatementArguments = [key.series, key.step, key.start]
                guard let bytes = try Data.fetchOne(statement, arguments: arguments) else { return nil }
                return StoredChunk(key: key, bytes: [UInt8](bytes))
            }
        }
    }

    public func write(_ chunks: [StoredChunk], dropping: [ChunkLimit]) async throws {
        try await writeMeasurements { database in
            for name in Set(chunks.map(\.key.series)).sorted() {
                try database.execute(
                    sql: "INSERT INTO measured_series (name) VALUES (?) ON CONFLICT (name) DO NOTHING",
                    arguments: [name]
                )
            }
            for chunk in chunks {
                try database.execute(
                    sql: """
                        INSERT INTO measured_chunks (series, step, start, points)
                        SELECT id, ?2, ?3, ?4 FROM measured_series WHERE name = ?1
                        ON CONFLICT (series, step, start) DO UPDATE SET points = excluded.points
                        """,
                    arguments: [chunk.key.series, chunk.key.step, chunk.key.start, Data(chunk.bytes)]
                )
            }
            for limit in dropping {
                try database.execute(
                    sql: "DELETE FROM measured_chunks WHERE step = ? AND start < ?",
                    arguments: [limit.step, limit.before]
                )
            }
            if !dropping.isEmpty {
                try database.execute(
                    sql: "DELETE FROM measured_series WHERE id NOT IN (SELECT series FROM measured_chunks)"
                )
            }
        }
    }

    public func chunkStarts(step: Int64, from first: Int64, to end: Int64) async throws -> [Int64] {
        try await read { database in
            try Int64.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT start FROM measured_chunks WHERE step = ? AND start >= ? AND start < ? ORDER BY start
                    """,
                arguments: [step, first, end]
            )
        }
    }

    public func chunkCounts() async throws -> [ChunkCount] {
        try await read { database in
            // The index by age has it all: no points are read.
            let sql =
                "SELECT step, start, count(*) AS count FROM measured_chunks GROUP BY step, start ORDER BY step, start"
            return try Row.fetchAll(database, sql: sql)
                .map { ChunkCount(step: $0["step"], start: $0["start"], count: $0["count"]) }
        }
    }

    public func measuredSeries() async throws -> [String] {
        try await read { try String.fetchAll($0, sql: "SELECT name FROM measured_series ORDER BY name") }
    }
}
