public import HomieAPI
public import HomieModel
public import HomieSupervisor
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// Where and how the API is served.
public struct APIServerConfiguration: Sendable {
    /// At most 101 bytes.
    public var socketPath: String
    public var socketMode: UInt32
    /// The group whose members may use the API; nil for the process's own.
    public var socketGroup: String?
    /// Event-loop threads.
    public var threads: Int
    /// How often an event stream without events shows that it lives.
    public var heartbeat: Duration
    /// Connections at a time; more wait until one ends.
    public var maximumConnections: Int

    public init(
        socketPath: String,
        socketMode: UInt32 = 0o660,
        socketGroup: String? = nil,
        threads: Int = 1,
        heartbeat: Duration = .seconds(15),
        maximumConnections: Int = 128
    ) {
        self.socketPath = socketPath
        self.socketMode = socketMode
        self.socketGroup = socketGroup
        self.threads = threads
        self.heartbeat = heartbeat
        self.maximumConnections = maximumConnections
    }
}

/// Whether the daemon can do its work.
public enum Readiness: Sendable, Hashable {
    case ready
    /// What is missing, in one clause: `the container engine does not answer`.
    case notReady(String)
}

/// Serves the API over a Unix socket until it is told to shut down.
public struct APIServer: Service {
    private let configuration: APIServerConfiguration
    private let handlers: APIHandlers
    private let onListening: @Sendable () async -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - parse: makes a stack's definition of a normalised Compose project; throws `UserFacingError` when it is not one.
    ///   - readiness: asked at every `/readyz`.
    ///   - routes: the gateway; nil while it is off.
    ///   - metrics: what `/metrics` shows; nil when nothing is measured.
    ///   - measurements: the measured past; nil when none is kept.
    ///   - alerts: nil when nobody watches.
    ///   - hooks: takes incoming webhooks; nil where there are none.
    ///   - now: the wall clock.
    ///   - care: health and issues; nil when nobody looks after them.
    ///   - onListening: called once the socket is in place.
    public init(
        _ configuration: APIServerConfiguration,
        control: any StackControl,
        version: VersionInformation,
        parse: @escaping @Sendable (JSONValue) throws -> StackDefinition,
        readiness: @escaping @Sendable () async -> Readiness,
        routes: (any RouteInspection)? = nil,
        metrics: (any MetricsExposition)? = nil,
        measurements: (any MeasurementInspection)? = nil,
        alerts: (any AlertControl)? = nil,
        hooks: (any HookReceiving)? = nil,
        care: (any IssueControl)? = nil,
        now: @escaping @Sendable () -> Timestamp = Clocks.system().wall,
        onListening: @escaping @Sendable () async -> Void = {},
        logger: Logger
    ) {
        self.configuration = configuration
        self.handlers = APIHandlers(
            control: control,
            version: version,
            parse: parse,
            readiness: readiness,
            routes: routes,
            metrics: metrics,
            measurements: measurements,
            alerts: alerts,
            hooks: hooks,
            care: care,
            now: now,
            heartbeat: configuration.heartbeat,
            logger: logger
        )
        self.onListening = onListening
        self.logger = logger
    }

    /// - Throws: ``APIServerError`` when the socket cannot be made; what the server fails with later.
    public func run() async throws {
        let place = try SocketPlace(
            path: configuration.socketPath,
            mode: configuration.socketMode,
            group: configuration.socketGroup
        )
        defer { place.withdraw() }
        try place.prepare()
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        do {
            try await serve(place, on: threads)
        } catch {
            try await threads.shutdownGracefully()
            throw error
        }
        try await threads.shutdownGracefully()
    }

    private func serve(_ place: SocketPlace, on threads: MultiThreadedEventLoopGroup) async throws {
        // The framework's own lines name the binding path and every request; ours say what matters.
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let (listening, continuation) = AsyncStream<any Channel>.makeStream()
        let application = Application(
            responder: APIResponder(handlers: handlers, logger: logger),
            server: .http1(configuration: .init(idleTimeout: .seconds(120))),
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: place.bindingPath),
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maximumConnections)
            ),
            onServerRunning: { channel in
                continuation.yield(channel)
                continuation.finish()
            },
            eventLoopGroupProvider: .shared(threads),
            logger: quiet
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await application.run()
            }
            for await _ in listening {
                try place.publish()
                logger.info("the API is served", metadata: ["socket": "\(place.path)"])
                await onListening()
            }
            try await group.next()
        }
    }
}
