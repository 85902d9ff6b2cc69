public import HomieModel

/// What of the measured past goes before its time, so that all of it takes no more than so many bytes on disk. Pure.
///
/// What is oldest among the finest goes first, for all series alike, and never before it is part of something coarser: minutes
/// first, then quarters, then days. So a year of many series is coarser, not shorter. What is newest stays at any rate: two hours
/// of minutes and two days of quarters, of which the next roll-ups are made. The 30 MB hold 560 series with nothing taken away
/// (50 services, the host, and what services show of themselves), and 2000 with two hours of minutes and three days of quarters.
public struct HistoryBudget: Sendable {
    /// The chunks of one resolution that begin at the same second, of all series.
    public struct Shelf: Sendable, Hashable {
        public var resolution: Resolution
        /// Seconds since 1970.
        public var start: Int64
        public var count: Int

        public init(_ resolution: Resolution, start: Int64, count: Int) {
            self.resolution = resolution
            self.start = start
            self.count = count
        }
    }

    public static let standard = HistoryBudget(most: ByteCount(bytes: 30_000_000))

    public let most: ByteCount

    public init(most: ByteCount) { self.most = most }

    /// - Returns: by resolution, the second before which chunks must not begin; empty when everything fits.
    public func limits(for shelves: [Shelf]) -> [Resolution: Int64] {
        // Until the next look an hour of minutes is added.
        let widest = shelves.filter { $0.resolution == .minute }.map(\.count).max() ?? 0
        let growth = Int64(widest) * 3600 / Resolution.minute.chunkLength * Self.size(.minute)
        var excess = shelves.reduce(growth - most.bytes) { $0 + Self.size($1) }
        var limits: [Resolution: Int64] = [:]
        for resolution in [Resolution.minute, .quarter, .day] {
            let mine = shelves.filter { $0.resolution == resolution }.sorted { $0.start < $1.start }
            guard let newest = mine.last?.start else { continue }
            for shelf in mine where shelf.start < newest - Self.floor(resolution) {
                guard excess > 0 else { return limits }
                excess -= Self.size(shelf)
                limits[resolution] = shelf.start + 1
            }
        }
        return limits
    }

    private static func size(_ shelf: Shelf) -> Int64 { Int64(shelf.count) * size(shelf.resolution) }

    /// Of one chunk, all of whose points are there: those, an eighth more as pages are not full, and its places in two indexes;
    /// as measured of a database of 560 series after three weeks of writing.
    static func size(_ resolution: Resolution) -> Int64 {
        resolution.chunk * Int64(MeasuredPoint.size) * 9 / 8 + 45
    }

    /// In seconds; a chunk before the newest one of which this much is kept.
    private static func floor(_ resolution: Resolution) -> Int64 {
        switch resolution {
        case .raw, .minute: 2 * 3600
        case .quarter: 2 * 86_400
        case .day: 0
        }
    }
}
