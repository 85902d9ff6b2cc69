import HomieModel
import HomiePlanning
import Testing

/// What goes of the history when it is too much.
@Suite struct HistoryBudgetTests {
    private typealias Shelf = HistoryBudget.Shelf
    private static let now: Int64 = 1_767_225_600

    /// All chunks that are kept of so many series.
    private func shelves(_ series: Int) -> [Shelf] {
        [Resolution.minute, .quarter, .day].flatMap { resolution in
            let newest = resolution.chunkStart(of: Self.now)
            return (0...(resolution.kept / resolution.chunkLength)).map {
                Shelf(resolution, start: newest - $0 * resolution.chunkLength, count: series)
            }
        }
    }

    private func left(of shelves: [Shelf], _ limits: [Resolution: Int64]) -> [Shelf] {
        shelves.filter { $0.start >= limits[$0.resolution] ?? .min }
    }

    /// As many bytes as the points alone take.
    private func bytes(_ shelves: [Shelf]) -> Int64 {
        shelves.reduce(0) { $0 + Int64($1.count) * $1.resolution.chunk * Int64(MeasuredPoint.size) }
    }

    @Test func `fifty services, the host and what services show of themselves lose nothing`() {
        #expect(HistoryBudget.standard.limits(for: shelves(50 * 8 + 40 + 120)).isEmpty)
    }

    @Test func `of a few more services the oldest minutes go, and nothing else`() {
        let all = shelves(700)
        let limits = HistoryBudget.standard.limits(for: all)
        #expect(limits.keys.map(\.self) == [.minute])
        let minutes = left(of: all, limits).filter { $0.resolution == .minute }
        #expect((16...40).contains(minutes.count))
        #expect(minutes.map(\.start).max() == Resolution.minute.chunkStart(of: Self.now))
    }

    @Test func `of as many series as are taken at most, the days of a year stay, and what roll-ups are made of`() {
        let all = shelves(MeasurementBook.mostSeries)
        let rest = left(of: all, HistoryBudget.standard.limits(for: all))
        #expect(bytes(rest) < 27_000_000)
        func count(_ resolution: Resolution) -> Int { rest.count { $0.resolution == resolution } }
        #expect(count(.day) == all.count { $0.resolution == .day })
        #expect(count(.minute) == 5)
        #expect(count(.quarter) >= 3)
    }

    @Test func `days of series that are long gone give way at last, the oldest first, and never the newest`() {
        let days = (0..<9).map { Shelf(.day, start: Int64($0) * Resolution.day.chunkLength, count: 6000) }
        let some = HistoryBudget.standard.limits(for: days)
        #expect(left(of: days, some).map(\.start) == days.suffix(6).map(\.start))
        let tiny = HistoryBudget(most: ByteCount(bytes: 1)).limits(for: days + shelves(10))
        #expect(left(of: days, tiny).isEmpty)
        #expect(left(of: shelves(10), tiny).map(\.resolution).contains(.day))
    }
}
