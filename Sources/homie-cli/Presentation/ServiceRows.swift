internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// A line of `homie ps`: a container, or a service without one.
struct ServiceRow: Sendable {
    let service: ServiceStatus
    let container: ContainerStatus?

    static func rows(_ services: [ServiceStatus]) -> [ServiceRow] {
        services.flatMap { service in
            service.containers.isEmpty
                ? [ServiceRow(service: service, container: nil)]
                : service.containers.sorted { $0.index < $1.index }.map { ServiceRow(service: service, container: $0) }
        }
    }

    var state: Cell {
        // With one container the service's own phase says more: what it waits for, that it has given up.
        guard let container, service.containers.count > 1 else { return Cell(service.phaseText, service.phase.style) }
        return Cell(container.stateText, container.style)
    }
}

extension Listings {
    static func services(_ services: [ServiceStatus], now: Timestamp) -> Listing<ServicesAnswer> {
        Listing(
            ServicesAnswer(services: services),
            rows: ServiceRow.rows(services),
            columns: [
                Column("STACK") { Cell($0.service.stack.text) },
                Column("SERVICE") { Cell($0.service.service.text, .strong) },
                Column("STATE") { $0.state },
                Column("STARTED") { row in
                    let isUp = row.container?.state == .running || row.container?.state == .paused
                    return Cell((isUp ? row.container?.startedAt : nil).map { TimeText.relative($0, now: now) } ?? "")
                },
                Column("CONTAINER") { Cell($0.container?.name ?? "") },
                Column("IMAGE") { Cell($0.service.image ?? "") },
                Column("BECAUSE") { Cell($0.service.reason ?? "") },
            ],
            nothing: "There are no services; 'homie up' deploys a stack.",
            identity: { $0.container?.id }
        )
    }
}
