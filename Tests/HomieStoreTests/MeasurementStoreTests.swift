import FoundationEssentials
import GRDB
import HomieModel
import HomiePlanning
import HomieStore
import HomieSupervisor
import Testing

@Suite("The measured past")
struct MeasurementStoreTests {
    private let start: Int64 = 1_767_225_600  // 2026-01-01T00:00:00Z

    private func time(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }

    @Test("three days of looks become minutes, quarters and days, also over restarts of the daemon")
    func rollUps() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        var archive = MeasurementArchive(store: store)
        var book = MeasurementBook(now: time(start))
        let end = start + 3 * 86_400 + 1800
        for second in stride(from: start, through: end, by: 10) {
            // Three requests a second, and a load that is the hour of the day.
            let hour = Double((second - start) / 3600 % 24)
            book.add(
                [.init("requests", .counter, Double(second - start) * 3), .init("load", .gauge, hour)],
                at: time(second)
            )
            let batch = book.takeBatch(now: time(second))
            guard !batch.isEmpty else { continue }
            try await archive.take(batch, now: time(second))
            // Taken twice, it changes nothing.
            if second % 7200 == 0 { try await archive.take(batch, now: time(second)) }
            if second % 50_400 == 0 { archive = MeasurementArchive(store: store) }
        }
        let days = try await archive.points(of: "load", .day, from: start, to: end)
        #expect(days.map(\.second) == [0, 1, 2].map { start + $0 * 86_400 })
        #expect(
            days.allSatisfy { abs($0.point.mean - 11.5) < 0.001 && $0.point.most == 23 && $0.point.coverage == 255 }
        )
        let quarters = try await archive.points(of: "load", .quarter, from: start, to: end)
        #expect(quarters.count == 3 * 96)
        let sums = try await archive.range(
            of: "requests",
            .sum,
            from: start + 86_400,
            to: start + 2 * 86_400,
            resolution: .quarter,
            step: 86_400
        )
        #expect(sums.map(\.value) == [3 * 86_400])
        // Minutes are kept for a day.
        let minutes = try await archive.points(of: "load", .minute, from: start, to: end)
        #expect(minutes.count >= 1440 && minutes.count <= 1440 + 60)
        #expect(try await store.measuredSeries() == ["load", "requests"])
    }

    @Test("the last hours before an absence become quarters and days, however long it was", arguments: [2, 5, 13])
    func absence(days: Int64) async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        /// Looks from one second to another, as a daemon that is started and ended.
        func live(from first: Int64, to last: Int64) async throws {
            let archive = MeasurementArchive(store: store)
            var book = MeasurementBook(now: time(first))
            for second in stride(from: first, through: last, by: 10) {
                book.add([.init("load", .gauge, 7)], at: time(second))
                let batch = book.takeBatch(now: time(second), isLast: second == last)
                if !batch.isEmpty { try await archive.take(batch, now: time(second)) }
            }
        }
        // Two hours and 45 minutes; those minutes are nowhere else yet.
        let gone = start + 2 * 3600 + 2700
        try await live(from: start, to: gone)
        let back = start + days * 86_400 + 3600
        try await live(from: back, to: back + 7200)
        let archive = MeasurementArchive(store: store)
        let quarters = try await archive.points(of: "load", .quarter, from: start, to: gone)
        #expect(quarters.map(\.second) == (0..<11).map { start + $0 * 900 })
        #expect(quarters.allSatisfy { $0.point.coverage == 255 && $0.point.mean == 7 })
        let first = try await archive.points(of: "load", .day, from: start, to: start + 86_400)
        #expect(first.map(\.second) == [start])
        // And old minutes are gone all the same.
        #expect(try await archive.points(of: "load", .minute, from: start, to: gone).isEmpty)
    }

    /// A year of some series.
    private func fill(_ store: SQLiteStateStore, _ names: [String]) async throws {
        let point = MeasuredPoint(mean: 1.5, least: 1, most: 2, coverage: 255)
        // As they come in time: all series of one chunk after the other.
        for resolution in [Resolution.day, .quarter, .minute] {
            let bytes = MeasuredPoint.bytes(Array(repeating: point, count: Int(resolution.chunk)))
            for number in 0...(resolution.kept / resolution.chunkLength) {
                let first = resolution.chunkStart(of: start) + number * resolution.chunkLength
                let chunks = names.map {
                    StoredChunk(key: ChunkKey(series: $0, step: resolution.step, start: first), bytes: bytes)
                }
                try await store.write(chunks, dropping: [])
            }
        }
    }

    @Test("a year of 50 services and of their own figures takes no more than 30 MB")
    func size() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        // Eight series of each service, forty of the host, and what services show of themselves.
        let names = (0..<440 + Supervisor.mostFigures).map {
            "container_memory_working_set_bytes{stack=\"shop\",service=\"service-\($0)\"}"
        }
        try await fill(store, names)
        let path = store.path
        try store.close()
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? .max
        #expect(size < 30_000_000, "\(size)")
    }

    @Test("of more series than fit, minutes go first, then quarters, until what is left fits")
    func budget() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await fill(store, (0..<120).map { "container_memory_working_set_bytes{service=\"service-\($0)\"}" })
        let archive = MeasurementArchive(
            store: store,
            budget: HistoryBudget(most: ByteCount(bytes: 3_000_000))
        )
        try await archive.take([], now: time(start + Resolution.day.kept), dropsOld: false)
        let left = Dictionary(grouping: try await store.chunkCounts(), by: \.step).mapValues(\.count)
        #expect(left[86_400] == 9)
        #expect(left[900] == 10)
        #expect(left[60] == 5)
        #expect(try await store.measuredSeries().count == 120)
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        let used = try await queue.read { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? .max
            return (pages - (try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0)) * 4096
        }
        try queue.close()
        #expect(used < 3_300_000, "\(used)")
    }

    @Test("series of which nothing is kept any more are forgotten")
    func forgetting() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let old = StoredChunk(key: ChunkKey(series: "old", step: 60, start: 0), bytes: [1])
        let new = StoredChunk(key: ChunkKey(series: "new", step: 60, start: 6000), bytes: [2])
        try await store.write([old, new], dropping: [])
        try await store.write([], dropping: [ChunkLimit(step: 60, before: 6000)])
        #expect(try await store.measuredSeries() == ["new"])
        #expect(try await store.chunks([old.key, new.key]) == [new])
    }
}
