public import HomieModel
import HomiePlanning

extension MeasurementRecorder: MeasurementInspection {
    /// Series that one question may be about.
    public static let mostAnswered = 100
    /// In seconds; a little more than the coarsest points are kept.
    private static let longestKept: Int64 = 2 * 366 * 86_400

    public func seriesNames() async throws -> [String] {
        Set(book.seriesNames).union(try await storedNames()).sorted()
    }

    public func range(_ request: RangeRequest) async throws -> MeasuredRange {
        guard request.start < request.end else { throw MeasurementError.range }
        let now = clocks.wall().nanoseconds / 1_000_000_000
        // Before anything is kept, and after now, there is nothing to look for.
        let possible = (now - Self.longestKept)...(now + 86_400)
        let start = min(max(request.start.nanoseconds / 1_000_000_000, possible.lowerBound), possible.upperBound)
        let end = min(max(request.end.nanoseconds / 1_000_000_000, possible.lowerBound), possible.upperBound)
        let found = try await seriesNames().compactMap(name).filter(request.selector.matches)
        guard !found.isEmpty else { throw MeasurementError.noSeries("\(request.selector)") }
        guard found.count <= Self.mostAnswered else {
            throw MeasurementError.tooManySeries("\(request.selector)", found: found.count, most: Self.mostAnswered)
        }
        let wanted = request.step.map { max(1, $0.nanoseconds / 1_000_000_000) } ?? (end - start) / 300
        /// A whole number of stored points.
        func step(_ resolution: Resolution) -> Int64 {
            max(1, (wanted + resolution.step - 1) / resolution.step) * resolution.step
        }
        let function = request.function.forRanges
        let (resolution, values) = try await each(of: found, from: start, to: end, now: now) {
            RangeQuery.evaluate(function, over: $1, resolution: $0, step: step($0))
        }
        var series = Array(zip(found, values))
        if request.isTotal { series = [(SeriesName(request.selector.name.metric), Self.total(series.map(\.1)))] }
        return MeasuredRange(
            function: request.function,
            start: request.start,
            end: request.end,
            step: step(resolution),
            resolution: resolution.step,
            series: series.map { name, points in
                MeasuredRange.Series(name: name, points: points.map { [Double($0.second), $0.value] })
            }
        )
    }

