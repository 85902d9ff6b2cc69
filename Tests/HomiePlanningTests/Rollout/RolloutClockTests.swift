import HomieModel
import HomiePlanning
import Testing

/// The clock is set while an update goes on.
@Suite struct RolloutClockTests {
    private static let day = TimeSpan.seconds(86_400)
    private static let instance = Instance(World.web, 1)

    /// A rolling update without a gateway or health check: running is all there is to go by.
    private func record() -> RolloutRecord {
        var settings = UpdateSettings()
        settings.strategy = .rolling
        settings.readyWithin = .seconds(60)
        return RolloutRecord(
            stack: World.shop,
            service: World.web,
            strategy: .rolling,
            settings: settings,
            fromRevision: 1,
            toRevision: 2,
            digest: "new",
            deployment: 1,
            isRollback: false,
            startedAt: Self.wall(0)
        )
    }

    private static func wall(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: (1_700_000_000 + seconds) * 1_000_000_000)
    }

    private func container(_ state: ObservedContainer.State, startedAt: Timestamp?, endedAt: Timestamp? = nil)
        -> ObservedContainer
    {
        ObservedContainer(
            id: String(repeating: "a", count: 64),
            name: "shop-web-1",
            imageID: "sha256:x",
            labels: [
                ContainerLabels.project: "shop", ContainerLabels.service: "web", ContainerLabels.number: "1",
                ContainerLabels.specDigest: "new",
            ],
            state: state,
            health: .starting,
            exitCode: state == .exited ? 1 : 0,
            createdAt: Self.wall(0),
            startedAt: startedAt,
            finishedAt: endedAt
        )
    }

    /// A look at `uptime`, when the clock says `now`.
    private func look(
        _ history: inout StackHistory,
        _ container: ObservedContainer,
        uptime: Int64,
        now: Timestamp
    ) -> RolloutPlan {
        history.noteRuns([container], now: .seconds(Double(uptime)), wall: now)
        history.noteRollouts([World.web: record()], now: .seconds(Double(uptime)), wall: now)
        var planner = RolloutPlanner(
            record: record(),
            view: RolloutView(
                members: [Self.instance: RolloutMember(new: container)],
                hasHealthcheck: true,
                traffic: nil,
                isSteered: false,
                runs: history.runs,
                since: history.rollouts[World.web]?.since ?? .seconds(0),
                now: now,
                uptime: .seconds(Double(uptime))
            )
        )
        return planner.look()
    }

    @Test(arguments: [Int64(-86_400), 0, 86_400])
    func `a replica has the time it was promised to become ready, whatever the clock says`(jump: Int64) {
        var history = StackHistory()
        let made = container(.created, startedAt: nil)
        #expect(look(&history, made, uptime: 100, now: Self.wall(1)).failure == nil)
        let started = container(.running, startedAt: Self.wall(2))
        #expect(look(&history, started, uptime: 102, now: Self.wall(2)).failure == nil)
        #expect(look(&history, started, uptime: 130, now: Self.wall(30 + jump)).failure == nil)
        let late = look(&history, started, uptime: 162, now: Self.wall(62 + jump))
        #expect(late.failure?.contains("was not ready within 60 seconds") == true)
    }

    @Test(arguments: [Int64(-86_400), 0, 86_400])
    func `what ends during an update has ended, whatever the clock says`(jump: Int64) {
        var history = StackHistory()
        _ = look(&history, container(.running, startedAt: Self.wall(2)), uptime: 102, now: Self.wall(2))
        let ended = container(.exited, startedAt: Self.wall(2), endedAt: Self.wall(5 + jump))
        #expect(look(&history, ended, uptime: 105, now: Self.wall(5 + jump)).failure != nil)
    }

    @Test func `what started and ended between two looks has ended`() {
        var history = StackHistory()
        _ = look(&history, container(.created, startedAt: nil), uptime: 100, now: Self.wall(1))
        let ended = container(.exited, startedAt: Self.wall(-86_400), endedAt: Self.wall(-86_399))
        #expect(look(&history, ended, uptime: 101, now: Self.wall(-86_398)).failure != nil)
    }

    @Test func `what had ended before an update began is started for it, whatever the clock said then`() {
        var history = StackHistory()
        // The clock was a day ahead when it ended.
        let kept = container(.exited, startedAt: Self.wall(86_400), endedAt: Self.wall(86_500))
        history.noteRuns([kept], now: .seconds(50))
        #expect(look(&history, kept, uptime: 100, now: Self.wall(0)).failure == nil)
    }

    @Test(arguments: [Int64(-86_400), 0, 86_400])
    func `after a restart of the daemon a replica has what is left of its time, whatever the clock says then`(
        jump: Int64
    ) {
        var history = StackHistory()
        let started = container(.running, startedAt: Self.wall(2))
        #expect(look(&history, started, uptime: 1, now: Self.wall(42)).failure == nil)
        #expect(look(&history, started, uptime: 20, now: Self.wall(61 + jump)).failure == nil)
        #expect(look(&history, started, uptime: 21, now: Self.wall(62 + jump)).failure != nil)
    }

    @Test func `after a restart of the daemon the clock tells whether it ended since`() {
        var before = StackHistory()
        let ended = container(.exited, startedAt: Self.wall(2), endedAt: Self.wall(5))
        #expect(look(&before, ended, uptime: 1, now: Self.wall(10)).failure != nil)
        var other = StackHistory()
        let earlier = container(.exited, startedAt: Self.wall(-20), endedAt: Self.wall(-10))
        #expect(look(&other, earlier, uptime: 1, now: Self.wall(10)).failure == nil)
    }

    /// Looks at a rollout of one replica every second; the clock is set by `jump` after five.
    ///
    /// - Returns: the record after each second from the first look on.
    private func course(
        of record: RolloutRecord,
        jump: Int64,
        seconds: ClosedRange<Int64> = 0...200
    ) -> [RolloutRecord] {
        var record = record
        var history = StackHistory()
        return seconds.map { second in
            let now = Self.wall(second + (second < 5 ? 0 : jump))
            let uptime = TimeSpan.seconds(Double(100 + second))
            var new = container(.running, startedAt: Self.wall(0))
            new.health = .healthy
            history.noteRuns([new], now: uptime, wall: now)
            history.noteRollouts([World.web: record], now: uptime, wall: now)
            let seen = TrafficSample(requests: 500, slow: .milliseconds(10))
            var planner = RolloutPlanner(
                record: record,
                view: RolloutView(
                    members: [Self.instance: RolloutMember(new: new)],
                    hasHealthcheck: true,
                    traffic: [new.id: ReplicaTraffic(isProven: true, isOut: false, connections: 0)],
                    isSteered: true,
                    window: CanaryWindow(new: seen, old: seen),
                    runs: history.runs,
                    since: history.rollouts[World.web]?.since ?? .seconds(0),
                    turns: history.rollouts[World.web]?.turns ?? [:],
                    now: now,
                    uptime: uptime
                )
            )
            record = planner.look().record
            history.noteRollouts([World.web: record], now: uptime, wall: now)
            return record
        }
    }

    @Test(arguments: [Int64(-86_400), 0, 86_400])
    func `a canary's step lasts as long as it was to, whatever the clock says`(jump: Int64) {
        var record = record()
        record.strategy = .canary
        record.settings.strategy = .canary
        record.settings.canary.steps = [50, 60]
        record.settings.canary.hold = .seconds(60)
        let course = course(of: record, jump: jump)
        #expect(course.firstIndex { $0.step == 1 } == 60)
        #expect(course.firstIndex { $0.step == 2 } == 120)
        #expect(course.map(\.figures.count).max() == 2)
    }

    @Test(arguments: [Int64(-86_400), 0, 86_400])
    func `a new version is watched as long as it was to be, whatever the clock says`(jump: Int64) {
        var record = record()
        record.settings.monitor = .seconds(60)
        let course = course(of: record, jump: jump)
        #expect(course.first?.state == .monitoring)
        #expect(course.firstIndex { $0.state == .succeeded } == 60)
    }

    @Test(arguments: [UpdateSettings.Strategy.rolling, .blueGreen])
    func `a good version takes over although the clock is set forward by a day on the way`(
        strategy: UpdateSettings.Strategy
    ) {
        for seed in UInt64(0)..<20 {
            for turns in [3, 6, 12] {
                var stack = StackDefinition(name: World.shop)
                var service = ServiceDefinition()
                service.labels["io.homie.expose"] = "80"
                stack.services[World.web] = service
                var choice = UpdateChoice(of: World.web, in: stack, canSteer: true)
                choice.strategy = strategy
                choice.settings.strategy = strategy
                choice.settings.readyWithin = .seconds(30)
                choice.settings.drain = .seconds(5)
                var world = RolloutWorld(replicas: 2, choice: choice, seed: seed)
                world.digest = "v2"
                world.revision = 2
                world.qualities["v2"] = .good
                for turn in 0..<3000 {
                    if turn == turns { world.jump = Self.day }
                    world.turn(breaks: false)
                    if world.lastPlan.verdict == .succeeded, world.lastPlan.chains.isEmpty { break }
                }
                #expect(world.record?.state == .succeeded, "seed \(seed) after \(turns)")
                #expect(world.digest == "v2", "seed \(seed) after \(turns)")
                #expect(world.violations == [], "seed \(seed) after \(turns)")
            }
        }
    }
}
