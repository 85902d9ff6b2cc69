import HomieModel
import HomiePlanning
import Testing

/// Random worlds with restarts of the daemon in between: what must hold in all of them.
@Suite struct AlertHistoriesTests {
    private struct World {
        var random: SeededGenerator
        let names = ["db", "cache", "api", "web", "mail", "jobs"]
        var isIll: [String: Bool] = [:]

        mutating func facts() throws -> AlertFacts {
            for name in names where random.chance(6) { isIll[name, default: false].toggle() }
            var dependencies: [AlertSubject: Set<AlertSubject>] = [:]
            for (name, needs) in [("api", ["db", "cache"]), ("web", ["api"]), ("jobs", ["db"])] {
                dependencies[try AlertPlannerTests.subject(name)] = Set(try needs.map(AlertPlannerTests.subject))
            }
            let services = try names.map {
                try AlertPlannerTests.service($0, isIll[$0] == true ? .unhealthy : .healthy)
            }
            return AlertFacts(services: random.chance(5) ? nil : services, dependencies: dependencies)
        }
    }

    @Test(arguments: 0..<200) func `every alert that fires is told, none too early, none twice, and all ends`(
        seed: Int
    ) throws {
        let world = World(random: SeededGenerator(seed: UInt64(seed)))
        var run = Run(world: world, holds: [0, 30, 60][seed % 3], lingers: [0, 40][seed % 2])
        try run.go(looks: 400)
        try run.heal()
        #expect(run.fired == run.toldFiring, "fired and never told: \(run.fired.subtracting(run.toldFiring))")
        #expect(run.faults.isEmpty, "\(run.faults.prefix(3))")
        #expect(run.book.alerts.isEmpty && run.book.groups.isEmpty)
    }

    private struct Run {
        var world: World
        let holds: Double
        let lingers: Double
        var book = AlertBook()
        var second = 0.0
        /// `fingerprint firedAt`
        var fired: Set<String> = []
        var toldFiring: Set<String> = []
        /// Since when a service is ill, but for moments shorter than an alert lingers.
        var illSince: [String: Double] = [:]
        var lastIll: [String: Double] = [:]
        var lastTold: [String: (at: Double, states: [String: Alert.State])] = [:]
        var faults: [String] = []

        mutating func go(looks: Int) throws {
            for _ in 0..<looks { try look(world.facts()) }
        }

        /// Everything becomes well, and stays so.
        mutating func heal() throws {
            let well = try world.names.map { try AlertPlannerTests.service($0, .healthy) }
            for _ in 0..<60 { try look(AlertFacts(services: well)) }
        }

        private mutating func look(_ facts: AlertFacts) throws {
            second += 10
            let planner = AlertPlanner(rules: [try AlertPlannerTests.unhealthy(holds: holds, lingers: lingers)])
            if let services = facts.services {
                for service in services {
                    let key = "\(service.stack)/\(service.service)"
                    if service.phase == .unhealthy {
                        illSince[key] = illSince[key] ?? second
                        lastIll[key] = second
                    } else if second - (lastIll[key] ?? 0) >= lingers {
                        illSince[key] = nil
                    }
                }
            } else {
                for key in illSince.keys { lastIll[key] = second }
            }
            let plan = planner.plan(book, facts, now: AlertPlannerTests.time(second))
            for alert in plan.changed where alert.state == .firing && alert.firedAt == AlertPlannerTests.time(second) {
                fired.insert(alert.fingerprint)
                let since = illSince[alert.subject.description] ?? .infinity
                if second - since < holds { faults.append("\(alert.fingerprint) fired after \(second - since) s") }
            }
            for told in plan.notifications { check(told) }
            // What the daemon has written down; pending alerts begin anew.
            book = plan.book
            if world.random.chance(3) {
                book.alerts = book.alerts.filter { $0.value.state != .pending || $0.value.group != nil }
            }
        }

        private mutating func check(_ told: AlertNotification) {
            let states = Dictionary(told.alerts.map { ($0.fingerprint, $0.state) }) { first, _ in first }
            for (fingerprint, state) in states where state != .pending { toldFiring.insert(fingerprint) }
            let key = "\(told.group) \(told.openedAt.nanoseconds)"
            if let last = lastTold[key] {
                if second - last.at < 300, !told.isResolved {
                    faults.append("\(key) told twice in \(second - last.at) s")
                }
                if last.states == states, second - last.at < 14_400 { faults.append("\(key) told the same again") }
            }
            lastTold[key] = (second, states)
        }
    }
}
