public import HomieModel

/// Newest first.
public struct TracesAnswer: Sendable, Hashable, Codable {
    public var traces: [TraceSummary]
    public init(traces: [TraceSummary]) { self.traces = traces }
}

/// What is kept of a trace, in the order of the spans' beginnings.
public struct TraceAnswer: Sendable, Hashable, Codable {
    public var trace: TraceID
    public var spans: [SpanRecord]

    public init(trace: TraceID, spans: [SpanRecord]) {
        self.trace = trace
        self.spans = spans
    }
}
