public import HomieModel
public import HomiePlanning

/// The measured past: takes batches of minutes, makes roll-ups of them, and answers ranges.
///
/// To spare flash, minutes are written every 15 minutes, quarters every hour and days once a day, each batch in one
/// transaction. Roll-ups are made of what is stored, so that a batch taken twice, or lost, leaves nothing wrong behind.
public actor MeasurementArchive {
    private let store: any MeasurementStore
    private let budget: HistoryBudget
    /// Quarters and days are made through there; nil until the first batch, which makes up for what was not, from all that
    /// is stored.
    private var quartersThrough: Int64?
    private var daysThrough: Int64?

    public init(store: any MeasurementStore, budget: HistoryBudget = .standard) {
        self.store = store
        self.budget = budget
    }

    /// Writes a batch of the book's minutes.
    ///
    /// - Parameter dropsOld: what is too old goes; not where nobody knows the time.
    /// - Throws: what the store says; the batch may then be given again.
    public func take(
        _ writes: [MeasurementBook.ChunkWrite],
        now: Timestamp,
        dropsOld: Bool = true
    ) async throws {
        let second = floorQuotientSeconds(now)
        var chunks = try await load(writes.map { ($0.series, .minute, $0.start) })
        for write in writes {
            let key = Self.key(write.series, .minute, write.start)
            chunks[key, default: Chunk(.minute, containing: write.start)].lay(write.points, from: write.start)
        }
        try await store.write(Self.stored(chunks), dropping: [])
        let hour = second / 3600 * 3600
        let day = second / 86_400 * 86_400
        // A clock that was set back begins anew.
        if hour < quartersThrough ?? .min { (quartersThrough, daysThrough) = (nil, nil) }
        guard hour > quartersThrough ?? .min else { return }
        try await rollUp(.minute, from: quartersThrough ?? 0, to: hour)
        quartersThrough = hour
        if day > daysThrough ?? .min {
            try await rollUp(.quarter, from: daysThrough ?? 0, to: day)
            daysThrough = day
        }
        // Nothing goes before it is part of something coarser, however long nobody was there to see to it.
        if dropsOld { try await store.write([], dropping: Resolution.allCases.compactMap { Self.limit($0, second) }) }
        try await fit()
    }

    /// Drops what the budget has no room for: by the order of things, whatever the clock says.
    private func fit() async throws {
        let shelves = try await store.chunkCounts().compactMap { counted in
            Resolution(rawValue: Int(counted.step)).map {
                HistoryBudget.Shelf($0, start: counted.start, count: counted.count)
            }
        }
        let limits = budget.limits(for: shelves).map { ChunkLimit(step: $0.key.step, before: $0.value) }
        if !limits.isEmpty { try await store.write([], dropping: limits.sorted { $0.step < $1.step }) }
    }

    /// One value for each step in which something was seen; seconds since 1970, `end` excluded.
    public func range(
        of series: String,
        _ function: RangeFunction,
        from start: Int64,
        to end: Int64,
        resolution: Resolution,
        step: Int64
    ) async throws -> [(second: Int64, value: Double)] {
        let points = try await points(of: series, resolution, from: start, to: end)
        return RangeQuery.evaluate(function, over: points, resolution: resolution, step: step)
    }

    /// What is stored of a series; at most 10,000 points.
    public func points(
        of series: String,
        _ resolution: Resolution,
        from start: Int64,
        to end: Int64
    ) async throws -> [(second: Int64, point: MeasuredPoint)] {
        guard end > start else { return [] }
        let last = min(end, start + 10_000 * resolution.step)
        let starts = Self.chunkStarts(resolution, from: start, to: last)
        let chunks = try await load(starts.map { (series, resolution, $0) })
        return chunks.values.sorted { $0.start < $1.start }.flatMap { chunk in
            chunk.points.enumerated().map { (chunk.start + Int64($0.offset) * resolution.step, $0.element) }
        }.filter { $0.1.coverage > 0 && $0.0 >= start && $0.0 < last }
    }

    private func rollUp(_ resolution: Resolution, from start: Int64, to end: Int64) async throws {
        guard let coarser = resolution.coarser else { return }
        let first = resolution.chunkStart(of: start)
        let starts = try await store.chunkStarts(step: resolution.step, from: first, to: end)
        guard !starts.isEmpty else { return }
        let targets = Set(starts.map { coarser.chunkStart(of: $0) }).union([coarser.chunkStart(of: end - 1)])
        // A hundred series at a time bound the memory this takes.
        let names = try await store.measuredSeries()
        for first in stride(from: 0, to: names.count, by: 100) {
            let some = names[first..<min(names.count, first + 100)]
            let fine = try await load(some.flatMap { name in starts.map { (name, resolution, $0) } })
            var coarse = try await load(some.flatMap { name in targets.map { (name, coarser, $0) } })
            var changed: Set<ChunkKey> = []
            for (key, chunk) in fine {
                for (second, point) in chunk.rolledUp(from: start, to: end) where point.coverage > 0 {
                    let target = Self.key(key.series, coarser, second)
                    coarse[target, default: Chunk(coarser, containing: second)].lay([point], from: second)
                    changed.insert(target)
                }
            }
            try await store.write(Self.stored(coarse.filter { changed.contains($0.key) }), dropping: [])
        }
    }

    private func load(_ wanted: [(String, Resolution, Int64)]) async throws -> [ChunkKey: Chunk] {
        let keys = Set(wanted.map { Self.key($0.0, $0.1, $0.2) })
        var chunks: [ChunkKey: Chunk] = [:]
        for stored in try await store.chunks(Array(keys)) {
            guard let resolution = Resolution(rawValue: Int(stored.key.step)) else { continue }
            let points = MeasuredPoint.points(stored.bytes)
            chunks[stored.key] = Chunk(resolution, containing: stored.key.start, points: points)
        }
        return chunks
    }

    private static func key(_ series: String, _ resolution: Resolution, _ second: Int64) -> ChunkKey {
        ChunkKey(series: series, step: resolution.step, start: resolution.chunkStart(of: second))
    }

    private static func stored(_ chunks: [ChunkKey: Chunk]) -> [StoredChunk] {
        chunks.map { StoredChunk(key: $0.key, bytes: MeasuredPoint.bytes($0.value.points)) }
            .sorted { ($0.key.series, $0.key.step, $0.key.start) < ($1.key.series, $1.key.step, $1.key.start) }
    }

    private static func limit(_ resolution: Resolution, _ now: Int64) -> ChunkLimit? {
        resolution == .raw
            ? nil : ChunkLimit(step: resolution.step, before: now - resolution.kept - resolution.chunkLength)
    }

    private static func chunkStarts(_ resolution: Resolution, from start: Int64, to end: Int64) -> [Int64] {
        Array(stride(from: resolution.chunkStart(of: start), to: end, by: Int(resolution.chunkLength)))
    }

    private func floorQuotientSeconds(_ time: Timestamp) -> Int64 { max(0, time.nanoseconds / 1_000_000_000) }
}
