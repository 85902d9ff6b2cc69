import HomieBus
import HomieGateway
import HomieModel
import Logging
import ServiceLifecycle

/// Publishes the names of services through Avahi, where it runs.
struct NameService: Service {
    let gateway: GatewayController
    let bus: BusAddress
    let logger: Logger

    func run() async throws {
        let announcer = NameAnnouncer(bus: bus) { [gateway, logger] report in
            for name in report.names where name.state == .taken || name.state == .failed {
                let reason = name.problem ?? ""
                logger.warning("a name is not published", metadata: ["name": "\(name.name)", "reason": "\(reason)"])
            }
            await gateway.take(report)
        }
        await cancelWhenGracefulShutdown { await announcer.run(names: gateway.localNames()) }
    }
}
