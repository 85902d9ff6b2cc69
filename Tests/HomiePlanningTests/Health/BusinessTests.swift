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
        #expect(rate.measure == .rate)
        #expect(rate.window == .seconds(300))
        #expect(rate.path == "/metrics")
        let value = try check("queue{name=\"a,b\"} <= 10")
        #expect(value.labels == ["name": "a,b"])
        #expect(value.comparison == .atMost)
        for wrong in ["", "orders_total", "a rate > 0", "a rate 5x > 0", "a ~ 1", "9a > 1", "a > b", "a rate 1s > 0"] {
            #expect(throws: HealthRuleError.self) { try check(wrong) }
        }
        #expect(throws: HealthRuleError.self) { try BusinessCheck.read(homie: ["business": ["a > 1"]], ports: []) }
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
            #expect(history.failure(check) == nil)
        }
        history.note(5, at: .seconds(60), check)
        #expect(history.failure(check) == "'orders_total rate 1m > 0' does not hold: it is 0.0")
        history.note(1, at: .seconds(75), check)
        #expect(history.failure(check) == nil)
    }
}
