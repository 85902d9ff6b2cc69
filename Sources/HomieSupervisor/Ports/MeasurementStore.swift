/// Where the measured past is kept, in chunks whose content is not the store's concern.
public protocol MeasurementStore: Sendable {
    /// Those of the chunks that there are.
    func chunks(_ keys: [ChunkKey]) async throws -> [StoredChunk]
    /// Inserts or replaces, and drops chunks of a step that begin before a second: all in one transaction.
    func write(_ chunks: [StoredChunk], dropping: [ChunkLimit]) async throws
    /// When the chunks of a step begin that there are, each once, in order: from `first` on and before `end`.
    func chunkStarts(step: Int64, from first: Int64, to end: Int64) async throws -> [Int64]
    /// How many chunks of each step begin at each second.
    func chunkCounts() async throws -> [ChunkCount]
    /// The names of all series of which something is kept, in order.
    func measuredSeries() async throws -> [String]
}

/// Which chunk: the series' name, the seconds between its points, and when it begins (seconds since 1970).
public struct ChunkKey: Sendable, Hashable {
    public var series: String
    public var step: Int64
    public var start: Int64

    public init(series: String, step: Int64, start: Int64) {
        self.series = series
        self.step = step
        self.start = start
    }
}

public struct StoredChunk: Sendable, Hashable {
    public var key: ChunkKey
    public var bytes: [UInt8]

    public init(key: ChunkKey, bytes: [UInt8]) {
        self.key = key
        self.bytes = bytes
    }
}

/// Chunks of this step that begin before this second are not kept.
public struct ChunkLimit: Sendable, Hashable {
    public var step: Int64
    public var before: Int64

    public init(step: Int64, before: Int64) {
        self.step = step
        self.before = before
    }
}

/// The chunks of a step that begin at the same second (since 1970), of all series.
public struct ChunkCount: Sendable, Hashable {
    public var step: Int64
    public var start: Int64
    public var count: Int

    public init(step: Int64, start: Int64, count: Int) {
        self.step = step
        self.start = start
        self.count = count
    }
}
