import HomieModel
import HomieSupervisor
import HomieTestSupport
import Synchronization
import Testing

/// Updates without a gateway.
@Suite struct UpdateTests {
    /// Every check passes.
    private final class Prober: HealthProber {
        func probe(_ kind: ProbeKind, at address: String, timeout: TimeSpan) async -> ProbeOutcome {
            ProbeOutcome(isPassed: true, latency: .seconds(0), detail: "answered 200")
        }

        func page(port: UInt16, path: String, at address: String, timeout: TimeSpan) async -> String? { nil }
    }

    /// The packet filter, in memory: it outlives every daemon.
    private final class Filter: PortRelaying, SocketObservation {
        let relays = Mutex<[PortRelay]>([])
        let changes = Mutex<[[PortRelay]]>([])
        let why: Mutex<String?>
        let refuses = Mutex(false)
        /// What has connections to the engine's proxy.
        let callers = Mutex<[PortKey: Int]>([:])
        let looks = Mutex(0)

        init(obstacle: String? = nil) { why = Mutex(obstacle) }

        struct Refusal: UserFacingError {
            var summary: String { "the rules are refused" }
            var kind: ErrorKind { .failed }
        }

        func obstacle() async -> String? { why.withLock { $0 } }
        func present() async throws -> [RelayMark: Bool] {
            Dictionary(uniqueKeysWithValues: relays.withLock { $0 }.map { ($0.mark, true) })
        }
        func set(_ new: [PortRelay]) async throws {
            if refuses.withLock({ $0 }), !new.isEmpty { throw Refusal() }
            relays.withLock { $0 = new }
            changes.withLock { $0.append(new) }
        }

        func sockets(ofNetworkOf process: Int) -> PortUse? {
            PortUse(listening: [PortKey(port: 80, transport: "tcp")])
        }

        func connectionsOfHost() -> [PortKey: Int] {
            looks.withLock { $0 += 1 }
            return callers.withLock { $0 }
        }
    }

    private func published(_ image: String, _ change: (inout ServiceDefinition) -> Void = { _ in }) throws
        -> StackDefinition
    {
        try stack(
            "shop",
            [
                "web": service(image) {
                    $0.ports = [PortMapping(target: 80, published: "8080")]
                    $0.containerName = "front"
                    $0.restart = .always
                    $0.homie = ["update": ["monitor": "1ms", "drain": "300ms"]]
                    change(&$0)
                }
            ]
        )
    }

    private func bench(_ filter: Filter, _ bench: Bench? = nil) async throws -> Bench {
        // Known before the first look.
        let bench = try await Bench(
            engine: bench?.engine ?? SimulatedEngine(),
            store: bench?.store ?? MemoryStateStore(),
            relaying: filter
        )
        for image in ["one", "two"] { await bench.engine.addImage(image, .init(healthyAfter: .milliseconds(50))) }
        // What nobody checks has proved good after some seconds only.
        await bench.engine.addImage("plain")
        await bench.engine.addImage("bad", .init(ends: (.milliseconds(50), 1)))
        return bench
    }

    private func expectHome(_ bench: Bench, _ filter: Filter, _ image: String) async throws {
        try await eventually("one container runs, with its own name") {
            let running = await bench.engine.all().filter { $0.state == .running }
            return running.map { $0.name } == ["front"] && running.first?.imageID == "sha256:\(image)" ? true : nil
        }
        let running = await bench.engine.all().first { $0.state == .running }
        #expect(running?.bindings?.first?.hostPort == 8080)
        #expect(filter.relays.withLock { $0 } == [])
    }

    @Test func `a published port is led to a stand-in and comes home`() async throws {
        let filter = Filter()
        let bench = try await bench(filter)
        #expect(try await bench.up(published("one")).state == .succeeded)
        #expect(try await bench.up(published("two")).state == .succeeded)
        try await expectHome(bench, filter, "two")
        let led = filter.changes.withLock { $0 }.filter { !$0.isEmpty }
        #expect(led.count == 1 && led.first?.first?.ports.first?.published == 8080)
        #expect(led.first?.first?.ports.first?.standIn ?? 0 >= 40_000)
        let kinds = try await bench.kinds(stackName("shop"))
        #expect(kinds.contains("ports.relayed") && kinds.contains("ports.home"))
        await bench.kill()
    }

