import CoreMetrics
import HomieAPI
import HomieAccess
import HomieModel
import Hummingbird
import Logging
import NIOCore

/// Finds the endpoint of a request and who asks, lets the handlers answer, and turns whatever they throw into a problem
/// document.
struct APIResponder: HTTPResponder {
    typealias Context = APIContext

    let handlers: APIHandlers
    let door: Door
    let gate: AccessGate?
    let keeper: AnswerKeeper
    let clock: @Sendable () -> Timestamp
    let logger: Logger

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let quota: RateVerdict?
        do {
            quota = try await admit(request)
        } catch {
            let response = problem(error, request)
            return leavesBody(request, response) ? response.endingConnection() : response
        }
        var response: Response
        if door == .gateway, let gate, let settings = gate.pages, let page = SignInPages.Page(request.uri.path) {
            response = await SignInPages(gate: gate, settings: settings, request: request).answer(page)
        } else {
            response = await answer(request, context)
        }
        if let quota { response.show(quota) }
        if door == .gateway { response.harden() }
        if request.method == .head { response = response.createHeadResponse() }
        return leavesBody(request, response) ? response.endingConnection() : response
    }

    /// Whether a body may be on its way that nobody waits for. The server would, before the next request, as long as it trickles.
    private func leavesBody(_ request: Request, _ response: Response) -> Bool {
        guard door == .gateway, request.hasBody else { return false }
        guard response.status.code < 400 else { return true }
        if gate?.pages != nil, SignInPages.Page(request.uri.path) != nil { return request.method != .post }
        guard let route = try? Route(method: request.method.rawValue, path: request.uri.path) else { return true }
        return route.endpoint.body == nil && route.endpoint.operation != .receiveHook
    }

    /// Streams count with the time to their first byte.
    private func count(_ route: Route, _ status: Int, since started: ContinuousClock.Instant) {
        let operation = ("operation", route.endpoint.operation.rawValue)
        Counter(label: "homie_api_requests", dimensions: [operation, ("status", "\(status)")]).increment()
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        Timer(label: "homie_api_answer_seconds", dimensions: [operation])
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private func answer(_ request: Request, _ context: APIContext) async -> Response {
        var known: (Endpoint, Caller)?
        var response: Response
        do {
            let route = try Route(method: request.method.rawValue, path: request.uri.path)
            let started = ContinuousClock.now
            let caller = try await caller(request, context, route.endpoint)
            known = (route.endpoint, caller)
            try caller.principal.check(route.endpoint.operation.requirement)
            try checkOrigin(request, caller, route.endpoint)
            var request = request
            if route.endpoint.operation == .receiveHook {
                request = try await handlers.awaited(route, request, caller)
            }
            response = try await once(request, caller, route.endpoint) { request in
                try await handlers.answer(route, request, caller)
            }
            if door == .gateway, let gate { response = response.held(by: caller.principal, gate.access) }
            count(route, response.status.code, since: started)
            for (name, value) in route.endpoint.deprecation?.fields ?? [:] { response.add(value, as: name) }
        } catch {
            response = problem(error, request)
        }
        guard let (endpoint, caller) = known else { return response }
        do {
            try await note(request, endpoint, caller, response)
        } catch {
            // What cannot be written down is not answered as if it had been.
            response = problem(error, request)
        }
        return response
    }

    /// Counts a request that came through the gateway.
    ///
    /// - Throws: `AccessError.throttled`
    private func admit(_ request: Request) async throws -> RateVerdict? {
        guard door == .gateway, let gate else { return nil }
        // One whose token is genuine counts as that token, wherever it is used. Others could make up a new one each time.
        let verdict: RateVerdict
        if let bearer = request.bearer, let token = await gate.access.identity(ofToken: bearer) {
            verdict = gate.limiter.admit("token \(token)")
        } else {
            verdict = gate.limiter.admit(ClientFacts(address: request.headers[.xForwardedFor] ?? "", program: "").key)
        }
        guard verdict.isAllowed else { throw AccessError.throttled(after: verdict.wait, policy: verdict.policy.name) }
        return verdict
    }

    /// Writes to the audit log what somebody changed, or tried to.
    private func note(_ request: Request, _ endpoint: Endpoint, _ caller: Caller, _ response: Response) async throws {
        guard let gate, caller.principal.role != nil, endpoint.operation.requirement != .nobody,
            endpoint.method != .get || response.status.code == 403
        else { return }
        try await gate.access.note(
            AuditRecord(
                at: gate.wall(),
                actor: caller.principal.name,
                client: caller.client.address,
                operation: endpoint.operation.rawValue,
                target: String(request.uri.path.prefix(300)),
                status: response.status.code
            )
        )
    }

    private func problem(_ error: any Error, _ request: Request) -> Response {
        let document = ProblemDocument(error)
        let causes = (document.causes ?? []).joined(separator: ": ")
        logger.log(
            level: document.status >= 500 && document.kind == .failed ? .error : .debug,
            "\(document.detail)",
            metadata: ["method": "\(request.method)", "path": "\(request.uri.path.prefix(200))", "causes": "\(causes)"]
        )
        var response = Response.json(document, status: document.status, as: ContentType.problem)
        for (name, value) in (error as? any HTTPProblem)?.fields ?? [:] { response.add(value, as: name) }
        if document.kind == .tooLarge { response.headers[.connection] = "close" }
        return response
    }
}

/// Makes the server close a connection once the answer is written.
private struct ConnectionEnds: Error {}

extension Response {
    fileprivate mutating func add(_ value: String, as name: String) {
        if let name = HTTPFields.Element.Name(name) { headers[name] = value }
    }

    /// The same answer, with which the connection ends, whatever is still to come over it.
    fileprivate func endingConnection() -> Response {
        var response = self
        response.headers[.connection] = "close"
        let whole = body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await whole.write(writer)
            throw ConnectionEnds()
        }
        return response
    }

    /// How much more the client may ask (draft-ietf-httpapi-ratelimit-headers).
    fileprivate mutating func show(_ verdict: RateVerdict) {
        let policy = verdict.policy
        headers[.rateLimitPolicy] = "\"\(policy.name)\";q=\(policy.count);w=\(Int(policy.window.seconds))"
        headers[.rateLimit] = "\"\(policy.name)\";r=\(verdict.remaining);t=\(Int(verdict.wait.seconds.rounded(.up)))"
    }

    /// Tells browsers not to guess, frame or refer (OWASP's REST Security Cheat Sheet).
    fileprivate mutating func harden() {
        headers[.xContentTypeOptions] = "nosniff"
        if headers[.contentSecurityPolicy] == nil {
            headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
    }

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
