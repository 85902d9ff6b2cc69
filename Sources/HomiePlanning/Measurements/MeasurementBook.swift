public import HomieModel

/// The last hour of every series, and the minutes that are not stored yet. In memory; a lost one costs a quarter of an hour.
public struct MeasurementBook: Sendable {
    public enum Kind: String, Sendable, Hashable, Codable {
        case gauge
        /// Only rises, but for restarts; kept as its increase per second.
        case counter
    }

    /// One reading. The name is the whole series: `container_cpu_usage_seconds{stack="shop",service="web"}`.
    public struct Reading: Sendable, Hashable {
        public var series: String
        public var kind: Kind
        public var value: Double

        public init(_ series: String, _ kind: Kind, _ value: Double) {
            self.series = series
            self.kind = kind
            self.value = value
        }
    }

    /// Points of one series that belong into one chunk, from `start` (seconds since 1970) on.
    public struct ChunkWrite: Sendable, Hashable {
        public var series: String
        public var resolution: Resolution
        public var start: Int64
        public var points: [MeasuredPoint]
    }

    struct Series {
        var lastValue: Double?
        var lastTime: Int64 = 0
        /// The step that `ring`'s newest place stands for.
        var newest: Int64
        var ring: [MeasuredPoint] = []
    }

    /// More series than this are not kept; the newest ones are refused.
    public static let mostSeries = 2000
    /// Batches are this far apart, in seconds.
    public static let batch: Int64 = 900

    private var series: [String: Series] = [:]
    private var storedThrough: Int64
    /// How many series the last look left out, and the first of them.
    public private(set) var refused: (count: Int, first: String)?

    /// - Parameter now: what was before is in the store, or lost.
    public init(now: Timestamp) { storedThrough = Self.minute(now) }

    private static func second(_ time: Timestamp) -> Int64 { floorQuotient(time.nanoseconds, 1_000_000_000) }
    private static func minute(_ time: Timestamp) -> Int64 { floorQuotient(second(time), 60) * 60 }

    /// Takes in one look at everything. Looks may be late or missing: what was not seen is not made up.
    public mutating func add(_ readings: [Reading], at time: Timestamp) {
        let second = Self.second(time)
        // What nobody reads any more is forgotten after an hour.
        series = series.filter { second - $0.value.lastTime <= Resolution.raw.kept }
        let step = floorQuotient(second, Resolution.raw.step)
        refused = nil
        for reading in readings where reading.value.isFinite {
            guard var entry = series[reading.series] ?? (series.count < Self.mostSeries ? Series(newest: step) : nil)
            else {
                refused = ((refused?.count ?? 0) + 1, refused?.first ?? reading.series)
                continue
            }
            let elapsed = second - entry.lastTime
            var value: Double? = reading.value
            if reading.kind == .counter {
                // A smaller value: it began anew and counted from nothing.
                let increase = entry.lastValue.map { reading.value < $0 ? reading.value : reading.value - $0 }
                value = elapsed > 0 && elapsed <= 60 ? increase.map { $0 / Double(elapsed) } : nil
            }
            entry.lastValue = reading.value
            entry.lastTime = second
            if let value { entry.put(Float(value), step: step) }
            series[reading.series] = entry
        }
    }

    /// The names of all series in memory, in no order.
    public var seriesNames: some Collection<String> { series.keys }

    /// The last hour in steps of ten seconds, from the step of `start` (seconds) on.
    public func recent(_ name: String, from start: Int64, to end: Int64) -> [(second: Int64, point: MeasuredPoint)] {
        guard let entry = series[name] else { return [] }
        let oldest = entry.newest - Int64(entry.ring.count) + 1
        let first = max(oldest, floorQuotient(start, Resolution.raw.step))
        let last = min(entry.newest, floorQuotient(end - 1, Resolution.raw.step))
        guard first <= last else { return [] }
        return (first...last).map { ($0 * Resolution.raw.step, entry.ring[Int($0 - oldest)]) }
            .filter { $0.1.coverage > 0 }
    }

    /// The whole minutes since the last batch, when it is time for one (or `isLast`); in chunks for the store.
    public mutating func takeBatch(now: Timestamp, isLast: Bool = false) -> [ChunkWrite] {
        let end = Self.minute(now)
        // A clock that was set back has nothing new to say until it catches up; one far off begins anew.
        if end < storedThrough - 3600 { storedThrough = end }
        let due = floorQuotient(end, Self.batch) > floorQuotient(storedThrough, Self.batch)
        guard due || isLast, end > storedThrough else { return [] }
        let start = max(storedThrough, end - Resolution.raw.kept)
        storedThrough = end
        var writes: [ChunkWrite] = []
        for name in series.keys.sorted() {
            for minute in stride(from: start, to: end, by: 60) {
                let place = Dictionary(recent(name, from: minute, to: minute + 60).map { ($0.second, $0.point) }) { $1 }
                let parts = stride(from: minute, to: minute + 60, by: 10).map { place[$0] ?? .absent }
                let point = MeasuredPoint(merging: parts)
                guard point.coverage > 0 else { continue }
                if let last = writes.last, last.series == name,
                    last.start + Int64(last.points.count) * 60 == minute,
                    Resolution.minute.chunkStart(of: last.start) == Resolution.minute.chunkStart(of: minute)
                {
                    writes[writes.count - 1].points.append(point)
                } else {
                    writes.append(ChunkWrite(series: name, resolution: .minute, start: minute, points: [point]))
                }
            }
        }
        return writes
    }
}

extension MeasurementBook.Series {
    mutating func put(_ value: Float, step: Int64) {
        let point = MeasuredPoint(mean: value, least: value, most: value, coverage: 255)
        let most = Int(Resolution.raw.chunk)
        if ring.isEmpty || step - newest >= Int64(most) || newest - step >= Int64(most) {
            ring = [point]
            newest = step
            return
        }
        if step > newest {
            for _ in newest + 1..<step { ring.append(.absent) }
            ring.append(point)
            newest = step
            if ring.count > most { ring.removeFirst(ring.count - most) }
            return
        }
        // The clock was set back a little: the later look counts.
        let index = ring.count - 1 - Int(newest - step)
        if index >= 0 {
            ring[index] = point
        } else {
            ring = [point]
            newest = step
        }
    }
}