    @Test func `a daemon that is killed while a stand-in answers goes on from there`() async throws {
        let filter = Filter()
        var bench = try await bench(filter)
        #expect(try await bench.up(published("one")).state == .succeeded)
        let begun = try await bench.supervisor.apply(published("two"), options: ApplyOptions())
        try await eventually("a stand-in answers") { filter.relays.withLock { $0 }.isEmpty ? nil : true }
        await bench.kill()
        bench = try await self.bench(filter, bench)
        #expect(try await bench.settle(begun).state == .succeeded)
        try await expectHome(bench, filter, "two")
        await bench.kill()
    }

    /// An update with callers that come by way of the engine's proxy.
    private func updateWithCallers(_ bench: Bench, _ filter: Filter, drain: JSONValue) async throws
        -> DeploymentRecord
    {
        filter.callers.withLock { $0 = [PortKey(port: 8080, transport: "tcp"): 2] }
        let definition = try published("two") { $0.homie = ["update": ["monitor": "1ms", "drain": drain]] }
        let begun = try await bench.supervisor.apply(definition, options: ApplyOptions())
        try await eventually("a stand-in answers") { filter.relays.withLock { $0 }.isEmpty ? nil : true }
        return begun
    }

    @Test func `what comes by way of the engine's proxy is waited for`() async throws {
        let filter = Filter()
        let bench = try await bench(filter)
        #expect(try await bench.up(published("one")).state == .succeeded)
        let begun = try await updateWithCallers(bench, filter, drain: "5m")
        let looks = filter.looks.withLock { $0 }
        try await eventually("the ports were looked at some times more") {
            filter.looks.withLock { $0 } > looks + 4 ? true : nil
        }
        #expect(await bench.engine.find("front")?.state == .running)
        filter.callers.withLock { $0 = [:] }
        #expect(try await bench.settle(begun).state == .succeeded)
        try await expectHome(bench, filter, "two")
        #expect(try await !bench.kinds(stackName("shop")).contains("connections.cut"))
        await bench.kill()
    }

    @Test func `what does not end in time ends with the old version, and people are told`() async throws {
        let filter = Filter()
        let bench = try await bench(filter)
        #expect(try await bench.up(published("one")).state == .succeeded)
        let begun = try await updateWithCallers(bench, filter, drain: "1s")
        #expect(try await bench.settle(begun).state == .succeeded)
        let events = try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
        let words = events.filter { $0.kind == "connections.cut" }.map(\.message)
        #expect(words == ["2 connections to the old version of 'web' did not end within 1 second, and end with it"])
        try await expectHome(bench, filter, "two")
        await bench.kill()
    }

    @Test func `rules that are refused end the update, and the old version goes on`() async throws {
        let filter = Filter()
        let bench = try await bench(filter)
        #expect(try await bench.up(published("one")).state == .succeeded)
        filter.refuses.withLock { $0 = true }
        let end = try await bench.settle(try await bench.supervisor.apply(published("two"), options: ApplyOptions()))
        #expect(end.state == .failed && end.cause?.contains("the rules are refused") == true, "\(end.cause ?? "")")
        try await expectHome(bench, filter, "one")
        await bench.kill()
    }

    @Test func `where connections cannot be led elsewhere the plan says why`() async throws {
        let filter = Filter(obstacle: "iptables is not installed")
        let bench = try await bench(filter)
        #expect(try await bench.up(published("one")).state == .succeeded)
        let plan = try await bench.supervisor.plan(published("two"), options: ApplyOptions())
        let why = "the host's port 8080 has one owner at a time, and iptables is not installed"
        #expect(plan.contains { $0.reason.contains(why) }, "\(plan)")
        #expect(try await bench.up(published("two")).state == .succeeded)
        try await expectHome(bench, filter, "two")
        #expect(filter.changes.withLock { $0 } == [])
        await bench.kill()
    }

