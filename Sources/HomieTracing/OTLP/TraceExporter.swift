public import HomieModel
public import Logging
public import ServiceLifecycle
import Synchronization

/// Sends spans to a collector: OTLP over HTTP, in protobuf (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).
///
/// What a collector does not take is tried again with growing waits, and let go when there is too much of it: tracing must
/// never hold up what it watches.
public final class TraceExporter: Service {
    /// How a collector answered.
    public enum Answer: Sendable, Hashable {
        case taken
        /// It is to be tried again: no connection, or status 429, 502, 503 or 504.
        case busy(String)
        /// It will not take this, ever.
        case refused(String)
    }

    /// At most this many spans wait.
    static let mostWaiting = 4096
    /// At most this many go at once.
    static let batch = 512
    private static let tries = 5

    private struct State {
        var waiting: [SpanRecord] = []
        var dropped = 0
        var sent = 0
    }

    private let resource: [String: JSONValue]
    private let version: String
    private let interval: Duration
    private let post: @Sendable ([UInt8]) async -> Answer
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - resource: who measured, by OpenTelemetry's names: `service.name`, `host.name`.
    ///   - interval: from one sending to the next.
    ///   - post: sends one body of type `application/x-protobuf`.
    public init(
        resource: [String: JSONValue],
        version: String,
        interval: Duration = .seconds(5),
        logger: Logger,
        post: @escaping @Sendable ([UInt8]) async -> Answer
    ) {
        self.resource = resource
        self.version = version
        self.interval = interval
        self.logger = logger
        self.post = post
    }

    /// Spans that a collector took, and those that were let go.
    public var counts: (sent: Int, dropped: Int) { state.withLock { ($0.sent, $0.dropped) } }

    public func add(_ span: SpanRecord) {
        state.withLock { state in
            if state.waiting.count < Self.mostWaiting { state.waiting.append(span) } else { state.dropped += 1 }
        }
    }

    public func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: self.interval)
                await self.sendAll()
            }
        }
        await sendAll()
    }

    private func sendAll() async {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.batch))
                state.waiting.removeFirst(batch.count)
                return batch
            }
            guard !batch.isEmpty else { return }
            await send(batch)
        }
    }

    private func send(_ spans: [SpanRecord]) async {
        let body = TraceRequest.bytes(spans, resource: resource, version: version)
        var pause = Duration.seconds(1)
        for attempt in 1...Self.tries {
            switch await post(body) {
            case .taken:
                state.withLock { $0.sent += spans.count }
                return
            case .refused(let reason):
                return drop(spans.count, reason)
            case .busy(let reason):
                // While the daemon ends there is no time to wait.
                guard attempt < Self.tries, !Task.isCancelled, !Task.isShuttingDownGracefully else {
                    return drop(spans.count, reason)
                }
                try? await Task.sleep(for: pause)
                pause *= 2
            }
        }
    }

    private func drop(_ count: Int, _ reason: String) {
        state.withLock { $0.dropped += count }
        logger.warning("spans were not exported", metadata: ["count": "\(count)", "reason": "\(reason)"])
    }
}
