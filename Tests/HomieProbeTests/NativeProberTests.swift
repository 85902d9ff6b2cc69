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

    /// Sends an answer byte by byte, each from a turn of its own.
    private final class Drip: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let text: String

        init(_ text: String) { self.text = text }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { next(ArraySlice(text.utf8), context) }

        private func next(_ rest: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
            guard let first = rest.first else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [first])), promise: nil)
            context.eventLoop.assumeIsolated().scheduleTask(in: .microseconds(200)) {
                self.next(rest.dropFirst(), context)
            }
        }
    }

    @Test func `an answer that comes in pieces is put together`() async throws {
        let text = "HTTP/1.1 200 OK\r\nX: \r\r\n\nContent-Length: 9\r\n\r\nall is ok"
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Drip(text)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let probe = HTTPProbe(port: UInt16(try #require(server.localAddress?.port)), body: "is ok")
        let seen = await NativeProber().probe(.http(probe), at: "127.0.0.1", timeout: .seconds(20))
        #expect(seen.detail == "answered 200 with 'is ok'")
        try await server.close()
    }

    @Test func `of many checks at once each ends by itself, and the silent ones each in their own time`() async throws {
        let prober = NativeProber()
        try await serving("HTTP/1.1 204 No Content\r\n\r\n") { good in
            try await serving(nil) { silent in
                let limits = (0..<90).map { $0 % 3 == 0 ? TimeSpan.milliseconds(Int64(300 - $0)) : .seconds(20) }
                let seen = await withTaskGroup(of: (Int, ProbeOutcome).self) { group in
                    for (index, limit) in limits.enumerated() {
                        let probe = HTTPProbe(port: index % 3 == 0 ? silent : good)
                        group.addTask { (index, await prober.probe(.http(probe), at: "127.0.0.1", timeout: limit)) }
                    }
                    var seen: [Int: ProbeOutcome] = [:]
                    for await (index, outcome) in group { seen[index] = outcome }
                    return seen
                }
                for (index, limit) in limits.enumerated() {
                    let outcome = try #require(seen[index])
                    #expect(outcome.isPassed == (index % 3 != 0), "\(index): \(outcome.detail)")
                    guard index % 3 == 0 else { continue }
                    #expect(outcome.detail == "did not answer within \(limit.nanoseconds / 1_000_000) ms")
                    #expect(outcome.latency >= limit)
                }
            }
        }
    }

    @Test func `what is no address, and one that nothing leads to, is said so`() async {
        let prober = NativeProber()
        let name = await prober.probe(.tcp(port: 80), at: "localhost", timeout: .seconds(20))
        #expect(name.detail == "has no address that can be reached")
        // Multicast takes no connections, whatever the machine's routes are.
        let nowhere = await prober.probe(.tcp(port: 80), at: "224.0.0.1", timeout: .milliseconds(100))
        #expect(!nowhere.isPassed)
    }
}
