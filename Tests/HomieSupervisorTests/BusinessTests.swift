import HomieModel
import HomiePlanning
import HomieSupervisor
import HomieTestSupport
import Synchronization
import Testing

/// Services that run, and are judged by their figures.
@Suite struct BusinessTests {
    /// Shows one page, whatever is asked for.
    private final class Page: HealthProber {
        let text = Mutex<String?>(nil)

        func probe(_ kind: ProbeKind, at address: String, timeout: TimeSpan) async -> ProbeOutcome {
            ProbeOutcome(isPassed: true, latency: .seconds(0), detail: "answered")
        }

        func page(port: UInt16, path: String, at address: String, timeout: TimeSpan) async -> String? {
            text.withLock { $0 }
        }
    }

    private func deployed(_ check: JSONValue, _ page: Page, _ past: Past) async throws -> Bench {
        let bench = try await Bench(prober: page, figures: .milliseconds(10))
        await bench.supervisor.attach(measurements: past)
        await bench.engine.addImage("web")
        let definition = try stack(
            "shop",
            [
                "web": service("web") {
                    $0.networkMode = .plain("host")
                    $0.exposedPorts = ["9090"]
                    $0.homie = ["business": [check]]
                }
            ]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        return bench
    }

    private func issue(_ bench: Bench, isOpen: Bool) async throws -> DeviceIssue? {
        try await eventually("the issue is \(isOpen ? "open" : "closed")") {
            let found = await bench.supervisor.issues().first { $0.id == "business:shop:web" }
            return (found != nil) == isOpen ? .some(found) : nil
        }
    }

    @Test func `a service that runs, and shows figures that will not do, is an issue until they do`() async throws {
        let page = Page()
        let bench = try await deployed("queue < 10", page, Past())
        let missing = try #require(try await issue(bench, isOpen: true))
        #expect(missing.summary.contains("its metric 'queue' cannot be read at port 9090/metrics"))
        page.text.withLock { $0 = "queue 3\n" }
        #expect(try await issue(bench, isOpen: false) == nil)
        page.text.withLock { $0 = "queue 30\n" }
        let full = try #require(try await issue(bench, isOpen: true))
        #expect(full.summary == "'web' runs, but 'queue < 10' does not hold: it is 30.0")
        let figures = await bench.supervisor.figures()
        #expect(figures.map(\.series) == [#"queue{stack="shop",service="web"}"#])
        #expect(figures.map(\.kind) == [.gauge])
    }

    @Test func `a bounded number of figures goes into the history`() async throws {
        let page = Page()
        page.text.withLock { $0 = (0..<200).map { "figure_\($0) 1\n" }.joined() }
        // A figure is let go after four looks: all of a look must fit into them, however slow the machine is.
        let bench = try await Bench(prober: page, figures: .milliseconds(300))
        await bench.engine.addImage("web")
        var services: [String: ServiceDefinition] = [:]
        for index in 0..<8 {
            let checks = (0..<25).map { JSONValue.string("figure_\($0) < 10") }
            services["web\(index)"] = service("web") {
                $0.networkMode = .plain("host")
                $0.exposedPorts = ["9090"]
                $0.homie = ["business": .array(checks)]
            }
        }
        #expect(try await bench.up(try stack("shop", services)).state == .succeeded)
        try await eventually("as many are kept as may be") {
            await bench.supervisor.figures().count == Supervisor.mostFigures ? true : nil
        }
    }

    @Test func `until its window is full, a rate is judged by the measured past`() async throws {
        let page = Page()
        page.text.withLock { $0 = "orders_total 3\n" }
        let past = Past()
        let bench = try await deployed("orders_total rate 5m > 0", page, past)
        let found = try #require(try await issue(bench, isOpen: true))
        #expect(found.summary.contains("it is 0.0"))
        #expect(past.questions.withLock { $0 } == [#"orders_total{stack="shop",service="web"} rate 300"#])
        past.value.withLock { $0 = 0.5 }
        #expect(try await issue(bench, isOpen: false) == nil)
    }

    @Test func `a question to the history is about the service itself first`() async throws {
        let past = Past()
        let check: JSONValue = ["history": "container_network_transmit_bytes increase 1d > 1000"]
        let bench = try await deployed(check, Page(), past)
        #expect(try await issue(bench, isOpen: true) != nil)
        #expect(
            past.questions.withLock { $0 }
                == [#"container_network_transmit_bytes{stack="shop",service="web"} sum 86400"#]
        )
        past.value.withLock { $0 = 5000 }
        #expect(try await issue(bench, isOpen: false) == nil)
    }
}
