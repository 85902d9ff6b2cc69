import FoundationEssentials
import HomieACME
import HomieAPI
import HomieAppliance
import HomieBus
import HomieCompose
import HomieGateway
import HomieModel
import HomieServer
import HomieSupervisor
import HomieSystemd
import HomieTracing
import Logging
import ServiceLifecycle

extension Daemon {
    /// What works at the same time until the daemon ends; the end of one is the end of all.
    ///
    /// - Throws: what is wrong with the watchdog's settings, which come from systemd.
    func services() throws -> [any Service] {
        var services: [any Service] = [
            SupervisorService(supervisor: supervisor), JobService(keeper: keeper), server(),
            MemoryService(supervisor: supervisor, logger: logger),
            StatusService(supervisor: supervisor, notifier: notifier, logger: logger),
        ]
        if let gateway { services += [gateway] + publicCertificates(of: gateway) + publishedNames(of: gateway) }
        if let exporter = traces.exporter { services.append(exporter) }
        if let alerts { services.append(AlertService(watch: alerts.watch)) }
        if let address = configuration.metricsAddress {
            services.append(MetricsServer(address: address, metrics: exporter, logger: logger))
        }
        if let recorder { services.append(RecorderService(recorder: recorder)) }
        if let interval = try Watchdog.requestedInterval() {
            let watchdog = Watchdog(interval: interval, limit: interval, progress: progress, logger: logger)
            services.append(WatchdogService(watchdog: watchdog))
        }
        return services
    }

    private func publicCertificates(of gateway: GatewayController) -> [any Service] {
        guard let settings = configuration.acme else { return [] }
        let desk = ACMEParts(
            gateway: gateway,
            secrets: store,
            directory: settings.directory,
            records: configuration.acmeHook.map { DNSHook(program: $0) }
        )
        return [ACMEKeeper(settings, desk: desk, uptime: clocks.uptime, logger: logger)]
    }

    private func publishedNames(of gateway: GatewayController) -> [any Service] {
        guard configuration.publishesNames else { return [] }
        let bus = BusAddress(environment: ProcessInfo.processInfo.environment)
        return [NameService(gateway: gateway, bus: bus, logger: logger)]
    }

    private func server() -> APIServer {
        let (supervisor, notifier, logger) = (supervisor, notifier, logger)
        return APIServer(
            APIServerConfiguration(
                socketPath: configuration.socket,
                socketGroup: configuration.socketGroup,
                gatewaySocketPath: configuration.gateway?.apiSocket,
                gatewaySocketGroup: configuration.gateway?.account
            ),
            control: supervisor,
            version: VersionInformation(version: HomieRelease.version),
            parse: { try ComposeProject.validate(document: $0).definition() },
            readiness: {
                if let reason = await supervisor.unreadiness { return .notReady(reason) }
                return .ready
            },
            routes: gateway,
            routeControl: supervisor,
            updates: supervisor,
            metrics: exporter,
            measurements: recorder,
            alerts: alerts?.watch,
            hooks: alerts?.desk,
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
    }
}
