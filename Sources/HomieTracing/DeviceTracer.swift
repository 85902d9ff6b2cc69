public import HomieModel
public import Tracing

/// Keeps the spans of this process in a ring, and hands them to whoever exports them.
///
/// Calls of others (``SpanKind/client``) that belong to no trace are not kept: what the daemon asks the engine all day on its
/// own would fill the ring with what nobody wants to know.
public struct DeviceTracer: Tracer {
    /// The HTTP header with a caller's place (W3C Trace Context).
    public static let header = "traceparent"

    let sink: @Sendable (SpanRecord) -> Void
    private let random: @Sendable () -> UInt64

    /// - Parameters:
    ///   - ring: keeps the newest spans.
    ///   - export: is given every span, too.
    public init(ring: TraceRing, export: (@Sendable (SpanRecord) -> Void)? = nil) {
        self.init(random: { UInt64.random(in: 1 ... .max) }) { span in
            ring.add(span)
            export?(span)
        }
    }

    init(random: @escaping @Sendable () -> UInt64, sink: @escaping @Sendable (SpanRecord) -> Void) {
        self.sink = sink
        self.random = random
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> DeviceSpan {
        var context = context()
        let parent = context.tracePlace
        let beginsTrace = parent == nil && kind != .client
        let place = TracePlace(
            trace: parent?.trace ?? TraceID(drawn: random(), random()),
            span: SpanID(drawn: random()),
            isSampled: parent?.isSampled ?? beginsTrace
        )
        context.tracePlace = place
        return DeviceSpan(
            context: context,
            place: place,
            parent: parent?.span,
            name: operationName,
            kind: SpanRecord.Kind(kind),
            startedAt: Timestamp(nanoseconds: Int64(clamping: instant().nanosecondsSinceEpoch)),
            sink: place.isSampled ? sink : nil
        )
    }

    public func forceFlush() {}

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    )
    where Carrier == Inject.Carrier {
        guard let place = context.tracePlace else { return }
        let parent = TraceParent(trace: place.trace, span: place.span, isSampled: place.isSampled)
        injector.inject(parent.header, forKey: Self.header, into: &carrier)
    }

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Carrier == Extract.Carrier {
        guard let text = extractor.extract(key: Self.header, from: carrier),
            let parent = TraceParent(header: text)
        else { return }
        // Whoever calls with a trace wants to find it here, whether it keeps its own part or not.
        context.tracePlace = TracePlace(trace: parent.trace, span: parent.span, isSampled: true)
    }
}