    private static func total(_ series: [[(second: Int64, value: Double)]]) -> [(second: Int64, value: Double)] {
        var sums: [Int64: Double] = [:]
        for point in series.joined() { sums[point.second, default: 0] += point.value }
        return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Something of the points of each series, as finely as they are kept all the way back: where there are many series, fine
    /// points go before their time (``HistoryBudget``).
    private func each<Value>(
        of names: [SeriesName],
        from start: Int64,
        to end: Int64,
        now: Int64,
        _ body: (Resolution, [(second: Int64, point: MeasuredPoint)]) -> Value
    ) async throws -> (resolution: Resolution, values: [Value]) {
        /// One series after the other: the points of all of them would be much.
        func look(_ resolution: Resolution) async throws -> (first: Int64, values: [Value]) {
            var (first, values) = (end, [Value]())
            for name in names {
                let points = try await points(of: name.description, resolution, from: start, to: end)
                first = min(first, points.first?.second ?? end)
                values.append(body(resolution, points))
            }
            return (first, values)
        }
        var resolution = Resolution.best(from: start, to: end, now: now)
        var (first, values) = try await look(resolution)
        while resolution != .raw, let coarser = resolution.coarser, first >= start + coarser.step {
            let other = try await look(coarser)
            guard other.first + coarser.step <= first else { break }
            (resolution, first, values) = (coarser, other.first, other.values)
        }
        return (resolution, values)
    }

    /// What is stored, and behind it what only finer points, or the memory, know yet.
    private func points(
        of series: String,
        _ resolution: Resolution,
        from start: Int64,
        to end: Int64
    ) async throws -> [(second: Int64, point: MeasuredPoint)] {
        guard let finer = Resolution.allCases.last(where: { $0.step < resolution.step }) else {
            return book.recent(series, from: start, to: end)
        }
        let stored = try await archive.points(of: series, resolution, from: start, to: end)
        let now = clocks.wall().nanoseconds / 1_000_000_000
        let edge = max(stored.last.map { $0.second + resolution.step } ?? start, now - finer.kept)
        let begin = resolution.stepStart(of: edge)
        guard begin < end else { return stored }
        let rest = try await points(of: series, finer, from: begin, to: end)
        let merged = RangeQuery.merged(rest, from: finer, to: resolution)
        let known = Set(stored.map(\.second))
        return stored + merged.filter { !known.contains($0.second) && $0.second >= start }
    }

    public func values(
        of selector: SeriesSelector,
        _ function: MeasurementFunction,
        over window: TimeSpan
    ) async -> [SeriesName: Double] {
        let now = clocks.wall().nanoseconds / 1_000_000_000
        let length = min(Resolution.raw.kept, max(Resolution.raw.step, window.nanoseconds / 1_000_000_000))
        var values: [SeriesName: Double] = [:]
        for name in recentNames(selector) {
            let points = book.recent(name.description, from: now - length, to: now + 1)
            values[name] = RangeQuery.value(function.forRanges, over: points, resolution: .raw)
        }
        return values
    }

    public func summary(
        of selector: SeriesSelector,
        _ function: MeasurementFunction,
        over window: TimeSpan
    ) async throws -> MeasuredSummary? {
        let length = max(Resolution.raw.step, window.nanoseconds / 1_000_000_000)
        let isRecent = length <= Resolution.raw.kept
        // What is in memory need not be looked for on the disk.
        let found =
            isRecent ? recentNames(selector) : try await seriesNames().compactMap(name).filter(selector.matches)
        guard found.count <= Self.mostAnswered else {
            throw MeasurementError.tooManySeries("\(selector)", found: found.count, most: Self.mostAnswered)
        }
        let now = clocks.wall().nanoseconds / 1_000_000_000
        let seen = try await each(of: found, from: now - length, to: now + 1, now: now) { resolution, points in
            (
                coverage: RangeQuery.coverage(of: points, resolution: resolution, window: length),
                value: RangeQuery.value(function.forRanges, over: points, resolution: resolution)
            )
        }.values
        let coverage = seen.map(\.coverage).reduce(1, min)
        let values = seen.compactMap(\.value)
        guard !values.isEmpty else { return nil }
        switch function {
        case .mean, .sum, .rate: return MeasuredSummary(value: values.reduce(0, +), coverage: coverage)
        case .least: return values.min().map { MeasuredSummary(value: $0, coverage: coverage) }
        case .most, .quantile: return values.max().map { MeasuredSummary(value: $0, coverage: coverage) }
        }
    }

    public func usage() async -> UsageTable {
        let now = clocks.wall().nanoseconds / 1_000_000_000
        func recent(_ series: String) -> Double? {
            RangeQuery.value(.mean, over: book.recent(series, from: now - 60, to: now + 1), resolution: .raw)
        }
        var services: [String: UsageTable.Service] = [:]
        for text in book.seriesNames {
            guard let name = name(text), let stack = name["stack"], let service = name["service"],
                let path = Self.columns[name.metric], let value = recent(text)
            else { continue }
            let key = "\(stack)/\(service)"
            services[key, default: UsageTable.Service(stack: stack, service: service)][keyPath: path] = value
        }
        let host = UsageTable.Host(
            processors: recent("homie_host_processors_used_ratio"),
            memory: recent("homie_host_memory_used_ratio"),
            load: recent("node_load1")
        )
        return UsageTable(host: host, services: services.sorted { $0.key < $1.key }.map(\.value))
    }

    private static var columns: [String: WritableKeyPath<UsageTable.Service, Double?>] {
        [
            "container_cpu_usage_seconds": \.processors, "container_memory_working_set_bytes": \.memory,
            "container_network_receive_bytes": \.received, "container_network_transmit_bytes": \.sent,
            "container_fs_reads_bytes": \.read, "container_fs_writes_bytes": \.written,
            "container_cpu_cfs_throttled_seconds": \.throttled,
        ]
    }
}

extension MeasurementFunction {
    var forRanges: RangeFunction {
        switch self {
        case .mean: .mean
        case .sum: .sum
        case .rate: .rate
        case .least: .least
        case .most: .most
        case .quantile(let share): .quantile(share)
        }
    }
}
