public import HomieModel
public import HomieSupervisor

extension GatewayController: TrafficControl {
    public func reports() -> AsyncStream<GatewayReport> { feed.subscribe() }

    public func window(new: [String], old: [String], since: Timestamp) -> CanaryWindow? {
        guard isMeasuring else { return nil }
        func names(_ ids: [String]) -> [String] { ids.map { String($0.prefix(12)) } }
        return requests.window(new: names(new), old: names(old), since: since)
    }

    // MARK: trials

    /// True while replicas are on trial or finish what they have: then every look counts.
    var isInTransition: Bool {
        table?.routes.contains { $0.endpoints.contains { $0.isTrial || $0.isDraining } } ?? false
    }

    /// The table without the replicas on trial that have not answered yet: HAProxy would find them down, and notice late
    /// that they came up.
    func admitting(_ table: RouteTable) -> RouteTable {
        var table = table
        for index in table.routes.indices {
            let route = table.routes[index]
            table.routes[index].endpoints.removeAll { endpoint in
                endpoint.isTrial && !proven.contains(probe(of: endpoint, route))
            }
        }
        return table
    }

    private func probe(of endpoint: RouteEndpoint, _ route: PlannedRoute) -> ReplicaProbe {
        ReplicaProbe(
            container: endpoint.name,
            address: endpoint.address,
            port: endpoint.port,
            scheme: route.route.scheme,
            host: route.route.hosts.first.map(\.text).flatMap { $0.hasPrefix("*.") ? nil : $0 }
                ?? route.labels.first.map { "\($0).\(settings.domain)" } ?? settings.domain.text,
            healthPath: route.route.healthPath,
            webSocketPath: route.webSocketPath
        )
    }

    /// Has every replica on trial asked until it answers, and forgets those that are gone.
    func probeTrials() {
        var trials: Set<ReplicaProbe> = []
        for route in table?.routes ?? [] {
            for endpoint in route.endpoints where endpoint.isTrial { trials.insert(probe(of: endpoint, route)) }
        }
        proven.formIntersection(trials)
        for trial in trials.subtracting(proven) where probing.insert(trial).inserted {
            Task { await self.ask(trial) }
        }
    }

    private func ask(_ trial: ReplicaProbe) async {
        var pause = 10
        while isOnTrial(trial) {
            if await trial.passes() {
                proven.insert(trial)
                waker.yield()
                break
            }
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { break }
            pause = min(500, pause * 3 / 2)
        }
        probing.remove(trial)
    }

    private func isOnTrial(_ trial: ReplicaProbe) -> Bool {
        table?.routes.contains { route in
            route.endpoints.contains { $0.isTrial && probe(of: $0, route) == trial }
        } ?? false
    }

    // MARK: reports

    /// Tells who listens how the gateway stands.
    func report() {
        guard failure == nil, let running, !running.identity.isEmpty else {
            feed.publish(GatewayReport(isWorking: false))
            return
        }
        var report = GatewayReport(isWorking: true)
        for route in table?.routes ?? [] {
            let servers = backends[route.key.description].flatMap { running.servers[$0] } ?? []
            for endpoint in route.endpoints {
                let server = servers.first { $0.name == endpoint.name && $0.address == endpoint.address }
                let isIn = server.map { $0.isUp && !$0.isInMaintenance } ?? false
                let isProven = isIn && (!endpoint.isTrial || proven.contains(probe(of: endpoint, route)))
                let isOut = server.map { $0.weight == 0 || $0.isDraining || $0.isInMaintenance } ?? true
                var replica = ReplicaTraffic(
                    isProven: isProven,
                    isOut: isOut,
                    connections: server?.usedConnections ?? 0
                )
                // A service may have several routes: what holds for all of them holds.
                if let other = report.replicas[endpoint.name] {
                    replica.isProven = replica.isProven && other.isProven
                    replica.isOut = replica.isOut && other.isOut
                    replica.connections += other.connections
                }
                report.replicas[endpoint.name] = replica
            }
        }
        feed.publish(report)
    }

    // MARK: measuring

    private var isMeasuring: Bool { table?.routes.contains { $0.isMeasured } ?? false }

    func measureNowAndThen() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
            await measure()
        }
    }

    func measure() async {
        guard isMeasuring else {
            requests = RequestLog()
            return
        }
        let names = (table?.routes ?? []).filter(\.isMeasured).flatMap(\.endpoints).map(\.name)
        do throws(GatewayError) {
            let process = RuntimeAnswers.info(try await runtime.socket.run(.showInfo))["Pid"] ?? ""
            let text = try await runtime.socket.run(.showEvents(ring: RequestNotes.ringName))
            requests.take(text, process: process, at: clocks.wall())
            requests.keep(Set(names))
        } catch {
            // The next look finds out what is wrong, and says it.
            waker.yield()
        }
    }
}

/// The newest report and who reads it.
struct ReportFeed {
    private var newest: GatewayReport?
    private var readers: [Int: AsyncStream<GatewayReport>.Continuation] = [:]
    private var lastReader = 0

    mutating func subscribe() -> AsyncStream<GatewayReport> {
        let (stream, continuation) = AsyncStream<GatewayReport>.makeStream(bufferingPolicy: .bufferingNewest(1))
        lastReader += 1
        readers[lastReader] = continuation
        if let newest { continuation.yield(newest) }
        return stream
    }

    mutating func publish(_ report: GatewayReport) {
        guard report != newest else { return }
        newest = report
        for (id, reader) in readers {
            if case .terminated = reader.yield(report) { readers[id] = nil }
        }
    }
}
