internal import NIOCore

/// Carries raw bytes both ways once a connection has left HTTP; takes the place of ``ExchangeHandler``.
final class RawHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Outgoing
    typealias OutboundOut = ByteBuffer

    private var pump: BodyPump
    private var failure: (any Error)?
    /// The decoder, which goes one turn of the loop later and takes nothing but requests: writes go past it.
    private var leaving: ChannelHandlerContext?

    init(pump: BodyPump, leaving: ChannelHandlerContext) {
        self.pump = pump
        self.leaving = leaving
    }

    func decoderIsGone() { leaving = nil }

    func handlerRemoved(context: ChannelHandlerContext) { leaving = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { pump.feed(unwrapInboundIn(data)) }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .chunk(let buffer): (leaving ?? context).write(wrapOutboundOut(buffer), promise: promise)
        case .end: context.close(mode: .output, promise: promise)
        case .request(let exchange):
            exchange.answer.fail(ExchangeFailure(nothingSent: true, nothingReceived: true))
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    func read(context: ChannelHandlerContext) { if pump.mayRead() { context.read() } }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let demand = event as? BodyDemand else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
        switch demand {
        case .more: if pump.resume() { context.read() }
        case .abandoned: context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pump.finish(throwing: failure)
        context.fireChannelInactive()
    }
}
