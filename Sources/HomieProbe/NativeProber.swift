public import HomieModel
public import HomieSupervisor
internal import NIOCore
internal import NIOPosix

/// Checks services over the network from this process: no process is started for it, neither here nor in the container.
public struct NativeProber: HealthProber {
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    public init() {}

    public func probe(_ kind: ProbeKind, at address: String, timeout: TimeSpan) async -> ProbeOutcome {
        let authority = address.contains(":") ? "[\(address)]" : address
        switch kind {
        case .http(let probe):
            let limit = min(timeout, probe.latency ?? timeout)
            var outcome =
                if let trust = probe.trust {
                    await SecureCheck(probe: probe, trust: trust).run(at: address, timeout: limit)
                } else {
                    await talk(HTTPConversation(probe: probe, address: address), address, probe.port, limit)
                }
            if !outcome.isPassed, let latency = probe.latency, outcome.latency >= latency {
                outcome.detail = "did not answer within \(latency.nanoseconds / 1_000_000) ms"
            }
            return outcome
        case .tcp(let port): return await talk(TCPConversation(), address, port, timeout)
        case .grpc(let port, let service):
            let words = GRPCConversation(service: service, authority: "\(authority):\(port)")
            return await talk(words, address, port, timeout)
        case .webSocket(let port, let path):
            let words = WebSocketConversation(path: path, host: "\(authority):\(port)")
            return await talk(words, address, port, timeout)
        case .command:
            return ProbeOutcome(isPassed: false, latency: .seconds(0), detail: "is checked in its container")
        }
    }

    public func page(port: UInt16, path: String, at address: String, timeout: TimeSpan) async -> String? {
        let verdict = await verdict(PageConversation(port: port, path: path, address: address), address, port, timeout)
        return verdict.isPassed ? verdict.detail : nil
    }

    private func talk(
        _ conversation: some Conversation,
        _ address: String,
        _ port: UInt16,
        _ timeout: TimeSpan
    ) async -> ProbeOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let verdict = await verdict(conversation, address, port, timeout)
        return ProbeOutcome(isPassed: verdict.isPassed, latency: TimeSpan(clock.now - start), detail: verdict.detail)
    }

    private func verdict(
        _ conversation: some Conversation,
        _ address: String,
        _ port: UInt16,
        _ timeout: TimeSpan
    ) async -> Verdict {
        let limit = TimeAmount.nanoseconds(max(1_000_000, timeout.nanoseconds))
        let loop = Self.group.next()
        let promise = loop.makePromise(of: Verdict.self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ConversationHandler(conversation, limit: limit, verdict: promise)
                    )
                }
            }
        do {
            // Not by host: that asks the resolver, on another thread, even for an address.
            let place = try SocketAddress(ipAddress: address, port: Int(port))
            let channel = try await bootstrap.connect(to: place).get()
            let verdict = try await promise.futureResult.get()
            channel.close(promise: nil)
            return verdict
        } catch {
            // The promise of a connection that never was must not stay open.
            promise.fail(error)
            return .failed(Self.clause(error, timeout))
        }
    }

    private static func clause(_ error: any Error, _ timeout: TimeSpan) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return clause(first.error, timeout) }
            return "cannot be reached"
        case ChannelError.connectTimeout: return "did not accept the connection within \(timeout.seconds) s"
        case let error as IOError where error.errnoCode == 111: return "refuses connections"
        case let error as IOError where error.errnoCode == 113: return "has no route to it"
        case let error as IOError: return "broke the connection (\(error.errnoCode))"
        default: return "cannot be reached: \(error)"
        }
    }
}

/// Carries one conversation; bound to its connection's event loop.
private final class ConversationHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let conversation: any Conversation
    private let limit: TimeAmount
    private let verdict: EventLoopPromise<Verdict>
    private var received: [UInt8] = []
    private var isOver = false
    private var timer: Scheduled<Void>?

    /// More than this is not read.
    private static let most = PageConversation.bodyLimit + ResponseHead.limit

    init(_ conversation: any Conversation, limit: TimeAmount, verdict: EventLoopPromise<Verdict>) {
        self.conversation = conversation
        self.limit = limit
        self.verdict = verdict
    }

    func channelActive(context: ChannelHandlerContext) {
        let milliseconds = limit.nanoseconds / 1_000_000
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
            self.end(.failed("did not answer within \(milliseconds) ms"))
        }
        let opening = conversation.opening
        guard !opening.isEmpty else {
            look(isClosed: false)
            return
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: opening)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        received += unwrapInboundIn(data).readableBytesView
        look(isClosed: received.count >= Self.most)
    }

    func channelInactive(context: ChannelHandlerContext) {
        look(isClosed: true)
        end(.failed("closed the connection without an answer"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failed("broke the connection"))
        context.close(promise: nil)
    }

    private func look(isClosed: Bool) {
        guard !isOver, let result = conversation.judge(received, isClosed: isClosed) else { return }
        end(result)
    }

    private func end(_ result: Verdict) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        verdict.succeed(result)
    }
}
