public import HomieModel
public import HomieSupervisor

extension GatewayController: RouteInspection {
    public func routes() -> [RouteStatus] {
        (table?.routes ?? []).map(status)
    }

    func status(of planned: PlannedRoute) -> RouteStatus {
        let isOutside = planned.key.name != nil && planned.key.service == nil
        return RouteStatus(
            planned.key,
            address: isOutside ? planned.endpoints.first.map { Self.address(of: $0, planned.route.scheme) } : nil,
            urls: addressing().urls(of: planned),
            port: planned.route.port,
            access: planned.route.access,
            replicas: planned.endpoints.map { replica($0, of: planned) },
            published: published(planned),
            problem: table?.problems.first { $0.concerns(planned.key) }?.message
                ?? (isOutside ? unresolved[planned.endpoints.first?.address ?? ""] : nil)
        )
    }

    private static func address(of endpoint: RouteEndpoint, _ scheme: GatewayRoute.Scheme) -> String {
        let host = endpoint.address.contains(":") ? "[\(endpoint.address)]" : endpoint.address
        return "\(scheme.rawValue)://\(host):\(endpoint.port)"
    }

    private func replica(_ endpoint: RouteEndpoint, of planned: PlannedRoute) -> RouteStatus.Replica {
        let backend = backends[planned.key.description]
        let server = backend.flatMap { running?.servers[$0] }?.first { $0.name == endpoint.name }
        let state: RouteStatus.Replica.State =
            switch server {
            case nil: .pending
            case _ where endpoint.isDraining: .draining
            case let server? where server.isInMaintenance: .pending
            case let server? where server.isDraining: .draining
            case let server?: server.isUp ? .serving : .down
            }
        return RouteStatus.Replica(
            container: endpoint.name,
            address: endpoint.address,
            port: endpoint.port,
            weight: endpoint.weight,
            state: state,
            connections: server?.usedConnections ?? 0
        )
    }

    public func addressing() -> RouteAddressing {
        RouteAddressing(
            domain: settings.domain,
            https: settings.https.first?.port,
            paths: settings.https.isEmpty ? nil : settings.pathForms.first?.port,
            http: settings.http.first?.port,
            publishesNames: nameReport.map { $0.absence == nil } ?? false
        )
    }

    public func findings() -> [Finding] {
        var findings: [Finding] = []
        if let failure {
            findings.append(
                Finding(
                    check: "gateway",
                    level: .error,
                    message: "\(failure.summary); services run, but are not reached by name",
                    remedy: failure.hint
                )
            )
        } else if let running {
            findings.append(
                Finding(
                    check: "gateway",
                    level: .ok,
                    message: "HAProxy \(running.version) serves \(table?.routes.count ?? 0) routes"
                )
            )
        } else {
            findings.append(
                Finding(check: "gateway", level: .warning, message: "the gateway waits for the container engine")
            )
        }
        if let expiry { findings.append(expiry.finding(now: clocks.wall())) }
        findings += certificateFindings + nameFindings
        for problem in table?.problems ?? [] {
            findings.append(
                Finding(check: "route", level: .warning, message: problem.message, remedy: problem.hint)
            )
        }
        return findings
    }
}
