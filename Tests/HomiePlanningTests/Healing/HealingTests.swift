import FoundationEssentials
import HomieModel
import HomiePlanning
import Testing

@Suite struct HealingTests {
    private let policy = HealingPolicy()

    /// What is done for a replica that fails half a second after every action, with the uptime in seconds.
    private func ladder(
        _ cause: FaultCause,
        lastGood: Int?,
        policy: HealingPolicy,
        count: Int
    ) -> [(action: HealingAction, at: Double)] {
        var history = HealingHistory()
        var now = TimeSpan.seconds(100)
        history.note(.failed(cause), now: now, policy: policy)
        var taken: [(HealingAction, Double)] = []
        while taken.count < count {
            switch HealingPlanner.decide(history, policy: policy, lastGood: lastGood, now: now).verdict {
            case .leave: return taken
            case .wait(_, let until): now = until
            case .act(let action):
                taken.append((action, now.seconds))
                history.note(.acted(action), now: now, policy: policy)
                if case .quarantine = action { continue }
                now = now.after(0.5)
                history.note(.failed(cause), now: now, policy: policy)
            }
        }
        return taken
    }

    @Test func `the ladder is climbed rung by rung, and quarantine is tried again ever more slowly`() {
        let taken = ladder(.crashed(exitCode: 1), lastGood: 3, policy: policy, count: 18)
        #expect(
            taken.map(\.action) == [
                .restart, .restart, .restart, .restart, .restart, .restart, .restart, .restart, .recreate, .recreate,
                .rollBack(3), .quarantine(stops: true), .tryAgain, .quarantine(stops: true), .tryAgain,
                .quarantine(stops: true), .tryAgain,
                .quarantine(stops: true),
            ]
        )
        let times = taken.map(\.at)
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }.map { ($0 * 10).rounded() / 10 }
        #expect(gaps == [0.6, 0.7, 0.9, 1.3, 2.1, 3.7, 6.9, 13.3, 26.1, 51.7, 60.5, 120, 0.5, 240, 0.5, 480, 0.5])
    }

    @Test func `without a good revision, or where policy forbids it, nothing is rolled back`() {
        var careful = policy
        careful.rollsBack = false
        careful.quarantineStops = false
        for taken in [
            ladder(.unhealthy, lastGood: nil, policy: policy, count: 40),
            ladder(.unhealthy, lastGood: 3, policy: careful, count: 40),
        ] {
            #expect(!taken.contains { if case .rollBack = $0.action { true } else { false } })
        }
        #expect(ladder(.unhealthy, lastGood: 3, policy: careful, count: 11).last?.action == .quarantine(stops: false))
    }

    @Test(arguments: [FaultCause.portTaken("80"), .imageMissing, .diskFull, .badMount("/srv")])
    func `what only the surroundings can mend is not hammered, made anew or rolled back`(cause: FaultCause) {
        let taken = ladder(cause, lastGood: 3, policy: policy, count: 10)
        #expect(Set(taken.map(\.action)).isSubset(of: [.restart, .quarantine(stops: true), .tryAgain]))
        let times = taken.map(\.at)
        #expect(times[0] - 100 > 0)
        #expect(times[0] - 100 >= 5)
        for (earlier, later) in zip(times.prefix(6), times.dropFirst()) { #expect(later - earlier >= 5) }
    }

    @Test func `what a person stopped is left alone until a person starts it`() {
        var history = HealingHistory()
        history.note(.failed(.unhealthy), now: .seconds(1), policy: policy)
        history.note(.heldByHand, now: .seconds(2), policy: policy)
        history.note(.failed(.crashed(exitCode: 143)), now: .seconds(3), policy: policy)
        #expect(HealingPlanner.decide(history, policy: policy, lastGood: 1, now: .seconds(9999)).verdict == .leave)
        history.note(.deployed, now: .seconds(10_000), policy: policy)
        history.note(.well, now: .seconds(10_000), policy: policy)
        history.note(.failed(.unhealthy), now: .seconds(10_001), policy: policy)
        let decision = HealingPlanner.decide(history, policy: policy, lastGood: 1, now: .seconds(10_001))
        #expect(decision.verdict == .act(.restart))
    }

    @Test func `a replica that runs well for a while each time is found to flap, and ends in quarantine`() {
        var history = HealingHistory()
        var now = TimeSpan.seconds(0)
        var quarantined = false
        for _ in 0..<20 {
            history.note(.failed(.crashed(exitCode: 1)), now: now, policy: policy)
            var decision = HealingPlanner.decide(history, policy: policy, lastGood: nil, now: now)
            if let wake = decision.nextWake {
                now = wake
                decision = HealingPlanner.decide(history, policy: policy, lastGood: nil, now: now)
            }
            guard case .act(let action) = decision.verdict else { break }
            history.note(.acted(action), now: now, policy: policy)
            if case .quarantine = action { quarantined = true }
            history.note(.well, now: now.after(1), policy: policy)
            now = now.after(700)
        }
        #expect(quarantined)
    }

    @Test func `what never passed its check since its start is given time, what did is restarted at once`() {
        var history = HealingHistory()
        history.note(.failed(.unhealthy), now: .seconds(30), policy: policy)
        var decision = HealingPlanner.decide(history, policy: policy, lastGood: nil, now: .seconds(30))
        #expect(decision.nextWake == .seconds(90))
        history.note(.well, now: .seconds(40), policy: policy)
        history.note(.failed(.unhealthy), now: .seconds(50), policy: policy)
        decision = HealingPlanner.decide(history, policy: policy, lastGood: nil, now: .seconds(50))
        #expect(decision.verdict == .act(.restart))
    }

    @Test func `a service whose database is down is restarted patiently, and nothing worse`() {
        var history = HealingHistory()
        var now = TimeSpan.seconds(0)
        for _ in 0..<40 {
            history.note(.failed(.crashed(exitCode: 1)), now: now, policy: policy)
            history.setBlocker(try? ServiceName(parsing: "db"))
            let decision = HealingPlanner.decide(history, policy: policy, lastGood: 1, now: now)
            #expect(decision.verdict == .act(.restart) || decision.nextWake.map { $0 <= now.after(600) } == true)
            now = decision.nextWake ?? now
            history.note(.acted(.restart), now: now, policy: policy)
            now = now.after(1)
        }
        #expect(history.trouble?.restarts == 0)
        #expect(history.trouble?.blockedRestarts == 40)
        // Its own ladder begins where it was when the database is there again.
        history.note(.failed(.crashed(exitCode: 1)), now: now, policy: policy)
        let blocked = HealingPlanner.decide(history, policy: policy, lastGood: 1, now: now)
        #expect(blocked.reason.contains("while 'db', which it needs, is in trouble"))
        history.setBlocker(nil)
        let decision = HealingPlanner.decide(history, policy: policy, lastGood: 1, now: now)
        #expect(decision.verdict == .act(.restart))
        #expect(!decision.reason.contains("db"))
    }

    @Test func `what runs out of memory climbs, whatever the database does`() {
        var history = HealingHistory()
        history.note(.failed(.outOfMemory), now: .seconds(0), policy: policy)
        history.setBlocker(try? ServiceName(parsing: "db"))
        history.note(.acted(.restart), now: .seconds(0), policy: policy)
        #expect(history.trouble?.restarts == 1)
        #expect(history.trouble?.clause == "ran out of memory")
    }

    @Test func `what an earlier release wrote of a trouble is read`() throws {
        var history = HealingHistory()
        history.note(.failed(.crashed(exitCode: 3)), now: .seconds(5), policy: policy)
        let text = String(decoding: try JSONEncoder().encode(history), as: UTF8.self)
        let before = text.replacing("\"blockedRestarts\":0,", with: "").replacing(",\"blockedRestarts\":0", with: "")
        #expect(!before.contains("blocked"))
        #expect(try JSONDecoder().decode(HealingHistory.self, from: Data(before.utf8)) == history)
    }

    @Test func `what is well again in quarantine is left alone`() {
        var history = HealingHistory()
        history.note(.failed(.unhealthy), now: .seconds(0), policy: policy)
        history.note(.acted(.quarantine(stops: false)), now: .seconds(1), policy: policy)
        history.note(.well, now: .seconds(2), policy: policy)
        #expect(HealingPlanner.decide(history, policy: policy, lastGood: nil, now: .seconds(9999)).verdict == .leave)
    }

    @Test func `one failure after weeks of health is a trouble of its own`() {
        var history = HealingHistory()
        for week in 0..<20 {
            let now = TimeSpan.seconds(Double(week) * 604_800)
            history.note(.failed(.crashed(exitCode: 1)), now: now, policy: policy)
            let decision = HealingPlanner.decide(history, policy: policy, lastGood: 1, now: now)
            #expect(decision.verdict == .act(.restart))
            history.note(.acted(.restart), now: now, policy: policy)
            history.note(.well, now: now.after(2), policy: policy)
        }
    }

    @Test(arguments: [
        (
            "driver failed programming external connectivity on endpoint web: Bind for 0.0.0.0:8080 failed: port is already allocated",
            FaultCause.portTaken("8080")
        ),
        ("failed to bind host port for 0.0.0.0:53:172.18.0.2:53/udp: address already in use", .portTaken("53")),
        ("No such image: nginx:nope", .imageMissing), ("manifest unknown: manifest unknown", .imageMissing),
        ("write /var/lib/docker/tmp/x: no space left on device", .diskFull),
        ("invalid mount config for type \"bind\": bind source path does not exist: /srv/data", .badMount("/srv/data")),
        ("OCI runtime create failed: exec: \"nope\": executable file not found in $PATH: unknown", .badCommand),
        ("exec /app: exec format error", .badCommand), ("something new", .refused("something new")),
    ])
    func `causes are recognised in what the engine says`(message: String, cause: FaultCause) {
        #expect(FaultCause(engineMessage: message) == cause)
    }
}

extension TimeSpan {
    func after(_ seconds: Double) -> TimeSpan { TimeSpan(nanoseconds: nanoseconds + Int64(seconds * 1e9)) }
}
