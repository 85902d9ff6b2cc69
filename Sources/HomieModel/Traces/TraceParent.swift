/// Where a request stands in a trace: the header `traceparent` (W3C Trace Context, 3.2).
public struct TraceParent: Sendable, Hashable {
    public var trace: TraceID
    public var span: SpanID
    /// Whether the caller keeps what it measures.
    public var isSampled: Bool

    public init(trace: TraceID, span: SpanID, isSampled: Bool) {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
    }

    /// Nil when it is not one: a caller's mistake begins a new trace, and nothing worse.
    ///
    /// A later version than 00 may have more fields; what it has in common with it is taken (3.2.2.1 and 4.3).
    public init?(header: some StringProtocol) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, let version = HexDigits.value(parts[0].utf8), version != 0xFF,
            version != 0 || parts.count == 4, let trace = TraceID(parts[1]), let span = SpanID(parts[2]),
            parts[3].utf8.count == 2, let flags = HexDigits.value(parts[3].utf8)
        else { return nil }
        self.init(trace: trace, span: span, isSampled: flags & 1 == 1)
    }

    public var header: String { "00-\(trace)-\(span)-0\(isSampled ? 1 : 0)" }
}
