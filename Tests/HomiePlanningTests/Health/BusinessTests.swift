import HomieModel
import HomiePlanning
import Testing

@Suite struct BusinessTests {
    private func check(_ text: String) throws -> BusinessCheck {
        let all = try BusinessCheck.read(homie: ["business": [.string(text)]], ports: [9090])
        return try #require(all.first)
    }

    @Test func `checks are read as they are written`() throws {
        let rate = try check("orders_total rate 5m > 0")
        #expect(rate.metric == "orders_total")
        #expect(rate.measure == .over(.rate))
        #expect(rate.window == .seconds(300))
        #expect(rate.source == .page(port: 9090, path: "/metrics"))
        #expect(try check("orders_total increase 1h >= 3").measure == .over(.sum))
        #expect(try check("latency p95 5m < 0.5").measure == .over(.quantile(0.95)))
        let value = try check("queue{name=\"a,b\"} <= 10")
        #expect(value.labels == ["name": "a,b"])
        #expect(value.comparison == .atMost)
        for wrong in ["", "orders_total", "a rate > 0", "a rate 5x > 0", "a ~ 1", "9a > 1", "a > b", "a rate 1s > 0"] {
            #expect(throws: HealthRuleError.self) { try check(wrong) }
        }
        #expect(throws: HealthRuleError.self) { try BusinessCheck.read(homie: ["business": ["a > 1"]], ports: []) }
    }

    @Test func `questions to the history are read, and stand alone`() throws {
        func read(_ entry: JSONValue) throws -> BusinessCheck? {
            try BusinessCheck.read(homie: ["business": [entry]], ports: []).first
        }
        let past = try #require(try read(["history": "container_network_transmit_bytes increase 30d > 1"]))
        #expect(past.source == .history)
        #expect(past.window == .seconds(30 * 86_400))
        let own = past.series(stack: try StackName(parsing: "shop"), service: try ServiceName(parsing: "web"))
        #expect(own.description == #"container_network_transmit_bytes{stack="shop",service="web"}"#)
        #expect(past.writtenSeries.description == "container_network_transmit_bytes")
        #expect(throws: HealthRuleError.self) { try read(["history": "a > 1", "port": 80]) }
        #expect(throws: HealthRuleError.self) { try read(["history": "a rate 500d > 1"]) }
        #expect(throws: HealthRuleError.self) { try check("a rate 2d > 1") }
    }

    @Test(arguments: [("mean", 4.4), ("min", 1), ("max", 9), ("p50", 2), ("increase", 3), ("rate", 0.05)])
    func `every function is worked out over the window`(name: String, expected: Double) throws {
        let check = try check("figure \(name) 1m > 0")
        var history = BusinessHistory()
        // The first is older than the window; the counter begins anew after 9.
        for (second, value) in [(0.0, 100.0), (15, 8), (30, 9), (45, 1), (60, 2), (75, 2)] {
            history.note(value, at: .seconds(second), check)
        }
        #expect(abs(try #require(history.value(check)) - expected) < 1e-9)
    }

    @Test func `samples with the labels are added up, others left out`() {
        let text = """
            # HELP orders_total Orders.
            # TYPE orders_total counter
            orders_total{shop="a",note="x } \\" y"} 3
            orders_total{shop="b"} 4 1790000000000
            orders_total_created{shop="a"} 99
            up 1
            """
        #expect(MetricText.sum(of: "orders_total", labels: [:], in: text) == 7)
        #expect(MetricText.sum(of: "orders_total", labels: ["shop": "b"], in: text) == 4)
        #expect(MetricText.sum(of: "orders_total", labels: ["shop": "c"], in: text) == nil)
        #expect(MetricText.sum(of: "up", labels: [:], in: text) == 1)
    }

    @Test func `a rate is judged when its window is full, and survives a counter that begins anew`() throws {
        let check = try check("orders_total rate 1m > 0")
        var history = BusinessHistory()
        for second in [0, 15, 30, 45] {
            history.note(5, at: .seconds(Double(second)), check)
            #expect(history.value(check) == nil)
        }
        history.note(5, at: .seconds(60), check)
        let still = try #require(history.value(check))
        #expect(check.failure(at: still) == "'orders_total rate 1m > 0' does not hold: it is 0.0")
        history.note(1, at: .seconds(75), check)
        #expect(check.failure(at: try #require(history.value(check))) == nil)
    }
}
