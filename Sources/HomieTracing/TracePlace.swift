public import HomieModel
public import Tracing

/// Where work stands in a trace, as it is handed from task to task.
public struct TracePlace: Sendable, Hashable {
    public var trace: TraceID
    public var span: SpanID
    /// Whether its spans are kept.
    public var isSampled: Bool
}

private enum TracePlaceKey: ServiceContextKey {
    typealias Value = TracePlace
    static let nameOverride: String? = "homie-trace"
}

extension ServiceContext {
    /// Nil outside of any trace.
    public internal(set) var tracePlace: TracePlace? {
        get { self[TracePlaceKey.self] }
        set { self[TracePlaceKey.self] = newValue }
    }
}
