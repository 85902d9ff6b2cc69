import HomieModel
import HomiePlanning
import Testing

@Suite struct MeasurementTests {
    private let start: Int64 = 1_767_225_600  // 2026-01-01T00:00:00Z

    private func time(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }

    @Test func `points survive being written and read`() {
        var random = SeededGenerator(seed: 3)
        let points = (0..<500).map { _ in
            MeasuredPoint(
                mean: Float.random(in: -1e9...1e9, using: &random),
                least: -.infinity,
                most: Float.random(in: 0...1, using: &random),
                coverage: UInt8.random(in: 0...255, using: &random)
            )
        }
        let bytes = MeasuredPoint.bytes(points)
        #expect(bytes.count == 500 * MeasuredPoint.size)
        #expect(MeasuredPoint.points(bytes) == points)
        #expect(MeasuredPoint.points(Array(bytes.dropLast(5))) == Array(points.dropLast()))
    }

    @Test func `the book keeps an hour, hands out whole minutes in batches, and then no minute twice`() {
        var book = MeasurementBook(now: time(start))
        var minutes: [Int64: MeasuredPoint] = [:]
        var batches = 0
        for look in 0..<1080 as Range<Int64> {
            let now = start + look * 10
            book.add([.init("load", .gauge, Double(look % 6))], at: time(now))
            let writes = book.takeBatch(now: time(now))
            if !writes.isEmpty { batches += 1 }
            for write in writes {
                for (index, point) in write.points.enumerated() {
                    #expect(minutes.updateValue(point, forKey: write.start + Int64(index) * 60) == nil)
                    #expect(
                        Resolution.minute.chunkStart(of: write.start + Int64(index) * 60)
                            == Resolution.minute.chunkStart(of: write.start)
                    )
                }
            }
        }
        #expect(batches == 11)
        #expect(minutes.count == 165)
        #expect(Set(minutes.values) == [MeasuredPoint(mean: 2.5, least: 0, most: 5, coverage: 255)])
        #expect(book.recent("load", from: 0, to: .max / 2).count == 360)
    }

    @Test func `a counter becomes its increase per second, over restarts and gaps too`() {
        var book = MeasurementBook(now: time(start))
        for (offset, value) in [(0, 100.0), (10, 150), (20, 20), (30, 40), (600, 1000), (610, 1010)] {
            book.add([.init("requests", .counter, value)], at: time(start + Int64(offset)))
        }
        let recent = book.recent("requests", from: start, to: start + 3600)
        #expect(recent.map(\.second) == [10, 20, 30, 610].map { start + $0 })
        #expect(recent.map(\.point.mean) == [5, 2, 2, 1])
    }

    @Test func `roll-ups weigh by what was seen, and rolling up a day of quarters gives the day's mean`() {
        var random = SeededGenerator(seed: 8)
        var quarters = Chunk(.quarter, containing: start)
        var sum = 0.0
        var weight = 0.0
        for index in 0..<96 as Range<Int64> {
            let coverage = random.chance(20) ? 0 : UInt8.random(in: 1...255, using: &random)
            let mean = Float.random(in: 0...100, using: &random)
            quarters.lay(
                [MeasuredPoint(mean: mean, least: mean - 1, most: mean + 1, coverage: coverage)],
                from: start + index * 900
            )
            sum += Double(mean) * Double(coverage)
            weight += Double(coverage)
        }
        let days = quarters.rolledUp(from: start + 3600, to: start + 7200)
        #expect(days.count == 1)
        #expect(days.first?.second == start)
        #expect(abs(Double(days.first?.point.mean ?? 0) - sum / weight) < 0.001)
    }

    @Test func `sum, rate and quantile over a range are what the raw values say`() {
        // Two requests a second for ten minutes, none for five, not seen for fifteen, four a second for thirty.
        let points = (0..<60).compactMap { minute -> (second: Int64, point: MeasuredPoint)? in
            let rate: Float? = minute < 10 ? 2 : minute < 15 ? 0 : minute < 30 ? nil : 4
            return rate.map {
                (start + Int64(minute) * 60, MeasuredPoint(mean: $0, least: $0, most: $0, coverage: 255))
            }
        }
        func values(_ function: RangeFunction, _ step: Int64) -> [Double] {
            RangeQuery.evaluate(function, over: points, resolution: .minute, step: step).map(\.value)
        }
        #expect(values(.sum, 3600) == [2 * 600 + 4 * 1800])
        #expect(values(.sum, 900) == [1200, 3600, 3600])
        #expect(values(.rate, 900) == [4.0 / 3, 4, 4])
        #expect(values(.quantile(0.5), 900) == [2, 4, 4])
        #expect(values(.quantile(0), 3600) == [0])
        #expect(values(.most, 3600) == [4])
        #expect(values(.quantile(0.25), 900)[0] == 0)
    }

    @Test func `a range takes the finest resolution that still knows it and is not too much`() {
        let now = start
        #expect(Resolution.best(from: now - 1800, to: now, now: now) == .raw)
        #expect(Resolution.best(from: now - 7200, to: now, now: now) == .minute)
        #expect(Resolution.best(from: now - 7 * 86_400, to: now, now: now) == .quarter)
        #expect(Resolution.best(from: now - 300 * 86_400, to: now, now: now) == .day)
        #expect(Resolution.best(from: now - 3000, to: now, now: now, limit: 100) == .minute)
    }

    @Test func `a year of 50 services fits into 30 MB`() {
        let points = Resolution.allCases.filter { $0 != .raw }.reduce(0) { total, resolution in
            // The oldest chunk goes as a whole.
            total + resolution.kept / resolution.step + resolution.chunk
        }
        #expect(Int64(50 * 8 + 40) * points * Int64(MeasuredPoint.size) < 21_000_000)
    }

    @Test func `names without end do not fill the memory, and clocks that jump do not stop the book`() {
        var book = MeasurementBook(now: time(start))
        for name in 0..<3000 { book.add([.init("s\(name)", .gauge, 1)], at: time(start)) }
        #expect(book.takeBatch(now: time(start + 900), isLast: true).count == MeasurementBook.mostSeries)
        for jump in [start + 86_400 * 365, 0, start, start - 20, start + 7200] {
            book.add([.init("load", .gauge, 1), .init("nan", .gauge, .nan)], at: time(jump))
            #expect(book.recent("load", from: jump, to: jump + 10).count == 1)
            #expect(book.recent("nan", from: jump, to: jump + 10).isEmpty)
            _ = book.takeBatch(now: time(jump + 60), isLast: true)
        }
    }

    @Test func `what a full book leaves out is told, until there is room again`() {
        var book = MeasurementBook(now: time(start))
        let readings = (0..<MeasurementBook.mostSeries + 3).map {
            MeasurementBook.Reading("s\($0)", .gauge, 1)
        }
        book.add(readings, at: time(start))
        #expect(book.refused?.count == 3)
        #expect(book.refused?.first == "s\(MeasurementBook.mostSeries)")
        book.add(Array(readings.suffix(5)), at: time(start + 2 * 3600))
        #expect(book.refused == nil)
    }
}
