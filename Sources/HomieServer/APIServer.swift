public import HomieAPI
import HomieAccess
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
    /// The socket that the gateway hands the Internet's requests to; nil for none.
    public var gatewaySocketPath: String?
    /// The group the gateway works as.
    public var gatewaySocketGroup: String?
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
        gatewaySocketPath: String? = nil,
        gatewaySocketGroup: String? = nil,
        threads: Int = 1,
        heartbeat: Duration = .seconds(15),
        maximumConnections: Int = 128
    ) {
        self.socketPath = socketPath
        self.socketMode = socketMode
        self.socketGroup = socketGroup
        self.gatewaySocketPath = gatewaySocketPath
        self.gatewaySocketGroup = gatewaySocketGroup
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
    private let gate: AccessGate?
    private let keeper = AnswerKeeper()
    private let onListening: @Sendable () async -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - parse: makes a stack's definition of a normalised Compose project; throws `UserFacingError` when it is not one.
    ///   - readiness: asked at every `/readyz`.
    ///   - routes: the gateway; nil while it is off.
    ///   - routeControl: takes routes made by hand; nil where there are none.
    ///   - updates: what updates of services are asked of.
    ///   - metrics: what `/metrics` shows; nil when nothing is measured.
    ///   - measurements: the measured past; nil when none is kept.
    ///   - alerts: nil when nobody watches.
    ///   - hooks: takes incoming webhooks; nil where there are none.
    ///   - now: the wall clock.
    ///   - jobs: the keeper of jobs; nil when there are none.
    ///   - traces: the traces of this device; nil when nothing is traced.
    ///   - system: the device's operating system; nil where Homie does not update it.
    ///   - gate: who may come in through the gateway; nil serves the socket's group alone.
    ///   - care: health and issues; nil when nobody looks after them.
    ///   - onListening: called once the sockets are in place.
    public init(
        _ configuration: APIServerConfiguration,
        control: any StackControl,
        version: VersionInformation,
        parse: @escaping @Sendable (JSONValue) throws -> StackDefinition,
        readiness: @escaping @Sendable () async -> Readiness,
        routes: (any RouteInspection)? = nil,
        routeControl: (any RouteControl)? = nil,
        updates: (any RolloutControl)? = nil,
        metrics: (any MetricsExposition)? = nil,
        measurements: (any MeasurementInspection)? = nil,
        alerts: (any AlertControl)? = nil,
        hooks: (any HookReceiving)? = nil,
        care: (any IssueControl)? = nil,
        now: @escaping @Sendable () -> Timestamp = Clocks.system().wall,
        jobs: (any JobControl)? = nil,
        traces: (any TraceSource)? = nil,
        gate: AccessGate? = nil,
        system: (any SystemControl)? = nil,
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
            routeControl: routeControl,
            updates: updates,
            metrics: metrics,
            measurements: measurements,
            alerts: alerts,
            hooks: hooks,
            care: care,
            now: now,
            jobs: jobs,
            traces: traces,
            gate: gate,
            system: system,
            heartbeat: configuration.heartbeat,
            logger: logger
        )
        self.gate = gate
        self.onListening = onListening
        self.logger = logger
    }

    /// - Throws: ``APIServerError`` when a socket cannot be made; what the server fails with later.
    public func run() async throws {
        var places: [(SocketPlace, Door)] = [
            (
                try SocketPlace(
                    path: configuration.socketPath,
                    mode: configuration.socketMode,
                    group: configuration.socketGroup
                ), .socket
            )
        ]
        if let path = configuration.gatewaySocketPath, gate != nil {
            let place = try SocketPlace(path: path, mode: 0o660, group: configuration.gatewaySocketGroup)
            places.append((place, .gateway))
        }
        defer { for (place, _) in places { place.withdraw() } }
        for (place, _) in places { try place.prepare() }
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        do {
            try await serve(places, on: threads)
        } catch {
            try await threads.shutdownGracefully()
            throw error
        }
        try await threads.shutdownGracefully()
    }

    private func serve(_ places: [(SocketPlace, Door)], on threads: MultiThreadedEventLoopGroup) async throws {
        let (bound, continuation) = AsyncStream<Int>.makeStream()
        let applications = places.enumerated().map { index, place in
            application(at: place.0.bindingPath, door: place.1, on: threads) { continuation.yield(index) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for application in applications {
                group.addTask {
                    defer { continuation.finish() }
                    try await application.run()
                }
            }
            var missing = places.count
            for await index in bound {
                try places[index].0.publish()
                logger.info("the API is served", metadata: ["socket": "\(places[index].0.path)"])
                missing -= 1
                if missing == 0 { await onListening() }
            }
            // One that fails takes the other along.
            for try await _ in group {}
        }
    }

    private func application(
        at path: String,
        door: Door,
        on threads: MultiThreadedEventLoopGroup,
        _ onBound: @escaping @Sendable () -> Void
    ) -> Application<TracedResponder<APIResponder>> {
        // The framework's own lines name the binding path and every request; ours say what matters.
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        return Application(
            responder: TracedResponder(
                responder: APIResponder(
                    handlers: handlers,
                    door: door,
                    gate: gate,
                    keeper: keeper,
                    clock: gate?.wall ?? Clocks.system().wall,
                    logger: logger
                )
            ),
            server: .http1(configuration: .init(idleTimeout: .seconds(120))),
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: path),
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maximumConnections)
            ),
            onServerRunning: { _ in onBound() },
            eventLoopGroupProvider: .shared(threads),
            logger: quiet
        )
    }
}
