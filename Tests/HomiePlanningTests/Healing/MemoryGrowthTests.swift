import HomieModel
import HomiePlanning
import Testing

/// The limit that comes after one that did not do.
@Suite struct MemoryGrowthTests {
    private func mebibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 20) }

    /// What the ladder gives a service of 100 MiB that was killed, after an hour in which it used `peak` MiB in all.
    private func limit(peak: Double?, replicas: Int = 1, most: Int64 = 1024, present: Int64? = nil) throws -> ByteCount?
    {
        let name = try ServiceName(parsing: "web")
        var definition = ServiceDefinition()
        definition.restart = .always
        definition.replicas = replicas
        definition.resources.memory = mebibytes(100)
        var service = WantedService(definition: definition, imageID: "i", specDigest: "d")
        service.healing.mostMemory = mebibytes(most)
        let wanted = WantedStack(name: try StackName(parsing: "shop"), revision: 1, services: [name: service])
        let container = ObservedContainer(
            id: "c",
            name: "shop-web-1",
            imageID: "i",
            labels: [
                ContainerLabels.project: "shop", ContainerLabels.service: "web", ContainerLabels.number: "1",
                ContainerLabels.specDigest: "d",
            ],
            state: .exited,
            exitCode: 137,
            isOOMKilled: true,
            createdAt: Timestamp(nanoseconds: 1),
            startedAt: Timestamp(nanoseconds: 2)
        )
        var history = StackHistory()
        history.resourcesReady = true
        if let peak {
            history.usage[name] = ServiceConsumption(memoryPeak: peak * 0x1p20, processors: 0, throttled: 0)
        }
        if let present { history.healing[Instance(name, 1), default: HealingHistory()].noteMemory(mebibytes(present)) }
        history.absorb([container], wanted: wanted, now: .seconds(1000))
        let plan = StackReconciler.plan(wanted, observed: [container], history: history, now: .seconds(1000))
        return plan.healings.first { $0.instance == Instance(name, 1) }?.memory
    }

    @Test func `what was cut off at its limit grows by a quarter, as history cannot show what it needs`() throws {
        #expect(try limit(peak: nil) == mebibytes(125))
        #expect(try limit(peak: 99) == mebibytes(125))
        #expect(try limit(peak: nil, present: 125)?.bytes == (125 << 20) + (125 << 20) / 4)
    }

    @Test func `what history shows above the limit is given at once, with a tenth more`() throws {
        // 330 MiB, and the rest of the last one.
        #expect(try limit(peak: 300) == mebibytes(331))
        // Of each replica.
        #expect(try limit(peak: 600, replicas: 2) == mebibytes(331))
    }

    @Test func `neither rule goes beyond what the file allows`() throws {
        #expect(try limit(peak: 300, most: 200) == mebibytes(200))
        #expect(try limit(peak: nil, most: 110) == mebibytes(110))
        #expect(try limit(peak: 300, most: 100) == nil)
    }

    @Test func `a very small limit grows by a whole MiB`() {
        let next = MemoryGrowth.next(after: mebibytes(1), fitting: nil, most: mebibytes(64))
        #expect(next == mebibytes(2))
    }
}
