import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird

extension APIHandlers {
    /// The traces of this device.
    func trace(_ route: Route, _ query: Query) throws -> Response {
        guard route.endpoint.operation == .getTrace else {
            let limit = Int(query.integer("limit") ?? 50)
            return .json(TracesAnswer(traces: traces?.recentTraces(limit: limit) ?? []))
        }
        guard let traces else { throw NotTraced() }
        let text = route.parameters["trace"] ?? ""
        guard let id = TraceID(text) else { throw RequestError.badTrace(text) }
        let spans = traces.spans(of: id)
        guard !spans.isEmpty else { throw NoTrace(id: id) }
        return .json(TraceAnswer(trace: id, spans: spans))
    }
}

/// The answer to questions about traces of a server that keeps none.
struct NotTraced: UserFacingError {
    let summary = "this server keeps no traces"
    let kind = ErrorKind.notFound
}

/// Nothing of a trace is kept.
struct NoTrace: UserFacingError {
    let id: TraceID
    var summary: String { "nothing is kept of the trace \(id)" }
    var hint: String? { "'homie trace' lists those that are; the oldest go when there are many" }
    var kind: ErrorKind { .notFound }
}
