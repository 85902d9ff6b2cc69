public import HomieSupervisor
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// Serves `/metrics`, and nothing else, over TCP: Prometheus cannot reach a Unix socket.
public struct MetricsServer: Service {
    /// Where it listens.
    public struct Address: Sendable, Hashable {
        public var host: String
        public var port: Int

        /// `127.0.0.1:9466` or `[::1]:9466`; nil when `text` is neither.
        public init?(parsing text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
                (0...65_535).contains(port)
            else { return nil }
            var host = text[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
            guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
            self.host = String(host)
            self.port = port
        }
    }

    private let address: Address
    private let metrics: any MetricsExposition
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// - Parameter onListening: is told the port, once it is open.
    public init(
        address: Address,
        metrics: any MetricsExposition,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.address = address
        self.metrics = metrics
        self.logger = logger
        self.onListening = onListening
    }

    public func run() async throws {
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let application = Application(
            responder: MetricsResponder(metrics: metrics),
            server: .http1(configuration: .init(idleTimeout: .seconds(120))),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(16)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                logger.info("/metrics is served", metadata: ["address": "\(address.host):\(port)"])
                onListening(port)
            },
            eventLoopGroupProvider: .shared(threads),
            logger: quiet
        )
        do {
            try await application.run()
        } catch {
            try await threads.shutdownGracefully()
            throw error
        }
        try await threads.shutdownGracefully()
    }
}

private struct MetricsResponder: HTTPResponder {
    let metrics: any MetricsExposition

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard request.uri.path == "/metrics" else { return .bytes([], status: 404, as: "text/plain") }
        guard request.method == .get || request.method == .head else {
            return .bytes([], status: 405, as: "text/plain")
        }
        let format = ExpositionFormat(accept: request.headers[.accept])
        let response = Response.bytes(await metrics.exposition(as: format), status: 200, as: format.contentType)
        return request.method == .head ? response.createHeadResponse() : response
    }
}
