internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Speaks HTTP/1.1 with one peer behind a Unix socket, over connections that are kept for the next request.
///
/// Copies share their connections; when the last one goes, so do the connections that wait. Cancelling a task closes the
/// connection its request is on.
public struct HTTPClient: Sendable {
    /// The sockets of all clients are served by this one thread.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    public let socketPath: String
    /// What the peer is called in messages, e.g. `Docker Engine`.
    public let peer: String
    private let pool: ConnectionPool

    /// Nothing is connected until the first request.
    public init(
        socketPath: String,
        peer: String,
        idleConnections: Int = 16,
        connectTimeout: Duration = .seconds(5)
    ) {
        self.socketPath = socketPath
        self.peer = peer
        pool = ConnectionPool(
            socketPath: socketPath,
            group: Self.group,
            limit: idleConnections,
            connectTimeout: connectTimeout
        )
    }

    /// Sends a request and returns once the head of its answer is here.
    ///
    /// A waiting connection that turns out dead is replaced once, when the request is idempotent or was not sent.
    /// - Throws: ``HTTPError``, `CancellationError`, or what a streamed body's writer threw.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard request.isWellFormed else { throw HTTPError.malformedRequest(target: request.target) }
        if case .stream(let write) = request.body {
            return try await stream(request, body: write)
        }
        if let channel = pool.takeIdle() {
            do {
                return try await response(to: request, on: channel)
            } catch let failure as ExchangeFailure where mayRepeat(request, after: failure) {
                try Task.checkCancellation()
            } catch {
                throw translated(error, request: request)
            }
        }
        let channel = try await connect()
        do {
            return try await response(to: request, on: channel)
        } catch {
            throw translated(error, request: request)
        }
    }

    /// Asks the peer to turn the connection into a raw stream (RFC 9110, 7.8), as `protocolName`.
    public func upgrade(_ request: HTTPRequest, to protocolName: String) async throws -> HTTPUpgrade {
        var request = request
        request.fields["Connection"] = "Upgrade"
        request.fields["Upgrade"] = protocolName
        guard request.isWellFormed else { throw HTTPError.malformedRequest(target: request.target) }
        let channel = try await connect()
        do {
            let answer = try await exchange(request, on: channel, wantsUpgrade: true)
            guard answer.isUpgraded else { return .refused(HTTPResponse(answer)) }
            return .upgraded(RawStream(incoming: answer.body, channel: channel))
        } catch {
            throw translated(error, request: request)
        }
    }

    private func response(to request: HTTPRequest, on channel: any Channel) async throws -> HTTPResponse {
        HTTPResponse(try await exchange(request, on: channel, wantsUpgrade: false))
    }

    private func exchange(
        _ request: HTTPRequest,
        on channel: any Channel,
        wantsUpgrade: Bool
    ) async throws -> Answer {
        try await answer(to: begin(request, on: channel, wantsUpgrade: wantsUpgrade), on: channel)
    }

    /// Hands the request to its connection; what is written to the channel afterwards follows it.
    private func begin(
        _ request: HTTPRequest,
        on channel: any Channel,
        wantsUpgrade: Bool
    ) -> EventLoopFuture<Answer> {
        let answer = channel.eventLoop.makePromise(of: Answer.self)
        let exchange = Exchange(request, peer: peer, wantsUpgrade: wantsUpgrade, answer: answer)
        channel.writeAndFlush(Outgoing.request(exchange), promise: nil)
        return answer.futureResult
    }

    private func answer(to future: EventLoopFuture<Answer>, on channel: any Channel) async throws -> Answer {
        try await withTaskCancellationHandler {
            try await future.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Sends a body piece by piece on a connection of its own, while the answer may come early.
    private func stream(
        _ request: HTTPRequest,
        body write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
    ) async throws -> HTTPResponse {
        let channel = try await connect()
        let future = begin(request, on: channel, wantsUpgrade: false)
        async let upload: (any Error)? = Self.upload(write, to: channel)
        let answer: Answer
        do {
            answer = try await self.answer(to: future, on: channel)
        } catch {
            channel.close(promise: nil)
            // What the writer says is nearer to the cause than the connection it broke.
            if let cause = await upload, !Self.isOfTransport(cause) { throw cause }
            throw translated(error, request: request)
        }
        // A refusal may come before the body was sent; nobody waits for the rest of it then.
        if answer.head.status.code < 400, let cause = await upload, !Self.isOfTransport(cause) { throw cause }
        return HTTPResponse(answer)
    }

    /// Writes the body; what stopped it, if something did.
    private static func upload(
        _ write: @Sendable (HTTPBodyWriter) async throws -> Void,
        to channel: any Channel
    ) async -> (any Error)? {
        do {
            try await write(HTTPBodyWriter(channel: channel))
            try await channel.writeAndFlush(Outgoing.end).get()
            return nil
        } catch {
            if !isOfTransport(error) { channel.close(promise: nil) }
            return error
        }
    }

    private static func isOfTransport(_ error: any Error) -> Bool {
        error is IOError || error is ChannelError || error is CancellationError || error is HTTPParserError
    }

    private func connect() async throws -> any Channel {
        do {
            return try await pool.connect()
        } catch let error as CancellationError {
            throw error
        } catch {
            let code = (error as? IOError)?.errnoCode
            throw HTTPError.unreachable(peer: peer, socket: socketPath, code: code, underlying: error)
        }
    }

    private func mayRepeat(_ request: HTTPRequest, after failure: ExchangeFailure) -> Bool {
        if failure.cause is ExchangeTimeout { return false }
        return failure.nothingSent || (failure.nothingReceived && request.method.isIdempotent)
    }

    private func translated(_ error: any Error, request: HTTPRequest) -> any Error {
        if Task.isCancelled { return CancellationError() }
        guard let failure = error as? ExchangeFailure else { return error }
        switch failure.cause {
        case is ExchangeTimeout: return HTTPError.silent(peer: peer, after: request.headTimeout ?? .zero)
        case let cause as HTTPParserError: return HTTPError.malformedResponse(peer: peer, underlying: cause)
        default: return HTTPError.closed(peer: peer)
        }
    }
}
