import HomieModel
import HomiePlanning
import Testing

/// The way out of a stack's networks and volumes.
@Suite struct DepartureTests {
    private func leaving(removesVolumes: Bool = true) -> WantedStack {
        WantedStack(
            name: World.shop,
            revision: 1,
            services: [:],
            networks: ["default": NetworkDefinition(name: "shop_default")],
            volumes: ["data": VolumeDefinition(name: "shop_data"), "logs": VolumeDefinition(name: "shop_logs")],
            isLeaving: true,
            removesVolumes: removesVolumes
        )
    }

    private func plan(_ history: StackHistory, at now: TimeSpan = .seconds(1), removesVolumes: Bool = true) -> StackPlan
    {
        StackReconciler.plan(
            leaving(removesVolumes: removesVolumes),
            observed: [],
            history: history,
            now: now
        )
    }

    private func fail(_ history: inout StackHistory, _ key: WorkKey, times: Int, isInUse: Bool = false) {
        for _ in 0..<times {
            history.noteFailure(of: key, reason: "it broke", isPermanent: false, isInUse: isInUse, now: .seconds(1))
        }
    }

    @Test func `volumes come first, and each network and volume goes by itself`() {
        let plan = plan(StackHistory())
        #expect(
            plan.chains.map(\.steps) == [
                [.removeVolume("shop_data")], [.removeVolume("shop_logs")], [.removeNetwork("shop_default")],
            ]
        )
        #expect(plan.verdict == .running)
        #expect(
            self.plan(StackHistory(), removesVolumes: false).chains.map(\.steps) == [[.removeNetwork("shop_default")]]
        )
    }

    @Test func `only a network in use may be left`() {
        var history = StackHistory()
        history.noteSuccess(of: .volume("shop_data"))
        history.noteSuccess(of: .volume("shop_logs"))
        fail(&history, .network("shop_default"), times: 1)
        let waiting = plan(history)
        #expect(waiting.verdict == .running)
        #expect(waiting.chains == [])
        #expect(waiting.nextWake == history.failures[.network("shop_default")]?.due)
        fail(&history, .network("shop_default"), times: 1, isInUse: true)
        #expect(plan(history).verdict == .succeeded)
        history.gone.remove(.volume("shop_data"))
        fail(&history, .volume("shop_data"), times: 1, isInUse: true)
        #expect(plan(history).verdict == .running)
    }

    @Test func `what fails three times fails the removal, and is tried again all the same`() {
        var history = StackHistory()
        history.noteSuccess(of: .volume("shop_logs"))
        history.noteSuccess(of: .network("shop_default"))
        fail(&history, .volume("shop_data"), times: 3)
        #expect(plan(history).verdict == .failed("it broke"))
        let later = plan(history, at: .seconds(10_000))
        #expect(later.verdict == .failed("it broke"))
        #expect(later.chains.map(\.steps) == [[.removeVolume("shop_data")]])
        history.noteSuccess(of: .volume("shop_data"))
        #expect(plan(history).verdict == .succeeded)
    }

    @Test func `a removal that someone else began is joined, since it may never end by itself`() {
        let container = ObservedContainer(
            id: String(repeating: "a", count: 64),
            name: "shop-web-1",
            imageID: "sha256:x",
            labels: [ContainerLabels.project: "shop", ContainerLabels.service: "web", ContainerLabels.specDigest: "d"],
            state: .removing,
            createdAt: Timestamp(nanoseconds: 0)
        )
        let plan = StackReconciler.plan(leaving(), observed: [container], history: StackHistory(), now: .seconds(1))
        #expect(plan.chains.map(\.steps) == [[.remove(container.id)]])
    }
}
