internal import Dispatch
public import HomieModel
internal import Synchronization

/// A request whose answer is read, not stored in a file.
public struct WebRequest: Sendable, Hashable {
    public var method: String
    public var url: String
    /// Lines such as `Accept: application/json`.
    public var headers: [String]
    public var body: [UInt8]?

    public init(_ method: String = "GET", _ url: String, headers: [String] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// A whole answer.
public struct WebResponse: Sendable, Hashable {
    public var status: Int
    /// By name in lower case; the last one counts where a name comes twice.
    public var fields: [String: String]
    public var body: [UInt8]
}

/// Speaks HTTP with servers of the network. Redirects are answers like others; certificates are always checked.
public struct WebClient: Sendable {
    private let settings: TransferSettings

    public init(settings: TransferSettings = TransferSettings()) { self.settings = settings }

    /// - Parameter limit: a larger answer is refused.
    /// - Throws: ``TransferError``, `CancellationError`
    public func send(_ request: WebRequest, limit: ByteCount = ByteCount(bytes: 64 << 20)) async throws -> WebResponse {
        let sink = WholeAnswer(url: request.url, limit: Int(limit.bytes))
        try await curl(request, settings).run(sink)
        return sink.answer
    }

    /// The head of an answer, and its body as it comes; ending the iteration ends the transfer.
    ///
    /// - Throws: ``TransferError``, `CancellationError`
    public func stream(
        _ request: WebRequest
    ) async throws -> (status: Int, body: AsyncThrowingStream<[UInt8], any Error>) {
        let sink = PassingAnswer()
        var patient = settings
        // A log may say nothing for days.
        patient.stallTimeLimit = .seconds(30 * 86_400)
        let curl = curl(request, patient)
        let transfer = Task {
            do {
                try await curl.run(sink)
                sink.end(nil)
            } catch {
                sink.end(error)
            }
        }
        sink.onGone { transfer.cancel() }
        let status = try await withTaskCancellationHandler {
            try await sink.status()
        } onCancel: {
            transfer.cancel()
        }
        return (status, sink.body)
    }

    private func curl(_ request: WebRequest, _ settings: TransferSettings) -> CurlRequest {
        var curl = CurlRequest(url: request.url, settings: settings, headers: request.headers)
        curl.method = request.method
        curl.body = request.body
        curl.followsRedirects = false
        return curl
    }
}

/// Keeps an answer in memory.
private final class WholeAnswer: ResponseSink {
    private let url: String
    private let limit: Int
    private let kept = Mutex(WebResponse(status: 0, fields: [:], body: []))

    init(url: String, limit: Int) {
        self.url = url
        self.limit = limit
    }

    var answer: WebResponse { kept.withLock { $0 } }

    func begin(_ head: ResponseHead) throws {
        kept.withLock {
            $0.status = head.status
            $0.fields = head.fields
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws {
        try kept.withLock {
            guard $0.body.count + bytes.count <= limit else {
                throw TransferError.tooLarge(url: url, limit: ByteCount(bytes: Int64(limit)))
            }
            $0.body += bytes
        }
    }
}

/// Hands an answer on piece by piece, no faster than it is read.
private final class PassingAnswer: ResponseSink {
    private enum Head {
        case awaited(CheckedContinuation<Int, any Error>?)
        case here(Int)
        case failed(any Error)
    }

    private let head = Mutex(Head.awaited(nil))
    private let room = DispatchSemaphore(value: 32)
    private let isGone = CancellationFlag()
    private let pieces: AsyncThrowingStream<[UInt8], any Error>
    private let feed: AsyncThrowingStream<[UInt8], any Error>.Continuation

    init() { (pieces, feed) = AsyncThrowingStream.makeStream(of: [UInt8].self, throwing: (any Error).self) }

    /// The pieces; each one that is taken makes room for another.
    var body: AsyncThrowingStream<[UInt8], any Error> {
        let reader = PieceReader(pieces)
        return AsyncThrowingStream { [room] in
            let piece = try await reader.next()
            room.signal()
            return piece
        }
    }

    func onGone(_ body: @escaping @Sendable () -> Void) {
        feed.onTermination = { [isGone] _ in
            isGone.set()
            body()
        }
    }

    func status() async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            head.withLock { head in
                switch head {
                case .awaited: head = .awaited(continuation)
                case .here(let status): continuation.resume(returning: status)
                case .failed(let error): continuation.resume(throwing: error)
                }
            }
        }
    }

    func begin(_ answer: ResponseHead) throws {
        head.withLock { head in
            if case .awaited(let continuation) = head { continuation?.resume(returning: answer.status) }
            head = .here(answer.status)
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws {
        while room.wait(timeout: .now() + .milliseconds(200)) == .timedOut {
            if isGone.isSet { throw CancellationError() }
        }
        if case .terminated = feed.yield(Array(bytes)) { throw CancellationError() }
    }

    func end(_ error: (any Error)?) {
        head.withLock { head in
            guard case .awaited(let continuation) = head else { return }
            let failure = error ?? CancellationError()
            continuation?.resume(throwing: failure)
            head = .failed(failure)
        }
        feed.finish(throwing: error)
    }
}

private actor PieceReader {
    private var iterator: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator

    init(_ pieces: AsyncThrowingStream<[UInt8], any Error>) { iterator = pieces.makeAsyncIterator() }

    func next() async throws -> [UInt8]? {
        var current = iterator
        defer { iterator = current }
        return try await current.next(isolation: #isolation)
    }
}
