import HomieModel
import HomiePlanning
import Testing

@Suite struct RestartTests {
    private func plan(
        _ policy: RestartPolicy,
        exitCode: Int,
        past: InstanceHistory = InstanceHistory(),
        now: TimeSpan = .seconds(100)
    ) throws -> StackPlan {
        let name = try ServiceName(parsing: "web")
        var definition = ServiceDefinition()
        definition.restart = policy
        let wanted = WantedStack(
            name: try StackName(parsing: "shop"),
            revision: 1,
            services: [name: WantedService(definition: definition, imageID: "i", specDigest: "d")]
        )
        var history = StackHistory()
        history.resourcesReady = true
        history.instances[Instance(name, 1)] = past
        let container = ObservedContainer(
            id: "c",
            name: "shop-web-1",
            imageID: "i",
            labels: [
                ContainerLabels.project: "shop", ContainerLabels.service: "web", ContainerLabels.specDigest: "d",
            ],
            state: .exited,
            exitCode: exitCode,
            createdAt: Timestamp(nanoseconds: 1),
            startedAt: Timestamp(nanoseconds: 2)
        )
        return StackReconciler.plan(wanted, observed: [container], history: history, now: now)
    }

    @Test func `the first restart is at once, later ones wait twice as long each, up to a minute`() throws {
        var past = InstanceHistory()
        past.lastEnd = .seconds(50)
        #expect(past.restartDue == .seconds(50))
        var waits: [Int64] = []
        for _ in 0..<12 {
            past.noteRestart()
            waits.append((past.restartDue.nanoseconds - 50_000_000_000) / 1_000_000)
        }
        #expect(waits[0] == 100)
        #expect(waits[1] == 200)
        #expect(waits[9] == 51_200)
        #expect(waits[10] == 60_000)
        #expect(waits[11] == 60_000)
    }

    @Test func `running for ten seconds forgives earlier restarts, less does not`() {
        var past = InstanceHistory()
        past.noteRestart()
        past.noteRunning(now: .seconds(1))
        past.noteEnded(now: .seconds(10.9))
        #expect(past.restarts == 1)
        past.noteRunning(now: .seconds(20))
        past.noteEnded(now: .seconds(30))
        #expect(past.restarts == 0)
    }

    @Test(arguments: [RestartPolicy.always, .unlessStopped])
    func `always restarts after success, too`(policy: RestartPolicy) throws {
        #expect(try plan(policy, exitCode: 0).chains.map(\.steps) == [[.start(.existing("c"))]])
    }

    @Test func `on-failure restarts after failure alone`() throws {
        #expect(try plan(.onFailure(maximumRetries: nil), exitCode: 0).chains.isEmpty)
        #expect(try plan(.onFailure(maximumRetries: nil), exitCode: 1).chains.count == 1)
        var past = InstanceHistory()
        past.restarts = 3
        #expect(try plan(.onFailure(maximumRetries: 3), exitCode: 1, past: past).chains.isEmpty)
    }

    @Test func `never restarts nothing, and success is success`() throws {
        #expect(try plan(.never, exitCode: 0).verdict == .succeeded)
        #expect(try plan(.never, exitCode: 2).verdict == .failed("service 'web': ended with exit code 2"))
    }

    @Test func `a restart that is not due sets the time to wake`() throws {
        var past = InstanceHistory()
        past.lastEnd = .seconds(100)
        past.restarts = 3
        let plan = try plan(.always, exitCode: 1, past: past)
        #expect(plan.chains.isEmpty)
        #expect(plan.nextWake == .seconds(100.4))
    }

    @Test func `what is held by hand is left alone, and what may be waits for the decision`() throws {
        var past = InstanceHistory()
        past.isHeld = true
        #expect(try plan(.always, exitCode: 143, past: past).chains.isEmpty)
        past = InstanceHistory()
        past.undecidedUntil = .seconds(100.5)
        let undecided = try plan(.always, exitCode: 143, past: past)
        #expect(undecided.chains.isEmpty)
        #expect(undecided.nextWake == .seconds(100.5))
    }
}
