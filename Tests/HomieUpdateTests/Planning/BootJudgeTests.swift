import HomieModel
import HomiePlanning
import Testing

struct BootJudgeTests {
    private func key(_ service: String) throws -> ServiceKey {
        ServiceKey(stack: try StackName(parsing: "shop"), service: try ServiceName(parsing: service))
    }

    private func baseline(_ services: String...) throws -> BootBaseline {
        BootBaseline(
            version: try SystemVersion(parsing: "1.0"),
            takenAt: Timestamp(nanoseconds: 0),
            working: try services.map { try key($0) }
        )
    }

    private func evidence(
        _ seconds: Double,
        _ services: [String: ServiceStatus.Phase],
        supervisor: BootEvidence.Supervisor = .up,
        restarts: Int? = nil,
        startedAt: Int64 = 0
    ) throws -> BootEvidence {
        var found: [ServiceKey: BootEvidence.Service] = [:]
        for (name, phase) in services {
            found[try key(name)] = .init(phase: phase, startedAt: Timestamp(nanoseconds: startedAt))
        }
        return BootEvidence(supervisor: supervisor, services: found, restarts: restarts, uptime: .seconds(seconds))
    }

    @Test("a boot is good once everything that worked has worked for the stability window")
    func good() throws {
        var judge = BootJudge(baseline: try baseline("web", "db"))
        #expect(
            judge.judge(try evidence(20, ["web": .starting, "db": .healthy]))
                == .wait(.services([.service(try key("web"), .starting, nil)]))
        )
        #expect(
            judge.judge(try evidence(30, ["web": .healthy, "db": .healthy])) == .wait(.stability(until: .seconds(90)))
        )
        #expect(
            judge.judge(try evidence(89, ["web": .healthy, "db": .healthy])) == .wait(.stability(until: .seconds(90)))
        )
        #expect(judge.judge(try evidence(90, ["web": .healthy, "db": .healthy])) == .good)
    }

    @Test("what was broken before does not count")
    func brokenBefore() throws {
        var judge = BootJudge(baseline: try baseline("web"))
        _ = judge.judge(try evidence(10, ["web": .running, "sync": .failed]))
        #expect(judge.judge(try evidence(70, ["web": .running, "sync": .unhealthy])) == .good)
    }

    @Test("a service that worked and does not come back makes the boot bad at the deadline, by name")
    func bad() throws {
        var judge = BootJudge(baseline: try baseline("web", "db"))
        let broken = try evidence(200, ["web": .healthy, "db": .failed])
        #expect(judge.judge(broken) == .wait(.services([.service(try key("db"), .failed, nil)])))
        let verdict = judge.judge(try evidence(300, ["web": .healthy, "db": .failed]))
        guard case .bad(let failure) = verdict else { throw Unexpected(verdict: verdict) }
        #expect(failure.troubles.map(\.service) == [try key("db")])
        #expect(failure.summary == "after 300 s 'shop/db' worked before, and is failed")
    }

    @Test("a service that falls over and comes back begins the window anew, and never gets through it")
    func flapping() throws {
        var judge = BootJudge(baseline: try baseline("web"))
        var verdict = BootVerdict.good
        for second in stride(from: 10, through: 300, by: 10) {
            verdict = judge.judge(
                try evidence(Double(second), ["web": .healthy], startedAt: Int64(second / 40))
            )
            if second < 300 { #expect(verdict != .good) }
        }
        guard case .bad(let failure) = verdict else { throw Unexpected(verdict: verdict) }
        #expect(failure.troubles.contains { $0.service != nil })
    }

    @Test func `homied that is restarted by its watchdog begins the window anew, even where nobody saw it away`() throws
    {
        var judge = BootJudge(baseline: try baseline("web"))
        // What it fell over before everything worked does not count.
        _ = judge.judge(try evidence(10, ["web": .starting], restarts: 1))
        _ = judge.judge(try evidence(20, ["web": .healthy], restarts: 2))
        #expect(judge.judge(try evidence(50, ["web": .healthy], restarts: 2)) == .wait(.stability(until: .seconds(80))))
        let words = "fell over, or did not feed its watchdog, and was restarted 3 times"
        #expect(judge.judge(try evidence(60, ["web": .healthy], restarts: 3)) == .wait(.services([.supervisor(words)])))
        _ = judge.judge(try evidence(62, ["web": .healthy], restarts: 3))
        // Where systemd does not tell nothing is made of it.
        #expect(judge.judge(try evidence(90, ["web": .healthy])) == .wait(.stability(until: .seconds(122))))
        #expect(judge.judge(try evidence(122, ["web": .healthy], restarts: 3)) == .good)
    }

    @Test("a service the supervisor does not know any more counts as broken")
    func missing() throws {
        var judge = BootJudge(baseline: try baseline("web"))
        #expect(judge.judge(try evidence(10, [:])) == .wait(.services([.missing(try key("web"))])))
    }

    @Test func `what its owner took away or stopped before the restart does not count`() throws {
        let working = [
            try key("web"), try key("sync"),
            ServiceKey(stack: try StackName(parsing: "media"), service: try ServiceName(parsing: "player")),
        ]
        let baseline = BootBaseline(
            version: try SystemVersion(parsing: "1.0"),
            takenAt: Timestamp(nanoseconds: 0),
            working: working
        )
        var judge = BootJudge(baseline: baseline)
        // The stack 'media' is gone, 'sync' was stopped by hand.
        let evidence = ["web": .healthy, "sync": .stopped] as [String: ServiceStatus.Phase]
        #expect(judge.judge(try self.evidence(10, evidence)) == .wait(.stability(until: .seconds(70))))
        #expect(judge.judge(try self.evidence(70, evidence)) == .good)
        // Of a stack that is there each service counts, and so does each where homied knows of no stack at all.
        #expect(
            judge.judge(try self.evidence(80, ["sync": .stopped]))
                == .wait(.services([.missing(try key("web"))]))
        )
        let nothing = judge.judge(try self.evidence(90, [:]))
        #expect(nothing == .wait(.services(working.sorted().map { .missing($0) })))
    }

    @Test("without a supervisor nothing is good")
    func supervisorDown() throws {
        var judge = BootJudge(baseline: nil, limits: .init(stability: .seconds(5), deadline: .seconds(20)))
        let down = BootEvidence.Supervisor.down("does not answer")
        #expect(
            judge.judge(try evidence(10, [:], supervisor: down)) == .wait(.services([.supervisor("does not answer")]))
        )
        let verdict = judge.judge(try evidence(20, [:], supervisor: down))
        guard case .bad = verdict else { throw Unexpected(verdict: verdict) }
    }

    @Test("a first boot is good when the supervisor has been up for the window")
    func firstBoot() throws {
        var judge = BootJudge(baseline: nil, limits: .init(stability: .seconds(5), deadline: .seconds(20)))
        _ = judge.judge(try evidence(10, ["web": .failed]))
        #expect(judge.judge(try evidence(15, ["web": .failed])) == .good)
    }

    @Test func `names what is broken before what is only not there yet`() throws {
        let keys = try ["a", "b", "c", "d"].map {
            ServiceKey(stack: try StackName(parsing: "shop"), service: try ServiceName(parsing: $0))
        }
        let failure = BootFailure(
            troubles: keys.dropLast().map { BootTrouble.service($0, .starting, nil) }
                + [BootTrouble.service(keys[3], .unhealthy, nil)],
            after: .seconds(300)
        )
        #expect(failure.summary.hasPrefix("after 300 s 'shop/d' worked before, and is unhealthy; 'shop/a' "))
        #expect(failure.summary.hasSuffix("; and 1 more"))
    }

    @Test("a window that would end after the deadline is not waited for")
    func late() throws {
        var judge = BootJudge(baseline: try baseline("web"))
        _ = judge.judge(try evidence(200, ["web": .starting]))
        _ = judge.judge(try evidence(280, ["web": .healthy]))
        let verdict = judge.judge(try evidence(300, ["web": .healthy]))
        guard case .bad(let failure) = verdict else { throw Unexpected(verdict: verdict) }
        #expect(failure.troubles.first == .late(since: .seconds(280)))
    }

    @Test("a judge that begins after the deadline has one window, and no more")
    func beginsLate() throws {
        var patient = BootJudge(baseline: try baseline("web"))
        _ = patient.judge(try evidence(400, ["web": .healthy]))
        #expect(patient.judge(try evidence(460, ["web": .healthy])) == .good)
        var strict = BootJudge(baseline: try baseline("web"))
        _ = strict.judge(try evidence(400, ["web": .starting]))
        _ = strict.judge(try evidence(430, ["web": .healthy]))
        let verdict = strict.judge(try evidence(460, ["web": .healthy]))
        guard case .bad = verdict else { throw Unexpected(verdict: verdict) }
    }

    private struct Unexpected: Error {
        let verdict: BootVerdict
    }
}