    @Test func `rules of an earlier process go, although connections cannot be led elsewhere just now`() async throws {
        let filter = Filter(obstacle: "iptables does not answer")
        let mark = RelayMark(
            stack: stackName("shop"),
            service: try ServiceName(parsing: "web"),
            index: 1,
            container: "gone"
        )
        filter.relays.withLock { $0 = [PortRelay(mark: mark, ports: [])] }
        let bench = try await bench(filter)
        try await eventually("nothing is led there any more") { filter.relays.withLock { $0.isEmpty } ? true : nil }
        await bench.kill()
    }

    @Test func `another apply in the middle of an update leaves the stand-in its connections`() async throws {
        let filter = Filter()
        let bench = try await bench(filter)
        #expect(try await bench.up(published("one")).state == .succeeded)
        filter.callers.withLock { $0 = [PortKey(port: 8080, transport: "tcp"): 2] }
        let first = try published("two") { $0.homie = ["update": ["monitor": "1ms", "drain": "5m"]] }
        _ = try await bench.supervisor.apply(first, options: ApplyOptions())
        try await eventually("a stand-in answers") { filter.relays.withLock { $0 }.isEmpty ? nil : true }
        let standIn = filter.relays.withLock { $0.first?.mark.container }
        let before = filter.changes.withLock { $0.count }
        let second = try published("two") {
            $0.environment = ["MORE": "1"]
            $0.homie = ["update": ["monitor": "1ms", "drain": "300ms"]]
        }
        let begun = try await bench.supervisor.apply(second, options: ApplyOptions())
        filter.callers.withLock { $0 = [:] }
        #expect(try await bench.settle(begun).state == .succeeded)
        // From one stand-in to the other, or home: never to nobody while the first one alone serves.
        let after = filter.changes.withLock { Array($0.dropFirst(before)) }
        #expect(after.first?.first?.mark.container != nil, "\(after) after \(standIn ?? "")")
        try await expectHome(bench, filter, "two")
        await bench.kill()
    }

    @Test func `an update that fails before anything proved good goes back to what served`() async throws {
        let bench = try await bench(Filter())
        func definition(_ image: String) throws -> StackDefinition {
            try published(image) { service in
                service.ports = []
                service.homie = ["update": ["strategy": "blue-green", "monitor": "1ms"]]
            }
        }
        #expect(try await bench.up(definition("plain")).state == .succeeded)
        let name = stackName("shop")
        #expect(try await bench.supervisor.stack(name).lastGoodRevision == nil)
        let end = try await bench.settle(try await bench.supervisor.apply(definition("bad"), options: ApplyOptions()))
        #expect(end.state == .failed)
        try await eventually("it has converged on what served") {
            let now = try await bench.supervisor.stack(name)
            return now.revision == 3 && now.isConverged ? true : nil
        }
        let running = await bench.engine.all().filter { $0.state == .running }
        #expect(running.map { $0.imageID } == ["sha256:plain"])
        await bench.kill()
    }

    @Test func `what Homie checks itself is checked before it serves`() async throws {
        let bench = try await Bench(prober: Prober())
        for image in ["one", "two"] { await bench.engine.addImage(image) }
        func definition(_ image: String) throws -> StackDefinition {
            try published(image) { service in
                service.ports = []
                service.exposedPorts = ["80"]
                service.homie = [
                    "update": ["strategy": "blue-green", "monitor": "1ms", "ready_within": "6s"],
                    "health": ["http": ["path": "/healthz", "port": 80]],
                ]
            }
        }
        #expect(try await bench.up(definition("one")).state == .succeeded)
        let end = try await bench.up(definition("two"))
        #expect(end.state == .succeeded, "\(end.cause ?? "")")
        await bench.kill()
    }
}
