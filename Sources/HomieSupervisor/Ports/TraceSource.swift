public import HomieModel

/// The traces of this device, as the API needs them.
public protocol TraceSource: Sendable {
    /// The spans of a trace that are kept, in the order of their beginnings; empty when there are none.
    func spans(of trace: TraceID) -> [SpanRecord]
    /// The traces that ended last, newest first.
    func recentTraces(limit: Int) -> [TraceSummary]
}
