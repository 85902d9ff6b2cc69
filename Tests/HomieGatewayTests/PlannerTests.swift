import HomieModel
import Testing

@testable import HomieGateway

@Suite struct PlannerTests {
    let settings: GatewaySettings

    init() throws { settings = try Sample.settings() }

    /// A process that runs exactly what a load of `table` gives it.
    private func loaded(_ table: RouteTable) -> (running: RunningGateway, memory: GatewayMemory) {
        let wanted = WantedGateway(table, settings: settings)
        var simulated = SimulatedGateway()
        simulated.load(wanted, plan(table, nil, nil))
        return (simulated.running, GatewayMemory(layout: wanted.layout, backends: wanted.ownBackends))
    }

    private func plan(
        _ table: RouteTable,
        _ running: RunningGateway?,
        _ memory: GatewayMemory?,
        drainingSince: [String: TimeSpan] = [:],
        now: TimeSpan = .seconds(0)
    ) -> GatewayPlan {
        let wanted = WantedGateway(table, settings: settings)
        return GatewayPlanner(wanted: wanted, running: running, memory: memory, drainingSince: drainingSince, now: now)
            .plan()
    }

    @Test("nothing that runs, a stranger, or lost notes mean a load")
    func loads() throws {
        let table = try Sample.fullTable()
        let (running, memory) = loaded(table)
        #expect(plan(table, nil, memory).action == .load)
        #expect(plan(table, running, nil).action == .load)
        var stranger = running
        stranger.identity = ""
        #expect(plan(table, stranger, memory).action == .load)
        #expect(plan(table, running, memory).action == .nothing)
        #expect(plan(table, running, memory).isSettled)
    }

    @Test("the server that leads to homied itself is no route's, and left alone")
    func ownServer() throws {
        let table = try Sample.fullTable()
        var (running, memory) = loaded(table)
        let server = try #require(running.servers.values.first?.first)
        running.servers["homie-api"] = [server]
        #expect(plan(table, running, memory).action == .nothing)
    }

