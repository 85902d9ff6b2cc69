internal import HomieAPI
internal import HomieHTTP
internal import HomieModel
internal import HomieReceipts

/// Carries the API's requests over the daemon's Unix socket.
struct SocketTransport: APITransport {
    /// Larger than any answer of the daemon.
    private static let answerLimit = 64 << 20

    let client: HTTPClient

    func send(_ request: APIRequest) async throws -> APIResponse {
        let response = try await answer(request)
        return APIResponse(status: response.status, body: try await response.body.collect(upTo: Self.answerLimit))
    }

    func stream(_ request: APIRequest) async throws -> APIStreamResponse {
        let response = try await answer(request)
        let pieces = BodyPieces(response.body)
        return APIStreamResponse(
            status: response.status,
            body: AsyncThrowingStream { try await pieces.next() }
        )
    }

    private func answer(_ request: APIRequest) async throws -> HTTPResponse {
        do {
            return try await client.send(Self.request(request))
        } catch let error as HTTPError {
            guard case .unreachable(_, let socket, let code?, _) = error else { throw error }
            throw DaemonUnreachable(socket: socket, reason: FileFault(code: code).description, hint: error.hint)
        }
    }

    private static func request(_ request: APIRequest) -> HTTPRequest {
        let method: HTTPRequest.Method =
            switch request.method {
            case .get: .get
            case .put: .put
            case .post: .post
            case .delete: .delete
            }
        var fields = HTTPFields()
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) { fields[name] = value }
        return HTTPRequest(
            method,
            request.target,
            fields: fields,
            body: request.body.map { .bytes($0) } ?? .none,
            headTimeout: .seconds(120)
        )
    }
}

/// There is no connection to the daemon.
struct DaemonUnreachable: UserFacingError, Equatable {
    let socket: String
    /// What the system said.
    let reason: String
    let hint: String?

    var summary: String { "cannot reach the daemon at \(socket): \(reason)" }
    var kind: ErrorKind { .unreachable }
}

/// The pieces of a body, asked for one by one, so that a slow reader slows the sender.
private actor BodyPieces {
    private var iterator: HTTPBody.AsyncIterator

    init(_ body: HTTPBody) { iterator = body.makeAsyncIterator() }

    func next() async throws -> [UInt8]? {
        var current = iterator
        defer { iterator = current }
        return try await current.next()
    }
}
