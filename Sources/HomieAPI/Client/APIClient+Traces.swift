public import HomieModel

extension APIClient {
    public func traces(limit: Int = 50) async throws -> [TraceSummary] {
        let answer: TracesAnswer = try await call(.listTraces, query: [("limit", "\(limit)")])
        return answer.traces
    }

    public func trace(_ id: TraceID) async throws -> TraceAnswer {
        try await call(.getTrace, path: ["trace": id.description])
    }
}