    @Test("a new replica serves before it is counted on, and its weight goes with it")
    func newReplica() throws {
        let (one, three) = (Sample.endpoint("one"), Sample.endpoint("three", "172.20.0.8"))
        let before = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: [one, three])])
        let (running, memory) = loaded(before)
        let two = Sample.endpoint("two", "172.20.0.9")
        let paths = try Sample.settings().paths
        let after = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: [one, three, two])])
        guard case .steer(let commands) = plan(after, running, memory).action else {
            Issue.record("a new replica needs no load")
            return
        }
        #expect(
            commands == [
                .addServer(
                    backend: "shop:web:1",
                    ServerLine(two, of: GatewayRoute(port: 80), paths: paths)
                ),
                .enableHealth(backend: "shop:web:1", server: "two"),
                .setState(backend: "shop:web:1", server: "two", .ready),
            ]
        )
    }

    @Test func `a version's share and the values it is picked by change at run time, a new name to look at does not`()
        throws
    {
        func table(_ change: (inout RouteVersion) -> Void) throws -> RouteTable {
            var version = RouteVersion(name: "v2", path: .root)
            change(&version)
            let base = try Sample.planned("shop", "web") { route in
                route.path = try RoutePath(parsing: "/shop")
                route.versions = [version]
            }
            return RouteTable(routes: [base, try Sample.version("v2", "/", of: base)])
        }
        func keys(_ table: RouteTable) -> [String] {
            let wanted = WantedGateway(table, settings: settings)
            return GatewayPlanner.map(wanted, wanted.ownBackends).filter { $0.key.hasPrefix("=") }
                .map { "\($0.key) \($0.value)" }.sorted()
        }
        let mark = VersionMark(.header, name: "X-Version", value: "2")
        let before = try table { $0.marks = [mark] }
        // By its name the service sees the whole path, of which the version's begins behind the route's.
        #expect(
            keys(before) == [
                "=shop:web:1/0/h/x-version/2/ 1|-|shop:web:1:v2", "=shop:web:1/1/h/x-version/2/ 1|-|shop:web:1:v2",
            ]
        )
        #expect(keys(try table { $0.weight = 3 }).count == 6)
        #expect(keys(try table { _ in }) == [])
        let (running, memory) = loaded(before)
        func isSteered(_ table: RouteTable) -> Bool {
            if case .steer = plan(table, running, memory).action { true } else { false }
        }
        #expect(isSteered(try table { $0.weight = 20 }))
        #expect(isSteered(try table { $0.marks = [VersionMark(.header, name: "x-version", value: "next")] }))
        #expect(isSteered(try table { _ in }))
        #expect(
            plan(try table { $0.marks = [VersionMark(.cookie, name: "beta", value: "1")] }, running, memory).action
                == .load
        )
        let (plain, notes) = loaded(try table { _ in })
        #expect(plan(before, plain, notes).action == .load)
    }

    @Test func `a request is kept for another replica while there is one`() throws {
        let one = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: [Sample.endpoint("one")])])
        let endpoints = [Sample.endpoint("one"), Sample.endpoint("two", "172.20.0.9")]
        let both = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: endpoints)])
        let map = try Sample.settings().paths.map
        func entry(_ value: String, from before: RouteTable, to after: RouteTable) -> Int? {
            let (running, memory) = loaded(before)
            guard case .steer(let commands) = plan(after, running, memory).action else { return nil }
            let set = RuntimeCommand.setEntry(map: map, key: "web.homie.local/", value: "0|\(value)|shop:web:1")
            return commands.firstIndex(of: set)
        }
        // The last of four names: three commands brought the new one before them, and the old one leaves after them.
        #expect(entry("r", from: one, to: both) == 6)
        #expect(entry("-", from: both, to: one) == 3)
    }

    @Test("a replica that leaves is drained, then rested, then deleted; one that will not end is cut in the end")
    func leaving() throws {
        let before = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: [Sample.endpoint("one")])])
        var (running, memory) = loaded(before)
        let after = RouteTable(routes: [try Sample.planned("shop", "web")])
        let backend = "shop:web:1"
        func next(_ now: TimeSpan = .seconds(0)) -> GatewayPlan {
            plan(after, running, memory, drainingSince: ["\(backend)/one": .seconds(0)], now: now)
        }
        #expect(next().action == .steer([.setState(backend: backend, server: "one", .drain)]))
        running.servers[backend]?[0].isDraining = true
        running.servers[backend]?[0].usedConnections = 3
        #expect(next().action == .nothing)
        #expect(!next().isSettled)
        #expect(next(.seconds(3600)).action == .steer([.shutSessions(backend: backend, server: "one")]))
        running.servers[backend]?[0].usedConnections = 0
        #expect(next().action == .steer([.setState(backend: backend, server: "one", .maint)]))
        running.servers[backend]?[0].isInMaintenance = true
        running.servers[backend]?[0].idleConnections = 1
        #expect(next().action == .nothing)
        running.servers[backend]?[0].idleConnections = 0
        #expect(next().action == .steer([.deleteServer(backend: backend, server: "one")]))
        running.servers[backend] = []
        #expect(next().action == .nothing)
        #expect(next().isSettled)
    }

    @Test("a new plain service takes a spare backend without a load; one with rules of its own does not")
    func spares() throws {
        let (running, memory) = loaded(RouteTable())
        let table = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: [Sample.endpoint("one")])])
        let first = plan(table, running, memory)
        #expect(first.backends == ["shop/web": "spare:1"])
        guard case .steer(let commands) = first.action else {
            Issue.record("a plain service needs no load")
            return
        }
        #expect(commands.contains(.addEntry(map: settings.paths.map, key: "web.homie.local/", value: "0|-|spare:1")))
        let special = RouteTable(routes: [try Sample.planned("shop", "web") { $0.timeout = .seconds(9) }])
        #expect(plan(special, running, memory).action == .load)
        let three = RouteTable(routes: try ["a", "b", "c"].map { try Sample.planned("shop", $0) })
        #expect(plan(three, running, memory).action == .load)
    }

    @Test("a backend that still serves its former route's connections is given to nobody")
    func usedBackends() throws {
        var (running, memory) = loaded(RouteTable())
        running.servers["spare:1"] = [
            RunningServer(
                name: "old",
                address: "172.20.0.7",
                port: 80,
                weight: 100,
                isInMaintenance: false,
                isDraining: true,
                isUp: true,
                usedConnections: 1,
                idleConnections: 0
            )
        ]
        memory.backends = ["gone/web": "spare:1"]
        let table = RouteTable(routes: [try Sample.planned("shop", "web", endpoints: [Sample.endpoint("one")])])
        #expect(plan(table, running, memory).backends == ["shop/web": "spare:2"])
    }

    @Test("random changes of random tables end where they should, and never lead one name to another's replica")
    func convergence() throws {
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(seed))
            var simulated = SimulatedGateway()
            var memory: GatewayMemory?
            for _ in 0..<12 {
                let table = try RandomTable.make(&random)
                let wanted = WantedGateway(table, settings: settings)
                var rounds = 0
                while true {
                    let running = simulated.isRunning ? simulated.running : nil
                    let plan = plan(table, running, memory)
                    simulated.take(wanted, plan)
                    memory = GatewayMemory(layout: plan.layout, backends: plan.backends)
                    #expect(simulated.misled(wanted).isEmpty, "seed \(seed)")
                    simulated.endConnections(&random)
                    if plan.isSettled, plan.action == .nothing { break }
                    rounds += 1
                    guard rounds < 100 else {
                        Issue.record("seed \(seed) does not settle: \(plan.action)")
                        return
                    }
                }
                #expect(simulated.entries == RouteMap.text(GatewayPlanner.map(wanted, memory?.backends ?? [:])))
                #expect(
                    simulated.served
                        == wanted.services.flatMap { service in
                            service.servers.map { "\(service.key) \($0.name) \($0.address) \($0.effectiveWeight)" }
                        }.sorted().map { $0 },
                    "seed \(seed)"
                )
                if random.chance(5) { simulated = SimulatedGateway() }
            }
        }
    }
}
