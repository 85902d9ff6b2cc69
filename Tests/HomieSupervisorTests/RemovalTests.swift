import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// `homie down`.
@Suite struct RemovalTests {
    /// A deployed stack with a volume.
    private func deployed() async throws -> Bench {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        var definition = try stack("shop", ["web": service("web")])
        definition.volumes["data"] = VolumeDefinition(name: "shop_data")
        #expect(try await bench.up(definition).state == .succeeded)
        return bench
    }

    private func isGone(_ bench: Bench) async -> Bool {
        do {
            _ = try await bench.supervisor.stack(stackName("shop"))
            return false
        } catch {
            return true
        }
    }

    @Test func `a network that someone else uses stays, and the volumes go all the same`() async throws {
        let bench = try await deployed()
        await bench.engine.fail("removeNetwork", count: 100, kind: .conflict, "the network has active endpoints")
        let end = try await bench.settle(try await bench.supervisor.remove(stackName("shop"), removesVolumes: true))
        #expect(end.state == .succeeded)
        #expect(await bench.engine.volumeNames() == [])
        #expect(await bench.engine.networkNames() == ["shop_default"])
        #expect(await isGone(bench))
    }

    @Test func `a volume that does not go fails the removal with the reason, and goes once it can`() async throws {
        let bench = try await deployed()
        await bench.engine.fail("removeVolume", count: 4, kind: .conflict, "the volume is in use")
        let end = try await bench.settle(try await bench.supervisor.remove(stackName("shop"), removesVolumes: true))
        #expect(end.state == .failed)
        #expect(end.cause == "the volume is in use")
        #expect(await bench.engine.volumeNames() == ["shop_data"])
        #expect(await !isGone(bench))
        // Asked for once more, it is tried at once and not after the wait.
        let again = try await bench.supervisor.remove(stackName("shop"), removesVolumes: true)
        #expect(again.id != end.id)
        #expect(try await bench.settle(again).state == .succeeded)
        #expect(await bench.engine.volumeNames() == [])
        #expect(await isGone(bench))
    }

    @Test func `a container that cannot be removed fails the removal`() async throws {
        let bench = try await deployed()
        await bench.engine.fail("remove", count: 100, "the driver failed to remove the root file system")
        let end = try await bench.settle(try await bench.supervisor.remove(stackName("shop"), removesVolumes: true))
        #expect(end.state == .failed)
        #expect(end.cause == "the driver failed to remove the root file system")
        #expect(await bench.engine.volumeNames() == ["shop_data"])
        await bench.engine.fail("remove", count: 0)
        let again = try await bench.supervisor.remove(stackName("shop"), removesVolumes: true)
        #expect(try await bench.settle(again).state == .succeeded)
        #expect(await bench.engine.all() == [])
    }
}
