/// A request on its way to the daemon.
public struct APIRequest: Sendable, Hashable {
    public var method: HTTPMethod
    /// Path and query, percent-encoded: `/api/v1/events?limit=5`.
    public var target: String
    /// By name in lower case; `content-type` and `accept` are set by the client.
    public var headers: [String: String]
    public var body: [UInt8]?

    public init(method: HTTPMethod, target: String, headers: [String: String] = [:], body: [UInt8]? = nil) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }
}

/// A whole answer.
public struct APIResponse: Sendable, Hashable {
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// An answer whose body comes bit by bit.
public struct APIStreamResponse: Sendable {
    public var status: Int
    /// Ends when the daemon ends the answer; ending the iteration closes the connection.
    public var body: AsyncThrowingStream<[UInt8], any Error>

    public init(status: Int, body: AsyncThrowingStream<[UInt8], any Error>) {
        self.status = status
        self.body = body
    }
}

/// How requests reach the daemon: over its Unix socket, over HTTPS, or to a fake in tests.
public protocol APITransport: Sendable {
    /// - Throws: a `UserFacingError` of kind `unreachable` when there is no daemon.
    func send(_ request: APIRequest) async throws -> APIResponse
    /// Like ``send(_:)``, for answers without end.
    func stream(_ request: APIRequest) async throws -> APIStreamResponse
}
