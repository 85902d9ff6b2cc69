import HomieModel
import HomieTestSupport
import Testing

@testable import HomieSupervisor

/// Answers that come after what has happened meanwhile.
@Suite struct MirrorTests {
    private let id = String(repeating: "a", count: 64)

    private func container(_ health: ObservedContainer.Health = .none) -> ObservedContainer {
        ObservedContainer(
            id: id,
            name: "shop-web-1",
            imageID: "sha256:web",
            labels: [ContainerLabels.project: "shop", ContainerLabels.service: "web"],
            state: .running,
            health: health,
            createdAt: Timestamp(nanoseconds: 1),
            startedAt: Timestamp(nanoseconds: 2)
        )
    }

    @Test func `what is gone does not come back with the answer to an earlier inspection or listing`() {
        var mirror = EngineMirror()
        mirror.put(container(), asOf: .seconds(1))
        mirror.remove(id, now: .seconds(3))
        mirror.put(container(), asOf: .seconds(2))
        #expect(mirror[id] == nil)
        mirror.replaceAll(with: EngineListing(containers: [container()]), since: .seconds(2))
        #expect(mirror[id] == nil)
        #expect(mirror.containers(of: stackName("shop")) == [])
    }

    @Test func `what a listing does not have any more does not come back with the answer to an earlier inspection`() {
        var mirror = EngineMirror()
        mirror.put(container(), asOf: .seconds(1))
        mirror.replaceAll(with: EngineListing(containers: []), since: .seconds(3))
        mirror.put(container(), asOf: .seconds(2))
        #expect(mirror[id] == nil)
    }

    @Test func `what ended before its creation was answered is not there`() {
        var mirror = EngineMirror()
        mirror.remove(id, now: .seconds(1))
        mirror.noteCreated(container(), now: .seconds(2))
        #expect(mirror[id] == nil)
    }

    @Test func `the engine's word on health is newer than an inspection that began before it`() {
        var mirror = EngineMirror()
        mirror.put(container(.healthy), asOf: .seconds(1))
        mirror.noteHealth(id, .unhealthy, now: .seconds(5))
        mirror.put(container(.healthy), asOf: .seconds(4))
        #expect(mirror[id]?.health == .unhealthy)
        mirror.put(container(.healthy), asOf: .seconds(6))
        #expect(mirror[id]?.health == .healthy)
    }

    @Test func `what joined a namespace is not restarted because the engine took its time to start the other`()
        async throws
    {
        let bench = try await Bench()
        await bench.engine.addImage("web")
        await bench.engine.delayStarts(by: .milliseconds(1500))
        let definition = try stack(
            "shop",
            ["vpn": service("web"), "app": service("web") { $0.networkMode = .service(name("vpn")) }]
        )
        #expect(try await bench.up(definition).state == .succeeded)
        await bench.engine.clearCalls()
        // Longer than it takes to look at what has started.
        try await Task.sleep(for: .seconds(2))
        #expect(await bench.engine.calls == [])
    }
}
