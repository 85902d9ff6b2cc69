import HomieModel
import HomiePlanning
import HomieStore
import HomieSupervisor
import Logging
import Synchronization
import Testing

@Suite("The history as it is asked")
struct RecorderTests {
    private static let start: Int64 = 1_767_225_600  // 2026-01-01T00:00:00Z

    /// Three requests a second in each of two services, and a load that is the hour of the day.
    private final class Source: MeasurementSource {
        let now = Mutex(RecorderTests.start)

        func readings() async -> [MeasurementBook.Reading] {
            let elapsed = Double(now.withLock { $0 } - RecorderTests.start)
            return [
                .init(#"requests{service="web"}"#, .counter, elapsed * 3),
                .init(#"requests{service="api"}"#, .counter, elapsed * 3),
                .init("load", .gauge, Double(Int(elapsed) / 3600 % 24)),
                .init(#"container_memory_working_set_bytes{stack="shop",service="web"}"#, .gauge, 4096),
                .init(#"container_cpu_usage_seconds{stack="shop",service="web"}"#, .counter, elapsed / 4),
            ]
        }

        var clocks: Clocks {
            Clocks(
                uptime: { .seconds(0) },
                wall: { Timestamp(nanoseconds: self.now.withLock { $0 } * 1_000_000_000) }
            )
        }
    }

    /// A store that fails as long as it is told to.
    private final class FailingStore: MeasurementStore {
        let inner: SQLiteStateStore
        let isFailing = Mutex(false)

        init(_ inner: SQLiteStateStore) { self.inner = inner }

        private struct Full: Error {}

        func chunks(_ keys: [ChunkKey]) async throws -> [StoredChunk] { try await inner.chunks(keys) }
        func write(_ chunks: [StoredChunk], dropping: [ChunkLimit]) async throws {
            if isFailing.withLock({ $0 }) { throw Full() }
            try await inner.write(chunks, dropping: dropping)
        }
        func chunkStarts(step: Int64, from first: Int64, to end: Int64) async throws -> [Int64] {
            try await inner.chunkStarts(step: step, from: first, to: end)
        }
        func chunkCounts() async throws -> [ChunkCount] { try await inner.chunkCounts() }
        func measuredSeries() async throws -> [String] { try await inner.measuredSeries() }
    }

    private func logger() -> Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    private func ask(
        _ recorder: MeasurementRecorder,
        _ series: String,
        _ function: String,
        _ from: Int64,
        _ to: Int64,
        _ step: Int64,
        total: Bool = false
    ) async throws -> MeasuredRange {
        try await recorder.range(
            RangeRequest(
                selector: SeriesSelector(parsing: series),
                function: MeasurementFunction(parsing: function),
                start: Timestamp(nanoseconds: from * 1_000_000_000),
                end: Timestamp(nanoseconds: to * 1_000_000_000),
                step: .seconds(Double(step)),
                isTotal: total
            )
        )
    }

    @Test("every resolution answers up to now, what is not stored yet included, also when the store failed for a while")
    func ranges() async throws {
        let directory = try ScopedDirectory()
        let store = FailingStore(try SQLiteStateStore(directory))
        let source = Source()
        let recorder = MeasurementRecorder(source: source, store: store, clocks: source.clocks, logger: logger())
        let end = Self.start + 2 * 86_400 + 4 * 3600 + 500
        for second in stride(from: Self.start, through: end, by: 10) {
            source.now.withLock { $0 = second }
            store.isFailing.withLock { $0 = (90_000...92_000).contains(second - Self.start) }
            await recorder.look()
        }
        // The last half hour, from memory.
        let raw = try await ask(recorder, "requests", "rate", end - 1800, end, 600)
        #expect(raw.resolution == 10)
        #expect(raw.series.map(\.name) == [#"requests{service="api"}"#, #"requests{service="web"}"#])
        #expect(raw.series[0].points.allSatisfy { abs($0[1] - 3) < 0.001 })
        // Six hours in minutes; the newest are in memory only.
        let minutes = try await ask(recorder, "requests", "sum", end - 6 * 3600, end, 3600, total: true)
        #expect(minutes.resolution == 60)
        let whole = minutes.series[0].points.dropFirst().dropLast()
        #expect(whole.allSatisfy { $0[1] == 6 * 3600 }, "\(whole)")
        #expect(abs((minutes.series[0].points.last?[0] ?? 0) - Double(end)) <= 3600)
        // Two days in quarters, over the time the store failed.
        let quarters = try await ask(recorder, #"requests{service="web"}"#, "sum", Self.start + 900, end, 900)
        #expect(quarters.resolution == 900)
        #expect(quarters.series[0].points.dropLast().allSatisfy { $0[1] == 2700 })
        #expect(quarters.series[0].points.count == Int((end - Self.start) / 900))
        let median = try await ask(recorder, "load", "p50", Self.start, Self.start + 86_400, 86_400)
        #expect(median.series[0].points.map { $0[1] } == [11.5])
        let usage = await recorder.usage()
        #expect(usage.services.map(\.memory) == [4096])
        #expect(usage.services.map { ($0.processors ?? 0).rounded(toPlaces: 4) } == [0.25])
        let values = await recorder.values(of: try SeriesSelector(parsing: "requests"), .rate, over: .seconds(300))
        #expect(values.count == 2 && values.values.allSatisfy { abs($0 - 3) < 0.001 })
        try await checkSummaries(recorder)
    }

    /// Windows of ten minutes, a day and two days end now, whatever is stored of them.
    private func checkSummaries(_ recorder: MeasurementRecorder) async throws {
        func summary(_ series: String, _ function: String, _ seconds: Double) async throws -> MeasuredSummary? {
            let selector = try SeriesSelector(parsing: series)
            let function = try MeasurementFunction(parsing: function)
            return try await recorder.summary(of: selector, function, over: .seconds(seconds))
        }
        let rate = try #require(try await summary("requests", "rate", 600))
        #expect(abs(rate.value - 6) < 0.001)
        #expect(rate.coverage > 0.95)
        let day = try #require(try await summary("requests", "sum", 86_400))
        #expect(abs(day.value / (6 * 86_400) - 1) < 0.01, "\(day)")
        #expect(try await summary("load", "max", 2 * 86_400)?.value == 23)
        // More is asked for than there is.
        #expect(try #require(try await summary("load", "max", 7 * 86_400)).coverage < 0.5)
        #expect(try await summary("nothing", "max", 600) == nil)
    }

    @Test("where minutes went before their time, quarters answer for all of a day, not minutes for its last hours")
    func thinned() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let source = Source()
        let recorder = MeasurementRecorder(source: source, store: store, clocks: source.clocks, logger: logger())
        let end = Self.start + 86_400 + 3600
        for second in stride(from: Self.start, through: end, by: 10) {
            source.now.withLock { $0 = second }
            await recorder.look()
        }
        #expect(try await ask(recorder, "load", "mean", end - 86_400, end, 3600).resolution == 60)
        try await store.write([], dropping: [ChunkLimit(step: 60, before: end - 3 * 3600)])
        let day = try await ask(recorder, "load", "mean", end - 86_400, end, 3600)
        #expect(day.resolution == 900)
        #expect(day.series[0].points.map { $0[1] } == (1..<25).map { Double($0 % 24) })
        #expect(try await ask(recorder, "load", "mean", end - 2 * 3600, end, 3600).resolution == 60)
        let sum = try await recorder.summary(
            of: SeriesSelector(parsing: #"requests{service="web"}"#),
            .sum,
            over: .seconds(86_000)
        )
        #expect(try #require(sum).coverage > 0.95)
    }

    @Test("questions that make no sense are refused with a reason")
    func refusals() async throws {
        let source = Source()
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let recorder = MeasurementRecorder(source: source, store: store, clocks: source.clocks, logger: logger())
        await recorder.look()
        await #expect(throws: MeasurementError.noSeries("nothing")) {
            try await ask(recorder, "nothing", "mean", Self.start, Self.start + 60, 10)
        }
        await #expect(throws: MeasurementError.range) {
            try await ask(recorder, "load", "mean", Self.start + 60, Self.start, 10)
        }
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}
