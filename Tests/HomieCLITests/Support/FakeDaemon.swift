import HomieAPI
import HomieConsole
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A daemon over a real Unix socket that answers what a test says, and remembers what it was asked.
final class FakeDaemon: Sendable {
    struct Request: Sendable, Hashable {
        var method: String
        var path: String
        /// What follows the `?`, as it came.
        var query: String
        var headers: [String: String]
        var body: String

        /// `PUT /api/v1/stacks/shop`, without the API's root.
        var line: String { "\(method) \(path.replacing("/api/v1", with: ""))\(query.isEmpty ? "" : "?\(query)")" }
    }

    enum Reply: Sendable {
        case json(Int, any Encodable & Sendable)
        case text(Int, String)
        /// Pieces as they come; the answer ends with the stream.
        case stream(AsyncStream<String>)
        /// The connection is closed without an answer.
        case hangUp
    }

    typealias Answer = @Sendable (Request) async -> Reply
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    let socket: String
    private let answer: Answer
    private let seen = Mutex<[Request]>([])
    private let connections = Mutex(0)

    private init(socket: String, answer: @escaping Answer) {
        self.socket = socket
        self.answer = answer
    }

    var requests: [Request] { seen.withLock { $0 } }
    var connectionCount: Int { connections.withLock { $0 } }

    /// Serves while `body` runs.
    static func serving(_ answer: @escaping Answer, _ body: @Sendable (FakeDaemon) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let daemon = FakeDaemon(socket: directory.path + "/d.sock", answer: answer)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: daemon.socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await daemon.serve(server) }
            try await body(daemon)
            group.cancelAll()
        }
        _ = directory
    }

    private func serve(_ server: NIOAsyncChannel<Connection, Never>) async throws {
        try await server.executeThenClose { inbound in
            await withTaskGroup(of: Void.self) { group in
                do {
                    for try await connection in inbound {
                        self.connections.withLock { $0 += 1 }
                        group.addTask { await self.serve(connection) }
                    }
                } catch {
                    group.cancelAll()
                }
            }
        }
    }

    private func serve(_ connection: Connection) async {
        do {
            try await connection.executeThenClose { inbound, outbound in
                var request: Request?
                for try await part in inbound {
                    switch part {
                    case .head(let head):
                        let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
                        let fields = head.headers.map { ($0.name.lowercased(), $0.value) }
                        request = Request(
                            method: head.method.rawValue,
                            path: parts[0],
                            query: parts.count > 1 ? parts[1] : "",
                            headers: Dictionary(fields) { first, _ in first },
                            body: ""
                        )
                    case .body(let bytes): request?.body += String(buffer: bytes)
                    case .end:
                        guard let whole = request else { continue }
                        seen.withLock { $0.append(whole) }
                        guard try await reply(await answer(whole), to: outbound) else { return }
                    }
                }
            }
        } catch {
            // A client that goes away is no concern of the daemon's.
            return
        }
    }

    private func reply(_ reply: Reply, to out: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>) async throws
        -> Bool
    {
        switch reply {
        case .hangUp: return false
        case .json(let status, let value): try await send(status, try JSONOutput.line(value), to: out)
        case .text(let status, let text): try await send(status, text, to: out)
        case .stream(let pieces):
            try await out.write(.head(HTTPResponseHead(version: .http1_1, status: .ok)))
            for await piece in pieces { try await out.write(.body(.byteBuffer(ByteBuffer(string: piece)))) }
            try await out.write(.end(nil))
        }
        return true
    }

    private func send(
        _ status: Int,
        _ text: String,
        to out: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        let headers: HTTPHeaders = ["Content-Length": "\(text.utf8.count)"]
        try await out.write(
            .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers))
        )
        try await out.write(.body(.byteBuffer(ByteBuffer(string: text))))
        try await out.write(.end(nil))
    }
}
