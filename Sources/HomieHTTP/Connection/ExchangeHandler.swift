internal import NIOCore
internal import NIOHTTP1

/// Runs one exchange after the other on a connection; the last handler of its pipeline.
final class ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Outgoing
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        case idle
        case waiting(Exchange, timeout: Scheduled<Void>?)
        case reading(BodyPump, keepsAlive: Bool)
        /// The answer said 101; its end follows, then raw bytes.
        case upgrading(BodyPump)
        case closed
    }

    private let pool: ConnectionPool.Reference
    private var state = State.idle
    private var exchangeNumber = 0
    private var requestEnded = true
    /// Set once the request encoder is gone: writing here goes past the decoder, which takes only requests.
    private var rawOutlet: ChannelHandlerContext?
    private var wroteRequest = false
    private var timedOut = false
    private var failure: (any Error)?

    init(pool: ConnectionPool.Reference) { self.pool = pool }

    // MARK: sending

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .request(let exchange):
            begin(exchange, context: context, promise: promise)
        case .chunk(let buffer):
            if let rawOutlet {
                rawOutlet.write(NIOAny(buffer), promise: promise)
            } else {
                context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: promise)
            }
        case .end where rawOutlet != nil:
            context.close(mode: .output, promise: promise)
        case .end:
            requestEnded = true
            context.write(wrapOutboundOut(.end(nil)), promise: promise)
        }
    }

    private func begin(_ exchange: Exchange, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        guard case .idle = state, context.channel.isActive else {
            exchange.answer.fail(ExchangeFailure(nothingSent: true, nothingReceived: true))
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        exchangeNumber += 1
        requestEnded = !exchange.isStreamed
        wroteRequest = false
        let timeout = exchange.headTimeout.map { limit in
            context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
                self.timedOut = true
                context.close(promise: nil)
            }
        }
        state = .waiting(exchange, timeout: timeout)
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { self.wroteRequest = true }
        guard requestEnded else {
            context.write(wrapOutboundOut(.head(exchange.head)), promise: written)
            return
        }
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: written)
    }

    // MARK: receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): receive(head, context: context)
        case .body(let buffer): feed(buffer)
        case .end: end(context: context)
        }
    }

    private func receive(_ head: HTTPResponseHead, context: ChannelHandlerContext) {
        guard case .waiting(let exchange, let timeout) = state else {
            // An answer nobody asked for: the connection can no longer be understood.
            context.close(promise: nil)
            return
        }
        timeout?.cancel()
        let (pump, body) = BodyPump.make(
            channel: context.channel,
            exchange: exchangeNumber,
            peer: exchange.peer
        )
        let isUpgraded = exchange.wantsUpgrade && (head.status == .switchingProtocols || head.status == .ok)
        if isUpgraded && head.status == .switchingProtocols {
            state = .upgrading(pump)
        } else {
            state = .reading(pump, keepsAlive: head.isKeepAlive && !isUpgraded)
        }
        exchange.answer.succeed(Answer(head: head, body: body, isUpgraded: isUpgraded))
        // An engine that answers 200 to an upgrade sends its raw bytes as a body without end, and takes ours raw.
        if isUpgraded && head.status == .ok {
            takeOutRequestEncoder(context: context)
            rawOutlet = try? context.pipeline.syncOperations.context(
                handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self
            )
        }
    }

    private func feed(_ buffer: ByteBuffer) {
        guard case .reading(var pump, let keepsAlive) = state else { return }
        pump.feed(buffer)
        state = .reading(pump, keepsAlive: keepsAlive)
    }

    private func end(context: ChannelHandlerContext) {
        switch state {
        case .reading(let pump, let keepsAlive):
            let isReusable = keepsAlive && requestEnded && context.channel.isActive
            state = isReusable ? .idle : .closed
            // Released first: whoever has read the end finds the connection waiting.
            if isReusable { pool.release(context.channel) }
            pump.finish()
            if !isReusable { context.close(promise: nil) }
        case .upgrading(let pump):
            becomeRaw(pump, context: context)
        case .idle, .waiting, .closed:
            context.close(promise: nil)
        }
    }

    private func becomeRaw(_ pump: BodyPump, context: ChannelHandlerContext) {
        state = .closed
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
            let raw = RawHandler(pump: pump, leaving: decoder)
            try pipeline.addHandler(raw, position: .last)
            takeOutRequestEncoder(context: context)
            pipeline.removeHandler(context: context, promise: nil)
            // Bytes that came right behind the head are handed on by the decoder when it goes.
            let removed = context.eventLoop.makePromise(of: Void.self)
            removed.futureResult.assumeIsolated().whenComplete { _ in raw.decoderIsGone() }
            pipeline.removeHandler(context: decoder, promise: removed)
        } catch {
            pump.finish(throwing: error)
            context.close(promise: nil)
        }
    }

    private func takeOutRequestEncoder(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        if let encoder = try? pipeline.context(handlerType: HTTPRequestEncoder.self) {
            pipeline.removeHandler(context: encoder, promise: nil)
        }
    }

    // MARK: pace and end

    func read(context: ChannelHandlerContext) {
        switch state {
        case .reading(var pump, let keepsAlive):
            let may = pump.mayRead()
            state = .reading(pump, keepsAlive: keepsAlive)
            if may { context.read() }
        case .idle, .waiting, .upgrading, .closed:
            context.read()
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let demand = event as? BodyDemand else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
        switch (demand, state) {
        case (.more(let exchange), .reading(var pump, let keepsAlive)) where pump.exchange == exchange:
            let isDue = pump.resume()
            state = .reading(pump, keepsAlive: keepsAlive)
            if isDue { context.read() }
        case (.abandoned(let exchange), .reading(let pump, _)) where pump.exchange == exchange:
            context.close(promise: nil)
        case (.abandoned(let exchange), .upgrading(let pump)) where pump.exchange == exchange:
            context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) { rawOutlet = nil }

    func channelInactive(context: ChannelHandlerContext) {
        pool.forget(context.channel)
        switch state {
        case .waiting(let exchange, let timeout):
            timeout?.cancel()
            let cause = timedOut ? ExchangeTimeout() : failure
            let nothingSent = !wroteRequest && !timedOut
            exchange.answer.fail(ExchangeFailure(nothingSent: nothingSent, nothingReceived: true, cause: cause))
        case .reading(let pump, _), .upgrading(let pump):
            pump.finish(throwing: ExchangeFailure(nothingSent: false, nothingReceived: false, cause: failure))
        case .idle, .closed: break
        }
        state = .closed
        context.fireChannelInactive()
    }
}

/// The head of the answer took too long.
struct ExchangeTimeout: Error {}
