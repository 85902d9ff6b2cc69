import HomieAPI
import NIOCore
import NIOPosix

/// A raw HTTP/1.1 connection to a Unix socket, which sends whatever a test wants.
struct SocketConnection {
    struct Closed: Error {}

    struct Head {
        var status: Int
        var headers: [String: String]
    }

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var rest: [UInt8] = []

    static func open<Result: Sendable>(
        _ path: String,
        _ body: (inout SocketConnection) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = SocketConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    func send(_ request: APIRequest) async throws {
        var text = "\(request.method.rawValue) \(request.target) HTTP/1.1\r\nhost: homie\r\n"
        for (name, value) in request.headers { text += "\(name): \(value)\r\n" }
        if let body = request.body { text += "content-length: \(body.count)\r\n" }
        try await send(Array((text + "\r\n").utf8) + (request.body ?? []))
    }

    private mutating func fill() async throws {
        guard let buffer = try await inbound.next(isolation: #isolation) else { throw Closed() }
        rest += buffer.readableBytesView
    }

    private mutating func line() async throws -> String {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest.removeFirst(end + 1)
                return line.hasSuffix("\r") ? String(line.dropLast()) : line
            }
            try await fill()
        }
    }

    private mutating func take(_ count: Int) async throws -> [UInt8] {
        while rest.count < count { try await fill() }
        defer { rest.removeFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func head() async throws -> Head {
        let status = try await line().split(separator: " ")
        var headers: [String: String] = [:]
        while true {
            let line = try await line()
            if line.isEmpty { break }
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        return Head(status: Int(status[1]) ?? 0, headers: headers)
    }

    /// The next piece of a chunked body; nil at its end.
    mutating func chunk() async throws -> [UInt8]? {
        let size = Int(try await line(), radix: 16) ?? 0
        let bytes = try await take(size)
        _ = try await line()
        return size == 0 ? nil : bytes
    }

    mutating func body(_ head: Head) async throws -> [UInt8] {
        if let length = head.headers["content-length"] { return try await take(Int(length) ?? 0) }
        guard head.headers["transfer-encoding"] == "chunked" else { return [] }
        var bytes: [UInt8] = []
        while let chunk = try await chunk() { bytes += chunk }
        return bytes
    }
}

/// The client's transport over a test's socket: one connection for each request.
struct SocketTransport: APITransport {
    let path: String

    func send(_ request: APIRequest) async throws -> APIResponse {
        try await SocketConnection.open(path) { connection in
            try await connection.send(request)
            let head = try await connection.head()
            return APIResponse(status: head.status, body: try await connection.body(head))
        }
    }

    func stream(_ request: APIRequest) async throws -> APIStreamResponse {
        let (heads, headContinuation) = AsyncStream<Int>.makeStream()
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let task = Task {
            do {
                try await SocketConnection.open(path) { connection in
                    try await connection.send(request)
                    let head = try await connection.head()
                    headContinuation.yield(head.status)
                    headContinuation.finish()
                    if head.headers["transfer-encoding"] == "chunked" {
                        while let chunk = try await connection.chunk() { continuation.yield(chunk) }
                    } else {
                        continuation.yield(try await connection.body(head))
                    }
                }
                continuation.finish()
            } catch {
                headContinuation.finish()
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        for await status in heads { return APIStreamResponse(status: status, body: stream) }
        throw SocketConnection.Closed()
    }
}
