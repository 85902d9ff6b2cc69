internal import FoundationEssentials
internal import HomieHTTP
internal import Synchronization
internal import Tracing

/// Calls the engine in a version of its API that both sides know.
final class EngineConnection: Sendable {
    /// The longest JSON answer that is taken.
    private static let answerLimit = 64 << 20

    let client: HTTPClient
    private let negotiated = Mutex<APIVersion?>(nil)

    init(client: HTTPClient) { self.client = client }

    /// The version of all calls: the engine's, but none newer than we know.
    ///
    /// - Throws: ``EngineError/tooOld(engine:oldest:)``
    func version() async throws -> APIVersion {
        if let version = negotiated.withLock({ $0 }) { return version }
        let response = try await client.send(HTTPRequest(.get, "/_ping", headTimeout: .seconds(30)))
        let text = response.fields["Api-Version"] ?? ""
        _ = try await response.body.collect(upTo: 1 << 16)
        guard response.status < 400 else {
            throw EngineError.refused(
                action: "reach the Docker Engine",
                answer: EngineAnswer(status: response.status, message: "")
            )
        }
        guard let offered = APIVersion(parsing: text), offered >= .oldest else {
            throw EngineError.tooOld(engine: text.isEmpty ? "unknown" : text, oldest: "\(APIVersion.oldest)")
        }
        let version = min(offered, .newest)
        negotiated.withLock { $0 = version }
        return version
    }

    /// Forgets the version: the engine that comes back may be another.
    func forgetVersion() { negotiated.withLock { $0 = nil } }

    /// The answer to a call, its body still to come. Statuses from 400 are errors.
    func send(_ call: EngineCall) async throws -> HTTPResponse {
        try await withSpan(call.action, ofKind: .client) { span in
            span.attributes["http.request.method"] = call.method.rawValue
            span.attributes["url.path"] = call.path
            let response = try await client.send(request(call, version: version()))
            span.attributes["http.response.status_code"] = response.status
            guard response.status < 400 else { throw try await refusal(of: call, response) }
            return response
        }
    }

    /// Like ``send(_:)``, for calls whose answer says nothing. Returns the status.
    @discardableResult
    func perform(_ call: EngineCall) async throws -> Int {
        let response = try await send(call)
        _ = try await response.body.collect(upTo: Self.answerLimit)
        return response.status
    }

    func fetch<Value: Decodable>(_ call: EngineCall, as type: Value.Type = Value.self) async throws -> Value {
        let response = try await send(call)
        let bytes = try await response.body.collect(upTo: Self.answerLimit)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw EngineError.unreadable(action: call.action, underlying: error)
        }
    }

    /// Like ``fetch(_:as:)``; nil when what is asked for is not there (status 404).
    func find<Value: Decodable>(_ call: EngineCall, as type: Value.Type = Value.self) async throws -> Value? {
        do {
            return try await fetch(call, as: type)
        } catch EngineError.refused(_, let answer) where answer.status == 404 {
            return nil
        }
    }

    /// Leaves HTTP: a raw stream, as `exec` and `attach` use it.
    func hijack(_ call: EngineCall) async throws -> RawStream {
        switch try await client.upgrade(request(call, version: version()), to: "tcp") {
        case .upgraded(let stream): return stream
        case .refused(let response): throw try await refusal(of: call, response)
        }
    }

    private func request(_ call: EngineCall, version: APIVersion) -> HTTPRequest {
        var fields = call.fields
        // Engines from 25 on go on with the caller's trace.
        if let context = ServiceContext.current {
            InstrumentationSystem.instrument.inject(context, into: &fields, using: FieldInjector())
        }
        return HTTPRequest(
            call.method,
            HTTPTarget.path("/v\(version)\(call.path)", query: call.query),
            fields: fields,
            body: call.body,
            headTimeout: call.headTimeout
        )
    }

    private func refusal(of call: EngineCall, _ response: HTTPResponse) async throws -> EngineError {
        let bytes = try await response.body.collect(upTo: 1 << 20)
        let message =
            (try? JSONDecoder().decode(MessageAnswer.self, from: Data(bytes)))?.message
            ?? String(decoding: bytes.prefix(2000), as: UTF8.self)
        let trimmed = message.trimmedOfWhitespace
        let answer = EngineAnswer(status: response.status, message: trimmed)
        if answer.failure == .unsupportedVersion { forgetVersion() }
        return .refused(action: call.action, answer: answer)
    }
}

private struct FieldInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout HTTPFields) { carrier[key] = value }
}

private struct MessageAnswer: Decodable {
    var message: String
}

extension StringProtocol {
    /// Without white space and line ends around it.
    var trimmedOfWhitespace: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map(index(after:)) ?? start
        return String(self[start..<end])
    }
}
