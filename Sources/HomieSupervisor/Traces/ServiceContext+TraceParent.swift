import HomieModel
import Tracing

/// Places in traces as text, to keep them on disk and hand them to other processes.
extension ServiceContext {
    /// The value of `traceparent` (W3C Trace Context); nil outside of any trace, and when nobody traces.
    var traceParent: String? {
        var carrier: [String: String] = [:]
        InstrumentationSystem.instrument.inject(self, into: &carrier, using: TextCarrier())
        return carrier["traceparent"]
    }

    /// The place that a text names; the top level when it names none.
    static func place(_ traceParent: String?) -> ServiceContext {
        var context = ServiceContext.topLevel
        guard let traceParent else { return context }
        InstrumentationSystem.instrument.extract(
            ["traceparent": traceParent],
            into: &context,
            using: TextCarrier()
        )
        return context
    }
}

/// A dictionary as the carrier of a place.
private struct TextCarrier: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}
