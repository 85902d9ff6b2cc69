import HomieModel
import HomieProbe
import HomieSupervisor
import NIOCore
import NIOPosix
import Testing

/// Against servers on loopback.
@Suite struct NativeProberTests {
    /// Answers everything it hears with one text, or never.
    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let text: String?

        init(_ text: String?) { self.text = text }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let text else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }

    private func serving(_ text: String?, _ body: (UInt16) async throws -> Void) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Answer(text)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        try await body(UInt16(port))
        try await server.close()
    }

    @Test func `an answer in time passes, silence and refusal do not`() async throws {
        let prober = NativeProber()
        var free: UInt16 = 0
        try await serving("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { port in
            free = port
            let passed = await prober.probe(.http(HTTPProbe(port: port)), at: "127.0.0.1", timeout: .seconds(20))
            #expect(passed.isPassed, "\(passed.detail)")
            #expect(await prober.probe(.tcp(port: port), at: "127.0.0.1", timeout: .seconds(20)).isPassed)
            #expect(await prober.page(port: port, path: "/", at: "127.0.0.1", timeout: .seconds(20)) == "ok")
            let ws = await prober.probe(.webSocket(port: port, path: "/"), at: "127.0.0.1", timeout: .seconds(20))
            #expect(ws.detail == "answered 200, not 101")
        }
        let refused = await prober.probe(.tcp(port: free), at: "127.0.0.1", timeout: .seconds(20))
        #expect(refused.detail == "refuses connections")
        try await serving(nil) { port in
            let silent = await prober.probe(.http(HTTPProbe(port: port)), at: "127.0.0.1", timeout: .milliseconds(100))
            #expect(!silent.isPassed)
            #expect(silent.detail == "did not answer within 100 ms")
            let late = HTTPProbe(port: port, latency: .milliseconds(50))
            let slow = await prober.probe(.http(late), at: "127.0.0.1", timeout: .seconds(20))
            #expect(slow.detail == "did not answer within 50 ms")
        }
    }
}
