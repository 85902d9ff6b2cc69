import HomieModel
import HomiePlanning
import Testing

/// What becomes of a replica in quarantine, from what is observed to what is planned.
@Suite struct QuarantineTests {
    private let instance: Instance
    private var wanted: WantedStack
    private var history = StackHistory()
    private var container: ObservedContainer
    private var now = TimeSpan.seconds(1000)

    init() throws {
        let name = try ServiceName(parsing: "web")
        instance = Instance(name, 1)
        var definition = ServiceDefinition()
        definition.restart = .unlessStopped
        wanted = WantedStack(
            name: try StackName(parsing: "shop"),
            revision: 1,
            services: [name: WantedService(definition: definition, imageID: "i", specDigest: "d")]
        )
        container = ObservedContainer(
            id: "c",
            name: "shop-web-1",
            imageID: "i",
            labels: [
                ContainerLabels.project: "shop", ContainerLabels.service: "web", ContainerLabels.specDigest: "d",
            ],
            state: .exited,
            exitCode: 1,
            createdAt: Timestamp(nanoseconds: 1),
            startedAt: Timestamp(nanoseconds: 2)
        )
        history.resourcesReady = true
    }

    private mutating func quarantine(stops: Bool) {
        var healing = HealingHistory()
        healing.note(.failed(.crashed(exitCode: 1)), now: now, policy: HealingPolicy())
        healing.note(.acted(.quarantine(stops: stops)), now: now, policy: HealingPolicy())
        history.healing[instance] = healing
    }

    private mutating func begin() {
        container.state = .running
        container.startedAt = Timestamp(nanoseconds: now.nanoseconds)
        look()
    }

    private mutating func end() {
        container.state = .exited
        container.finishedAt = Timestamp(nanoseconds: now.nanoseconds)
    }

    /// One look, with what it asks for done at once; true when it starts the container.
    @discardableResult
    private mutating func look() -> Bool {
        history.absorb([container], wanted: wanted, now: now)
        let plan = StackReconciler.plan(wanted, observed: [container], history: history, now: now)
        let starts = plan.chains.contains { $0.steps.contains(.start(.existing("c"))) }
        for chain in plan.chains where chain.isRestart {
            history.instances[instance, default: InstanceHistory()].noteRestart()
        }
        history.noteHealings(plan.healings, wanted: wanted, now: now)
        return starts
    }

    /// How often a container that ends a second after each start is started within an hour.
    private mutating func startsInAnHour() -> Int {
        var starts = 0
        let last = now.after(3600)
        while now < last {
            now = now.after(1)
            guard look() else { continue }
            starts += 1
            begin()
            now = now.after(1)
            end()
        }
        return starts
    }

    @Test mutating func `what a person starts out of quarantine and ends again is tried slowly, not for ever at once`()
    {
        quarantine(stops: true)
        now = now.after(5)
        #expect(!look())
        begin()
        #expect(history.healing[instance]?.wellSince != nil)
        now = now.after(3)
        end()
        let starts = startsInAnHour()
        #expect((1...6).contains(starts))
        #expect(history.healing[instance]?.trouble?.isQuarantined == true)
    }

    @Test mutating func `what gets well by itself in quarantine and ends is tried slowly, not for ever at once`() {
        quarantine(stops: false)
        now = now.after(30)
        begin()
        now = now.after(60)
        look()
        end()
        let starts = startsInAnHour()
        #expect((1...6).contains(starts))
    }

    @Test mutating func `what was stopped for its quarantine keeps its cause`() {
        quarantine(stops: true)
        container.exitCode = 137
        look()
        #expect(history.healing[instance]?.trouble?.cause == .crashed(exitCode: 1))
    }

    @Test mutating func `what runs well out of quarantine for long enough is in trouble no more`() {
        quarantine(stops: true)
        now = now.after(5)
        begin()
        now = now.after(601)
        look()
        #expect(history.healing[instance]?.trouble == nil)
    }
}
