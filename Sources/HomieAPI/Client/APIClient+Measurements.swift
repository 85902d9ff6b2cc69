public import HomieModel

extension APIClient {
    public func seriesNames() async throws -> [String] {
        let answer: SeriesNamesAnswer = try await call(.listSeries)
        return answer.series
    }

    public func range(_ request: RangeRequest) async throws -> MeasuredRange {
        var query = [
            ("series", "\(request.selector)"), ("function", "\(request.function)"), ("start", request.start.rfc3339),
            ("end", request.end.rfc3339),
        ]
        if let step = request.step { query.append(("step", "\(max(1, step.nanoseconds / 1_000_000_000))")) }
        if request.isTotal { query.append(("total", "true")) }
        return try await call(.queryRange, query: query)
    }

    public func usage() async throws -> UsageTable { try await call(.showUsage) }
}

/// In order.
public struct SeriesNamesAnswer: Sendable, Hashable, Codable {
    public var series: [String]
    public init(series: [String]) { self.series = series }
}
