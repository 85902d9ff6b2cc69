import CoreMetrics
import HomieAPI
import HomieModel
import Hummingbird
import Logging
import NIOCore

/// Finds the endpoint of a request, lets the handlers answer, and turns whatever they throw into a problem document.
struct APIResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let handlers: APIHandlers
    let logger: Logger

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        do {
            let route = try Route(method: request.method.rawValue, path: request.uri.path)
            let started = ContinuousClock.now
            let response = try await handlers.answer(route, request)
            count(route, response.status.code, since: started)
            return request.method == .head ? Self.withoutBody(response) : response
        } catch {
            return problem(error, request)
        }
    }

    /// Streams count with the time to their first byte.
    private func count(_ route: Route, _ status: Int, since started: ContinuousClock.Instant) {
        let operation = ("operation", route.endpoint.operation.rawValue)
        Counter(label: "homie_api_requests", dimensions: [operation, ("status", "\(status)")]).increment()
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        Timer(label: "homie_api_answer_seconds", dimensions: [operation])
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private static func withoutBody(_ response: Response) -> Response { response.createHeadResponse() }

    private func problem(_ error: any Error, _ request: Request) -> Response {
        let document = ProblemDocument(error)
        let causes = (document.causes ?? []).joined(separator: ": ")
        logger.log(
            level: document.status >= 500 && document.kind == .failed ? .error : .debug,
            "\(document.detail)",
            metadata: ["method": "\(request.method)", "path": "\(request.uri.path.prefix(200))", "causes": "\(causes)"]
        )
        var response = Response.json(document, status: document.status, as: ContentType.problem)
        if case .methodNotAllowed(_, _, let allowed) = error as? RequestError {
            response.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ")
        }
        // A body that was not read would otherwise have to be, before the next request.
        if document.kind == .tooLarge { response.headers[.connection] = "close" }
        return response
    }
}

extension Response {
    /// An answer of JSON.
    static func json(_ value: some Encodable, status: Int = 200, as contentType: String = ContentType.json) -> Response
    {
        do {
            return bytes(try JSONText.bytes(value), status: status, as: contentType)
        } catch {
            let text =
                #"{"type":"urn:homie:problem:failed","title":"It was tried and did not work","status":500,"#
                + #""detail":"the answer cannot be written as JSON","kind":"failed"}"#
            return bytes(Array(text.utf8), status: 500, as: ContentType.problem)
        }
    }

    static func bytes(_ bytes: [UInt8], status: Int, as contentType: String) -> Response {
        Response(
            status: HTTPResponse.Status(code: status),
            headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
