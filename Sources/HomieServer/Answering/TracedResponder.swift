import HTTPTypes
import HomieAPI
import HomieModel
import Hummingbird
import Tracing

/// Answers requests as parts of traces: of the caller's, when it says so with `traceparent`, else of a new one.
///
/// Requests that only look are traced when their caller keeps a trace: those who ask every second would drive out the rest.
struct TracedResponder<Responder: HTTPResponder>: HTTPResponder where Responder.Context: Sendable {
    typealias Context = Responder.Context

    let responder: Responder

    func respond(to request: Request, context: Responder.Context) async throws -> Response {
        var place = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &place, using: HeaderCarrier())
        let onlyLooks = request.method == .get || request.method == .head
        let caller = HeaderCarrier().extract(key: "traceparent", from: request.headers)
        let isKept = caller.flatMap { TraceParent(header: $0) }?.isSampled ?? false
        guard !onlyLooks || isKept else { return try await responder.respond(to: request, context: context) }
        return try await withSpan(Self.name(of: request), context: place, ofKind: .server) { span in
            span.attributes["http.request.method"] = request.method.rawValue
            span.attributes["url.path"] = request.uri.path
            // The gateway's number of the request.
            if let name = HTTPField.Name("x-request-id"), let id = request.headers[name] {
                span.attributes["http.request.id"] = id
            }
            var response = try await responder.respond(to: request, context: context)
            span.attributes["http.response.status_code"] = response.status.code
            if response.status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
            var answer = HTTPFields()
            InstrumentationSystem.instrument.inject(span.context, into: &answer, using: HeaderCarrier())
            // `traceresponse` (W3C Trace Context, level 2): where to look for what this request caused.
            if let name = HTTPField.Name("traceresponse"), let value = answer.first?.value {
                response.headers[name] = value
            }
            return response
        }
    }

    /// `PUT /api/v1/stacks/{stack}`
    private static func name(of request: Request) -> String {
        let route = try? Route(method: request.method.rawValue, path: request.uri.path)
        return "\(request.method.rawValue) \(route?.endpoint.path ?? "unknown")"
    }
}

/// Header fields as the carrier of a place.
private struct HeaderCarrier: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout HTTPFields) {
        if let name = HTTPField.Name(key) { carrier[name] = value }
    }

    func extract(key: String, from carrier: HTTPFields) -> String? { HTTPField.Name(key).flatMap { carrier[$0] } }
}
