import HomieModel
import HomiePlanning
import Testing

/// Issues of the device and its services, told by the standard rule.
@Suite struct IssueAlertTests {
    private typealias Watch = AlertPlannerTests.Watch

    private func issue(_ id: String, _ service: String? = nil, at second: Double = 0) throws -> DeviceIssue {
        DeviceIssue(
            id: id,
            check: "any",
            severity: .error,
            summary: "\(id) is wrong",
            stack: try service.map { _ in try StackName(parsing: "shop") },
            service: try service.map { try ServiceName(parsing: $0) },
            since: AlertPlannerTests.time(second)
        )
    }

    private func watch() -> Watch { Watch(planner: AlertPlanner(rules: AlertRule.standard)) }

    @Test func `each issue is an alert of its own, and only the one that closes is told to be over`() throws {
        var watch = watch()
        let (dns, disk) = (try issue("dns"), try issue("disk-space:root"))
        watch.look(AlertFacts(issues: [dns]), from: 0, to: 50)
        watch.look(AlertFacts(issues: [dns, disk]), from: 60, to: 100)
        watch.look(AlertFacts(issues: [disk]), from: 110, to: 1000)
        #expect(
            watch.lines == [
                "30 firing: issue dns firing", "90 firing: issue disk-space:root firing",
                "400 resolved: issue dns resolved",
            ]
        )
        #expect(watch.book.alerts.keys.sorted() == ["issue disk-space:root"])
    }

    @Test func `an issue that stays open for weeks is never told to be over`() throws {
        var watch = watch()
        let facts = AlertFacts(issues: [try issue("dns")])
        for hour in 0..<(24 * 21) { watch.look(facts, at: Double(hour) * 3600) }
        #expect(watch.told.count > 10)
        #expect(watch.told.allSatisfy { !$0.isResolved })
    }

    @Test func `issues of a service are told with its name, several of them apart`() throws {
        var watch = watch()
        let open = [try issue("business:shop:web", "web"), try issue("certificate:shop:web", "web")]
        watch.look(AlertFacts(issues: open), from: 0, to: 30)
        #expect(
            watch.lines == [
                "30 firing: issue shop/web business:shop:web firing, issue shop/web certificate:shop:web firing"
            ]
        )
        #expect(watch.told.first?.group == "shop/web")
        #expect(watch.told.first?.alerts.first?.summary == "business:shop:web is wrong")
    }

    @Test func `while nobody knows of issues they are as they were, and what comes back after a start was never over`()
        throws
    {
        var watch = watch()
        let facts = AlertFacts(issues: [try issue("certificate:shop:web", "web")])
        watch.look(facts, from: 0, to: 100)
        watch.book = AlertBook(alerts: Array(watch.book.alerts.values), groups: Array(watch.book.groups.values))
        watch.book.noteStart(now: AlertPlannerTests.time(3000))
        watch.look(AlertFacts(issues: nil), at: 3000)
        // What the check saw before the start it has yet to see again.
        watch.look(AlertFacts(issues: []), from: 3010, to: 3100)
        watch.look(facts, from: 3110, to: 4000)
        #expect(watch.lines.count == 1)
        watch.look(AlertFacts(issues: []), from: 4010, to: 5000)
        #expect(watch.told.last?.isResolved == true)
    }

    @Test func `the event of an issue makes no second alert beside it`() throws {
        var watch = watch()
        let opened = EventRecord(id: 3, at: AlertPlannerTests.time(0), kind: "issue.opened", message: "dns is wrong")
        watch.look(AlertFacts(events: [opened], issues: [try issue("dns")]), at: 0)
        #expect(watch.book.alerts.keys.sorted() == ["issue dns"])
    }

    @Test func `a rule of one's own for one service hears of its issues alone`() throws {
        let rule = AlertRule(
            name: try AlertPlannerTests.name("web"),
            condition: .event(.init(kinds: ["issue.*"], service: try ServiceName(parsing: "web")))
        )
        var watch = Watch(planner: AlertPlanner(rules: [rule]))
        let open = [try issue("dns"), try issue("business:shop:web", "web"), try issue("business:shop:api", "api")]
        watch.look(AlertFacts(issues: open), at: 0)
        #expect(watch.book.alerts.keys.sorted() == ["web shop/web business:shop:web"])
    }
}
