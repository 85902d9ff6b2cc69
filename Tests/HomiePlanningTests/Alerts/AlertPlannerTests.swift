import HomieModel
import HomiePlanning
import Testing

@Suite("Alerts")
struct AlertPlannerTests {
    static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)  // 2026-01-01T00:00:00Z, a Thursday

    static func time(_ seconds: Double) -> Timestamp { start + .seconds(seconds) }
    static func name(_ text: String) throws -> AlertName { try AlertName(parsing: text) }
    static func subject(_ service: String) throws -> AlertSubject {
        AlertSubject(stack: try StackName(parsing: "shop"), service: try ServiceName(parsing: service))
    }

    static func service(_ name: String, _ phase: ServiceStatus.Phase, _ reason: String? = nil) throws
        -> AlertFacts.Service
    {
        .init(
            stack: try StackName(parsing: "shop"),
            service: try ServiceName(parsing: name),
            phase: phase,
            reason: reason
        )
    }

    static func unhealthy(holds: Double = 60, lingers: Double = 0) throws -> AlertRule {
        AlertRule(
            name: try name("unhealthy"),
            severity: .critical,
            condition: .health(.init(phases: [.unhealthy])),
            holds: .seconds(holds),
            lingers: .seconds(lingers)
        )
    }

    /// Looks every ten seconds, remembering what is told.
    struct Watch {
        var planner: AlertPlanner
        var book = AlertBook()
        var told: [AlertNotification] = []
        var changes: [String] = []

        mutating func look(_ facts: AlertFacts, at second: Double) {
            let plan = planner.plan(book, facts, now: AlertPlannerTests.time(second))
            book = plan.book
            told += plan.notifications
            changes += plan.changed.map { "\(Int(second)) \($0.fingerprint) \($0.state.rawValue)" }
        }

        mutating func look(_ facts: AlertFacts, from first: Double, to last: Double) {
            for second in stride(from: first, through: last, by: 10) { look(facts, at: second) }
        }

        /// `0 firing: rule subject, rule subject`
        var lines: [String] {
            told.map { told in
                let at = Int((told.at - AlertPlannerTests.start).seconds)
                let alerts = told.alerts.map { "\($0.fingerprint) \($0.state.rawValue)" }.joined(separator: ", ")
                return "\(at) \(told.isResolved ? "resolved" : "firing"): \(alerts)"
            }
        }
    }

    @Test
    func `a condition fires once it has held long enough, is told once its group is together, and its end at once`()
        throws
    {
        var watch = Watch(planner: AlertPlanner(rules: [try Self.unhealthy()]))
        let ill = AlertFacts(services: [try Self.service("web", .unhealthy, "no answer")])
        let well = AlertFacts(services: [try Self.service("web", .healthy)])
        watch.look(ill, from: 0, to: 50)
        watch.look(well, at: 60)
        #expect(watch.book.alerts.isEmpty && watch.told.isEmpty)
        watch.look(ill, from: 100, to: 400)
        watch.look(well, from: 410, to: 500)
        #expect(
            watch.lines == [
                "190 firing: unhealthy shop/web firing", "410 resolved: unhealthy shop/web resolved",
            ]
        )
        #expect(watch.changes == ["160 unhealthy shop/web firing", "410 unhealthy shop/web resolved"])
        #expect(watch.told.map(\.sequence) == [1, 2])
        #expect(watch.told[0].title == "Critical: shop/web is unhealthy: no answer")
        #expect(watch.book.alerts.isEmpty && watch.book.groups.isEmpty)
    }

    @Test func `what goes on is told again after hours, and no more often`() throws {
        var watch = Watch(planner: AlertPlanner(rules: [try Self.unhealthy(holds: 0)]))
        watch.look(AlertFacts(services: [try Self.service("web", .unhealthy)]), from: 0, to: 30_000)
        #expect(watch.told.map { Int(($0.at - Self.start).seconds) } == [30, 14_430, 28_830])
    }

    @Test func `a clock that is set back keeps nothing from being told that just began`() throws {
        var watch = Watch(planner: AlertPlanner(rules: [try Self.unhealthy(holds: 0)]))
        let ill = AlertFacts(services: [try Self.service("web", .unhealthy)])
        watch.look(ill, at: 0)
        // A year, as after a battery of a clock ran out.
        watch.look(ill, at: -365 * 86_400)
        #expect(watch.told.count == 1)
        watch.look(ill, from: -365 * 86_400 + 10, to: -365 * 86_400 + 100)
        #expect(watch.told.count == 1)
    }

    @Test func `an event's alert lasts no longer because the clock was set back`() throws {
        let condition = EventCondition(kinds: ["deployment.failed"], lasts: .seconds(600))
        let rule = AlertRule(name: try Self.name("deploy"), condition: .event(condition))
        var watch = Watch(planner: AlertPlanner(rules: [rule]))
        let failed = EventRecord(id: 1, at: Self.time(0), kind: "deployment.failed", message: "it failed")
        watch.look(AlertFacts(events: [failed]), at: 0)
        let day = -86_400.0
        watch.look(AlertFacts(), from: day, to: day + 590)
        #expect(watch.told.allSatisfy { !$0.isResolved } && !watch.told.isEmpty)
        watch.look(AlertFacts(), from: day + 600, to: day + 700)
        #expect(watch.told.last?.isResolved == true)
    }

    @Test func `ten services that fail because of one are told as one, with the cause first`() throws {
        var watch = Watch(planner: AlertPlanner(rules: [try Self.unhealthy()]))
        let names = (0..<9).map { "app\($0)" }
        var dependencies: [AlertSubject: Set<AlertSubject>] = [:]
        // app0 needs the proxy, the proxy needs the database; all others need the database.
        for name in names { dependencies[try Self.subject(name)] = [try Self.subject(name == "app0" ? "proxy" : "db")] }
        dependencies[try Self.subject("proxy")] = [try Self.subject("db")]
        let services = try names.map { try Self.service($0, .unhealthy) }
        // The consequences are seen before the cause is.
        watch.look(AlertFacts(services: services, dependencies: dependencies), from: 0, to: 20)
        let all = AlertFacts(services: services + [try Self.service("db", .unhealthy)], dependencies: dependencies)
        watch.look(all, from: 30, to: 110)
        #expect(watch.told.count == 1)
        let told = try #require(watch.told.first)
        #expect(told.group == "shop/db")
        #expect(told.alerts.count == 10)
        #expect(told.alerts.first?.subject.service?.text == "db")
        #expect(told.title == "Critical: shop/db is unhealthy (and 9 more)")
        watch.look(AlertFacts(services: [try Self.service("db", .healthy)]), from: 120, to: 130)
        #expect(watch.told.count == 2)
        #expect(watch.told.last?.isResolved == true)
        #expect(watch.told.last?.alerts.count == 10)
    }

    @Test func `what concerns the whole device is the cause of all that fires meanwhile`() throws {
        let root = AlertRule(
            name: try Self.name("engine"),
            severity: .critical,
            condition: .event(.init(kinds: ["engine.disconnected"], clearedBy: ["engine.*"], lasts: .seconds(86_400))),
            isRoot: true
        )
        var watch = Watch(planner: AlertPlanner(rules: [root, try Self.unhealthy(holds: 0)]))
        var facts = AlertFacts(services: [try Self.service("web", .unhealthy), try Self.service("api", .unhealthy)])
        facts.events = [EventRecord(id: 5, at: Self.time(0), kind: "engine.disconnected", message: "gone")]
        watch.look(facts, at: 0)
        facts.events = []
        watch.look(facts, from: 10, to: 40)
        #expect(
            watch.lines == ["30 firing: engine device firing, unhealthy shop/api firing, unhealthy shop/web firing"]
        )
        #expect(watch.book.lastEventID == 5)
        facts.services = []
        facts.events = [EventRecord(id: 6, at: Self.time(50), kind: "engine.connected", message: "back")]
        watch.look(facts, at: 50)
        #expect(watch.told.last?.isResolved == true)
    }

    @Test func `a value between the two limits keeps what it was`() throws {
        let series = try #require(SeriesName(parsing: #"used{mountpoint="/"}"#))
        let rule = AlertRule(
            name: try Self.name("disk"),
            condition: .metric(.init(series: SeriesSelector(SeriesName("used")), above: 0.9, clears: 0.8))
        )
        var watch = Watch(planner: AlertPlanner(rules: [rule]))
        for (index, value) in [0.85, 0.91, 0.85, 0.81, 0.79, 0.85, 0.95].enumerated() {
            watch.look(AlertFacts(values: [rule.name: [series: value]]), at: Double(index * 10))
        }
        let fingerprint = #"disk used{mountpoint="/"}"#
        #expect(
            watch.changes == ["10 \(fingerprint) firing", "40 \(fingerprint) resolved", "60 \(fingerprint) firing"]
        )
    }

    @Test func `a value that is not measured yet, or not long enough, ends no alert; one that is gone does`() throws {
        let series = try #require(SeriesName(parsing: #"used{mountpoint="/"}"#))
        let rule = AlertRule(
            name: try Self.name("disk"),
            condition: .metric(.init(series: SeriesSelector(SeriesName("used")), above: 0.9))
        )
        var watch = Watch(planner: AlertPlanner(rules: [rule]))
        watch.look(AlertFacts(values: [rule.name: [series: 0.95]]), from: 0, to: 100)
        watch.look(AlertFacts(), from: 110, to: 200)
        var partial = AlertFacts(values: [rule.name: [:]])
        partial.partial = [rule.name]
        watch.look(partial, from: 210, to: 300)
        partial.values = [rule.name: [series: 0.5]]
        watch.look(partial, from: 310, to: 400)
        #expect(watch.told.count == 1)
        watch.look(AlertFacts(values: [rule.name: [:]]), at: 410)
        #expect(watch.told.last?.isResolved == true)
    }

    @Test func `an alert lingers, so that a flapping service is one alert`() throws {
        var watch = Watch(planner: AlertPlanner(rules: [try Self.unhealthy(holds: 0, lingers: 60)]))
        for second in stride(from: 0.0, through: 600, by: 10) {
            let phase: ServiceStatus.Phase = Int(second) / 10 % 3 == 0 ? .unhealthy : .healthy
            watch.look(AlertFacts(services: [try Self.service("web", phase)]), at: second)
        }
        watch.look(AlertFacts(services: [try Self.service("web", .healthy)]), from: 610, to: 700)
        #expect(watch.lines.count == 2)
        #expect(watch.changes.count == 2)
    }

    @Test func `a service that crashes again and again, and runs for a moment each time, is told`() throws {
        var watch = Watch(planner: AlertPlanner(rules: AlertRule.standard))
        for second in stride(from: 0.0, through: 3600, by: 10) {
            let phase: ServiceStatus.Phase = Int(second) % 50 < 30 ? .failed : .running
            watch.look(AlertFacts(services: [try Self.service("web", phase)]), at: second)
        }
        #expect(watch.changes == ["60 service-failed shop/web firing"])
        #expect(watch.lines == ["90 firing: service-failed shop/web firing"])
    }

    @Test func `a failure that is over before its rule's time is told to nobody`() throws {
        var watch = Watch(planner: AlertPlanner(rules: AlertRule.standard))
        watch.look(AlertFacts(services: [try Self.service("web", .failed)]), from: 0, to: 30)
        watch.look(AlertFacts(services: [try Self.service("web", .healthy)]), from: 40, to: 100)
        #expect(watch.told.isEmpty && watch.changes.isEmpty && watch.book.alerts.isEmpty)
    }

    @Test func `what was well when it was last seen does not begin to fire while nobody knows`() throws {
        var watch = Watch(planner: AlertPlanner(rules: [try Self.unhealthy(holds: 60, lingers: 60)]))
        watch.look(AlertFacts(services: [try Self.service("web", .unhealthy)]), at: 0)
        watch.look(AlertFacts(services: [try Self.service("web", .healthy)]), at: 10)
        watch.look(AlertFacts(services: nil), from: 20, to: 600)
        watch.look(AlertFacts(services: [try Self.service("web", .healthy)]), from: 610, to: 700)
        #expect(watch.changes.isEmpty && watch.book.alerts.isEmpty)
    }

    @Test func `silences and windows hold back what fires; what still fires afterwards is told then`() throws {
        let web = AlertMatcher(stack: try StackName(parsing: "shop"), service: try ServiceName(parsing: "web"))
        let silence = Silence(id: 1, matcher: web, from: Self.time(0), until: Self.time(600), comment: "")
        let window = QuietWindow(
            name: try Self.name("night"),
            matcher: AlertMatcher(rule: try Self.name("unhealthy")),
            when: try MaintenanceWindow(parsing: "thu 01:00-02:00")
        )
        let planner = AlertPlanner(rules: [try Self.unhealthy(holds: 0)], silences: [silence], windows: [window])
        var watch = Watch(planner: planner)
        let ill = AlertFacts(services: [try Self.service("web", .unhealthy), try Self.service("api", .unhealthy)])
        watch.look(ill, from: 0, to: 650)
        #expect(watch.lines == ["30 firing: unhealthy shop/api firing", "600 firing: unhealthy shop/web firing"])
        let well = AlertFacts(services: [])
        watch.look(well, from: 660, to: 670)
        watch.told = []
        // In the window, a whole failure is nobody's news.
        watch.look(ill, from: 3600, to: 4000)
        watch.look(well, from: 4010, to: 4020)
        #expect(watch.told.isEmpty && watch.book.groups.isEmpty)
        watch.look(ill, from: 7000, to: 7300)
        #expect(watch.lines == ["7200 firing: unhealthy shop/api firing", "7200 firing: unhealthy shop/web firing"])
    }

    @Test func `what is not known stays as it was; a rule that is taken away ends its alerts`() throws {
        var watch = Watch(planner: AlertPlanner(rules: [try Self.unhealthy(holds: 0)]))
        watch.look(AlertFacts(services: [try Self.service("web", .unhealthy)]), from: 0, to: 40)
        watch.look(AlertFacts(services: nil), from: 50, to: 100)
        #expect(watch.told.count == 1)
        watch.planner = AlertPlanner(rules: [])
        watch.look(AlertFacts(services: nil), at: 110)
        #expect(watch.told.last?.isResolved == true)
    }

    @Test func `an event without another that clears it ends by itself, and a short one is told all the same`() throws {
        let rule = AlertRule(
            name: try Self.name("deploy"),
            condition: .event(
                .init(kinds: ["deployment.failed"], clearedBy: ["deployment.succeeded"], lasts: .seconds(20))
            )
        )
        var watch = Watch(planner: AlertPlanner(rules: [rule]))
        let stack = try StackName(parsing: "shop")
        let failed = EventRecord(id: 1, at: Self.time(3), kind: "deployment.failed", message: "it failed", stack: stack)
        watch.look(AlertFacts(events: [failed]), at: 10)
        watch.look(AlertFacts(), from: 20, to: 60)
        #expect(watch.lines == ["40 resolved: deploy shop resolved"])
        #expect(watch.told[0].alerts[0].summary == "it failed")
    }

    @Test func `the standard rules are whole`() {
        #expect(AlertRule.standard.count == 11)
        #expect(Set(AlertRule.standard.map(\.name)).count == 11)
    }
}
