import CMalloc
import CoreMetrics
import FoundationEssentials
import HomieACME
import HomieAPI
import HomieAppliance
import HomieCompose
import HomieEngine
import HomieGateway
import HomieMetrics
import HomieModel
import HomieProbe
import HomieRegistry
import HomieServer
import HomieStore
import HomieSupervisor
import HomieSystemd
import HomieTracing
import Logging
import ServiceLifecycle
import UnixSignals

extension Homied {
    /// Composes the daemon and runs it until a signal or a part that ends.
    static func run(_ configuration: Configuration) async throws {
        let logger = configuration.logDestination.logger(
            label: "homied",
            level: configuration.logLevel,
            provider: .tracePlace
        )
        let traces = TraceParts(endpoint: configuration.traceEndpoint, logger: logger)
        FileLimit.raise()
        // Freed memory of short bursts on many threads would stay with each of them.
        mallopt(M_ARENA_MAX, 2)
        let notifier = ServiceNotifier()
        try notifier.send(.status("opening the state"))
        let clocks = Clocks.system()
        let store = try SQLiteStateStore(directory: configuration.stateDirectory, now: clocks.wall())
        let engine = DockerEngine(
            socketPath: configuration.dockerSocket,
            credentialsPath: configuration.registryCredentials,
            logger: logger
        )
        let progress = ProgressCounter()
        let supervisor = Supervisor(
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
        try await supervisor.load()
        let zones = ZoneDirectory()
        let keeper = JobKeeper(
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
        let gateway = configuration.gateway.map { settings in
            GatewayController(
                settings: door.admitting(settings),
                source: supervisor,
                clocks: clocks,
                ask: GatewayAsking.ask,
                logger: logger
            )
        }
        if let gateway, let settings = configuration.gateway { door.serve(pagesAt: gateway, settings) }
        await supervisor.ask(RegistryClient(logins: engine))
        if let gateway {
            await supervisor.attach(gateway)
            await supervisor.steer(with: gateway)
        }
        let registry = MetricRegistry()
        MetricsSystem.bootstrap(MetricsBackend(registry: registry))
        let exporter = MetricsExporter(
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
        let recorder =
            configuration.keepsHistory
            ? MeasurementRecorder(source: exporter, store: store, clocks: clocks, logger: logger) : nil
        let watch =
            configuration.watchesAlerts
            ? AlertParts(store, supervisor, recorder, keeper, clocks, logger) : nil
        try await watch?.watch.load()
        if let recorder { await supervisor.attach(measurements: recorder) }
        let server = APIServer(
            APIServerConfiguration(
                socketPath: configuration.socket,
                socketGroup: configuration.socketGroup,
                gatewaySocketPath: configuration.gateway?.apiSocket,
                gatewaySocketGroup: configuration.gateway?.account
            ),
            control: supervisor,
            version: VersionInformation(version: HomieRelease.version),
            parse: { try ComposeProject.validate(document: $0).definition() },
            readiness: { await readiness(of: supervisor) },
            routes: gateway,
            routeControl: supervisor,
            updates: supervisor,
            metrics: exporter,
            measurements: recorder,
            alerts: watch?.watch,
            hooks: watch?.desk,
            care: supervisor,
            now: clocks.wall,
            jobs: keeper,
            traces: traces.ring,
            gate: door.gate,
            system: Appliance(),
            onListening: {
                do {
                    try notifier.send(.ready, .status("running"))
                } catch {
                    logger.error("systemd cannot be told that homied is ready", metadata: ["error": "\(error)"])
                }
            },
            logger: logger
        )
        var services: [any Service] = [
            SupervisorService(supervisor: supervisor), JobService(keeper: keeper), server,
        ]
        services.append(MemoryService(supervisor: supervisor, logger: logger))
        services.append(StatusService(supervisor: supervisor, notifier: notifier, logger: logger))
        if let gateway { services.append(gateway) }
        if let gateway, let settings = configuration.acme {
            let desk = ACMEParts(
                gateway: gateway,
                secrets: store,
                directory: settings.directory,
                records: configuration.acmeHook.map { DNSHook(program: $0) }
            )
            services.append(ACMEKeeper(settings, desk: desk, uptime: clocks.uptime, logger: logger))
        }
        if let exporter = traces.exporter { services.append(exporter) }
        if let watch { services.append(AlertService(watch: watch.watch)) }
        if let address = configuration.metricsAddress {
            services.append(MetricsServer(address: address, metrics: exporter, logger: logger))
        }
        if let recorder { services.append(RecorderService(recorder: recorder)) }
        if let interval = try Watchdog.requestedInterval() {
            services.append(
                WatchdogService(
                    watchdog: Watchdog(interval: interval, limit: interval, progress: progress, logger: logger)
                )
            )
        }
        var group = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet(logger)
        )
        // A client that never ends its request must not hold up the daemon's end.
        group.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: group).run()
        try store.close()
    }

    private static func readiness(of supervisor: Supervisor) async -> Readiness {
        if let reason = await supervisor.unreadiness { return .notReady(reason) }
        return .ready
    }

    /// The framework's own lines are of interest to nobody but its authors.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        return quiet
    }
}
