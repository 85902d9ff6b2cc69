import HomieModel
import NIOCore
import NIOPosix
import Synchronization

/// A service behind the gateway: it answers every request with its name and the request's head.
///
/// What begins with `/kept` may be kept by a cache; `/events` is answered with a stream that goes on as long as the
/// connection; `/hang-up-` and its name are not answered; an upgrade becomes an echo. Fields `X-Answer` of a request are fields of
/// its answer: `X-Answer: Set-Cookie: a=b`.
struct TestBackend: Sendable {
    let name: String
    let port: UInt16
    private let channel: any Channel
    private let counter: RequestCounter

    private static let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    static func start(_ name: String) async throws -> TestBackend {
        let counter = RequestCounter()
        let channel = try await ServerBootstrap(group: threads)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(BackendHandler(name: name, counter: counter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(channel.localAddress?.port ?? 0)
        return TestBackend(name: name, port: port, channel: channel, counter: counter)
    }

    /// Requests answered so far.
    var requests: Int { counter.value.load(ordering: .relaxed) }

    var endpoint: RouteEndpoint { RouteEndpoint(name: name, address: "127.0.0.1", port: port) }

    func stop() async throws { try await channel.close().get() }
}

private final class RequestCounter: Sendable {
    let value = Atomic<Int>(0)
}

private final class BackendHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let name: String
    private let counter: RequestCounter
    private var head = ""
    private var isEcho = false

    init(name: String, counter: RequestCounter) {
        self.name = name
        self.counter = counter
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if isEcho {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            return
        }
        head += String(buffer: buffer)
        while let end = head.range(ofEnd: "\r\n\r\n") {
            let request = String(head[..<end])
            head = String(head[end...])
            counter.value.wrappingAdd(1, ordering: .relaxed)
            answer(request, context)
        }
    }

    private func answer(_ request: String, _ context: ChannelHandlerContext) {
        let lower = request.lowercased()
        if lower.contains("upgrade: websocket") {
            isEcho = true
            send(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    // The answer to the sample key of RFC 6455, section 1.3.
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                context
            )
        } else if request.split(separator: " ").dropFirst().first?.hasPrefix("/hang-up-\(name)") == true {
            context.close(promise: nil)
        } else if request.hasPrefix("GET /events") {
            send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "e\r\ndata: \(name.prefix(1))-open\n\n\r\n",
                context
            )
            pulse(context)
        } else {
            let body = "\(name)\n\(request)"
            let kept = request.contains("/kept") ? "Cache-Control: max-age=60\r\n" : ""
            let wanted = request.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("x-answer: ") }
                .map { $0.dropFirst(10) + "\r\n" }.joined()
            send("HTTP/1.1 200 OK\r\n\(kept)\(wanted)Content-Length: \(body.utf8.count)\r\n\r\n\(body)", context)
        }
    }

    /// An event every 50 ms.
    private func pulse(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) { task in
            let (handler, context) = bound.value
            guard context.channel.isActive else { return task.cancel() }
            handler.send("d\r\ndata: pulse\n\n\r\n", context)
        }
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension String {
    /// The index behind the first occurrence of `text`.
    func range(ofEnd text: String) -> String.Index? {
        let bytes = Array(utf8)
        let wanted = Array(text.utf8)
        guard bytes.count >= wanted.count else { return nil }
        for start in 0...(bytes.count - wanted.count) where Array(bytes[start..<start + wanted.count]) == wanted {
            return utf8.index(startIndex, offsetBy: start + wanted.count)
        }
        return nil
    }
}
