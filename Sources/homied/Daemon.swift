import CoreMetrics
import HomieAppliance
import HomieEngine
import HomieGateway
import HomieMetrics
import HomieModel
import HomieProbe
import HomieRegistry
import HomieRelay
import HomieStore
import HomieSupervisor
import HomieSystemd
import HomieTracing
import Logging

/// The daemon's parts, put together as the configuration says; nothing of it works yet.
struct Daemon {
    let configuration: Configuration
    let logger: Logger
    let clocks = Clocks.system()
    let notifier: ServiceNotifier
    let progress = ProgressCounter()
    let traces: TraceParts
    let store: SQLiteStateStore
    let supervisor: Supervisor
    let keeper: JobKeeper
    let door: FrontDoor
    /// Nil where it is switched off.
    let gateway: GatewayController?
    let exporter: MetricsExporter
    let recorder: MeasurementRecorder?
    let alerts: AlertParts?

    /// - Throws: what keeps the state, keys or users from being read.
    init(_ configuration: Configuration, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        traces = TraceParts(endpoint: configuration.traceEndpoint, logger: logger)
        notifier = ServiceNotifier()
        try notifier.send(.status("opening the state"))
        store = try SQLiteStateStore(directory: configuration.stateDirectory, now: clocks.wall())
        let engine = DockerEngine(
            socketPath: configuration.dockerSocket,
            credentialsPath: configuration.registryCredentials,
            logger: logger
        )
        supervisor = Self.supervisor(configuration, engine, store, progress, clocks, logger)
        await supervisor.relay(with: PacketRelay(owner: configuration.stateDirectory), watching: SocketReader())
        try await supervisor.load()
        let zones = ZoneDirectory()
        keeper = JobKeeper(
            supervisor: supervisor,
            engine: engine,
            store: store,
            zoneFile: { zones.file($0) },
            headroom: HeadroomReader(),
            clocks: clocks,
            bootID: BootID.current(),
            logger: logger
        )
        try await keeper.load()
        var door = try await FrontDoor(configuration, store: store, clocks: clocks, logger: logger)
        gateway = try await Self.gateway(configuration, &door, supervisor, clocks, logger)
        self.door = door
        let images = RegistryClient(logins: engine)
        await supervisor.ask(images)
        await supervisor.check(signaturesWith: SignatureClient(registry: images, keys: configuration.imageKeys))
        await supervisor.attach(
            certificates: ServiceCertificateShelf(
                settings: configuration.authority,
                folder: configuration.tlsDirectory,
                wall: clocks.wall
            )
        )
        exporter = Self.exporter(supervisor, keeper, clocks)
        recorder =
            configuration.keepsHistory
            ? MeasurementRecorder(source: exporter, store: store, clocks: clocks, logger: logger) : nil
        alerts =
            configuration.watchesAlerts
            ? AlertParts(store, supervisor, recorder, keeper, clocks, logger) : nil
        try await alerts?.watch.load()
        if let recorder { await supervisor.attach(measurements: recorder) }
    }

    private static func supervisor(
        _ configuration: Configuration,
        _ engine: DockerEngine,
        _ store: SQLiteStateStore,
        _ progress: ProgressCounter,
        _ clocks: Clocks,
        _ logger: Logger
    ) -> Supervisor {
        Supervisor(
            engine: engine,
            store: store,
            prober: NativeProber(),
            system: SystemReader(stateDirectory: configuration.stateDirectory),
            clocks: clocks,
            settings: SupervisorSettings(
                resyncInterval: configuration.resyncInterval,
                imageCheckInterval: configuration.imageCheckInterval,
                diskGuard: configuration.diskGuard
            ),
            loopbackProber: ServerProber(),
            logger: logger,
            onProgress: { progress.advance() }
        )
    }

    private static func gateway(
        _ configuration: Configuration,
        _ door: inout FrontDoor,
        _ supervisor: Supervisor,
        _ clocks: Clocks,
        _ logger: Logger
    ) async throws -> GatewayController? {
        guard let settings = configuration.gateway else {
            let retired = RetiredGateway(GatewayPaths(directory: configuration.stateDirectory + "/gateway"))
            if try retired.end() { logger.notice("the gateway is off: HAProxy is ended") }
            return nil
        }
        let gateway = GatewayController(
            settings: door.admitting(settings),
            source: supervisor,
            clocks: clocks,
            ask: GatewayAsking.ask,
            logger: logger
        )
        await door.serve(pagesAt: gateway, settings)
        await supervisor.attach(gateway)
        await supervisor.steer(with: gateway)
        return gateway
    }

    private static func exporter(_ supervisor: Supervisor, _ keeper: JobKeeper, _ clocks: Clocks) -> MetricsExporter {
        let registry = MetricRegistry()
        MetricsSystem.bootstrap(MetricsBackend(registry: registry))
        return MetricsExporter(
            stacks: { try await supervisor.inspect().stacks() },
            jobs: { try await keeper.inspectJobs().jobs() },
            figures: { await supervisor.figures() },
            updates: supervisor,
            care: supervisor,
            system: SystemWatch(Appliance(), uptime: clocks.uptime),
            registry: registry,
            version: HomieRelease.version,
            wall: clocks.wall
        )
    }
}
