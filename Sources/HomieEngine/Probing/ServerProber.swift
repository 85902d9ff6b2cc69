public import HomieModel
public import HomieSupervisor
internal import NIOCore
internal import NIOPosix

/// Asks servers in containers over the network from this process.
public struct ServerProber: LoopbackProber {
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    public init() {}

    public func passes(_ check: LoopbackCheck, process: Int, address: String, timeout: TimeSpan) async -> Bool {
        guard ListeningSockets.isOnAllAddresses(check.port, ofNetworkOf: process) else { return false }
        let limit = TimeAmount.nanoseconds(max(1_000_000, timeout.nanoseconds))
        let verdict = Self.group.next().makePromise(of: Bool.self)
        let bootstrap = ClientBootstrap(group: verdict.futureResult.eventLoop)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = QuestionHandler(check.question, limit: limit, verdict: verdict)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        do {
            // Not by host: that asks the resolver, on another thread, even for an address.
            let place = try SocketAddress(ipAddress: address, port: Int(check.port))
            let channel = try await bootstrap.connect(to: place).get()
            let isPassed = try await verdict.futureResult.get()
            channel.close(promise: nil)
            return isPassed
        } catch {
            // Refused, reset or too slow: no yes. The promise of a connection that never was must not stay open.
            verdict.succeed(false)
            return false
        }
    }

    /// The status in the first line of an answer (RFC 9112, section 4); nil until it is here.
    static func status(in bytes: [UInt8]) -> Int? {
        guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1.") else { return 0 }
        return Int(words[1].filter { $0 != "\r" }) ?? 0
    }
}

/// One question on one connection; bound to its event loop.
private final class QuestionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let question: LoopbackCheck.Question
    private let limit: TimeAmount
    private let verdict: EventLoopPromise<Bool>
    private var received: [UInt8] = []
    private var isOver = false
    private var timer: Scheduled<Void>?

    /// A first line is shorter.
    private static let most = 16_384

    init(_ question: LoopbackCheck.Question, limit: TimeAmount, verdict: EventLoopPromise<Bool>) {
        self.question = question
        self.limit = limit
        self.verdict = verdict
    }

    func channelActive(context: ChannelHandlerContext) {
        switch question {
        case .tcp: end(true)
        case .http(let path, let host, _):
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { self.end(false) }
            let text =
                "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: homied\r\nAccept: */*\r\nConnection: close\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver, case .http(_, _, let statuses) = question else { return }
        received += unwrapInboundIn(data).readableBytesView
        if let status = ServerProber.status(in: received) {
            end(statuses.contains(status))
        } else if received.count > Self.most {
            end(false)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(false)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(false)
        context.close(promise: nil)
    }

    private func end(_ isPassed: Bool) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        verdict.succeed(isPassed)
    }
}
