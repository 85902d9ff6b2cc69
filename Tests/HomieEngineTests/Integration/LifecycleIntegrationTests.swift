import HomieHTTP
import HomieModel
import HomieSupervisor
import Testing

@testable import HomieEngine

@Suite(.enabled(if: EngineFixture.isExpected, "HOMIE_TEST_DOCKER_SOCKET is not set"))
struct LifecycleIntegrationTests {
    @Test func `a container is created, started, becomes healthy, is stopped and removed`() async throws {
        try await EngineFixture.with("life") { fixture in
            let engine = fixture.engine
            try await fixture.makeNetwork()
            let recipe = try await fixture.recipe { definition in
                var check = HealthcheckDefinition()
                check.test = ["CMD-SHELL", "wget -q -O - http://127.0.0.1/healthz"]
                check.interval = .milliseconds(500)
                definition.healthcheck = check
                definition.stopGracePeriod = .seconds(2)
            }
            let id = try await engine.create(recipe)
            let created = try #require(try await engine.container(id))
            #expect(created.state == .created)
            #expect(created.name == recipe.name)
            #expect(created.specDigest == "d1")
            #expect(created.startedAt == nil)
            #expect(created.engineRestartPolicy == "no")
            #expect(created.imageID == recipe.imageID)

            try await engine.start(id)
            try await engine.start(id)
            let healthy = try await fixture.wait(for: id) { $0.health == .healthy }
            #expect(healthy.state == .running)
            #expect(healthy.health == .healthy)
            #expect(healthy.addresses["eng-life_default"]?.isEmpty == false)
            #expect(healthy.startedAt != nil)
            #expect(try await engine.containers().contains { $0.id == id })

            try await engine.stop(id, grace: nil)
            try await engine.stop(id, grace: .seconds(1))
            let stopped = try #require(try await engine.container(id))
            #expect(stopped.state == .exited)
            #expect(stopped.finishedAt != nil)
            #expect(stopped.exitCode == 0)

            try await engine.remove(id, anonymousVolumes: true)
            try await engine.remove(id, anonymousVolumes: true)
            try await engine.stop(id, grace: nil)
            #expect(try await engine.container(id) == nil)
        }
    }

    @Test func `creating what is there with the same digest gives its ID, with another one a conflict`() async throws {
        try await EngineFixture.with("again") { fixture in
            try await fixture.makeNetwork()
            let recipe = try await fixture.recipe()
            let id = try await fixture.engine.create(recipe)
            #expect(try await fixture.engine.create(recipe) == id)
            let other = try await fixture.recipe(digest: "d2")
            await #expect {
                _ = try await fixture.engine.create(other)
            } throws: { error in
                guard case EngineError.nameTaken(recipe.name) = error else { return false }
                return (error as? EngineError)?.kind == .conflict
            }
        }
    }

    @Test func `inline configs and secrets are there before the first start, with owner and mode`() async throws {
        try await EngineFixture.with("files") { fixture in
            try await fixture.makeNetwork()
            var recipe = try await fixture.recipe { definition in
                var config = FileGrant(source: "motd", target: "/etc/homie/motd")
                config.uid = "999"
                config.gid = "998"
                config.mode = 0o440
                definition.configs = [config]
                definition.secrets = [FileGrant(source: "key", target: "/run/secrets/key")]
            }
            recipe.configs = ["motd": .content("good day\n")]
            recipe.secrets = ["key": .environment(name: "KEY", value: "s3cret")]
            let id = try await fixture.engine.create(recipe)
            #expect(try await fixture.engine.create(recipe) == id)
            let created = try #require(try await fixture.engine.container(id))
            #expect(created.name == recipe.name)
            #expect(created.specDigest == "d1")
            try await fixture.engine.start(id)
            let shown = try await fixture.shell(
                "stat -c '%u:%g %a' /etc/homie/motd /run/secrets/key; cat /etc/homie/motd /run/secrets/key",
                in: id
            )
            #expect(shown.exitCode == 0)
            #expect(shown.output == "999:998 440\n0:0 444\ngood day\ns3cret")
        }
    }

    @Test func `what an interrupted creation left is not taken for the container, and is replaced`() async throws {
        try await EngineFixture.with("partial") { fixture in
            try await fixture.makeNetwork()
            var recipe = try await fixture.recipe {
                $0.configs = [FileGrant(source: "motd", target: "/etc/motd")]
            }
            recipe.configs = ["motd": .content("x")]
            var leftover = try await fixture.recipe()
            leftover.name = PartialName.of(recipe.name)
            let old = try await fixture.engine.create(leftover)
            let seen = try #require(try await fixture.engine.container(old))
            #expect(seen.specDigest == PartialName.digest)
            #expect(seen.isOwned)
            let id = try await fixture.engine.create(recipe)
            #expect(try await fixture.engine.container(old) == nil)
            #expect(try await fixture.engine.container(recipe.name)?.id == id)
        }
    }

    @Test func `anonymous volumes are carried over to the next container and go with the last`() async throws {
        try await EngineFixture.with("anon") { fixture in
            let engine = fixture.engine
            try await fixture.makeNetwork()
            let mounts = [MountDefinition(kind: .volume, target: "/data")]
            let first = try await fixture.recipe {
                $0.mounts = mounts
                $0.user = "0"
            }
            let old = try await engine.create(first)
            try await engine.start(old)
            #expect(try await fixture.shell("echo kept >/data/file", in: old).exitCode == 0)
            let mount = try #require(try await engine.container(old)?.mounts.first { $0.destination == "/data" })
            let volume = try #require(mount.volume)

            try await engine.rename(old, to: first.name + "-old")
            var second = try await fixture.recipe(digest: "d2") {
                $0.mounts = mounts
                $0.user = "0"
            }
            second.anonymousVolumes = ["/data": volume]
            let new = try await engine.create(second)
            try await engine.remove(old, anonymousVolumes: false)
            try await engine.start(new)
            #expect(try await fixture.shell("cat /data/file", in: new).output == "kept\n")
            #expect(try await engine.container(new)?.mounts.map(\.volume) == [volume])

            try await engine.remove(new, anonymousVolumes: true)
            let gone: VolumeInspection? = try await engine.connection.find(
                EngineCall(.get, "/volumes/\(volume)", action: "look at the volume")
            )
            #expect(gone == nil)
        }
    }

    @Test func `a paused container goes on, and one that is not paused is left alone`() async throws {
        try await EngineFixture.with("pause") { fixture in
            try await fixture.makeNetwork()
            let id = try await fixture.engine.create(try await fixture.recipe())
            try await fixture.engine.start(id)
            try await fixture.engine.connection.perform(
                EngineCall(.post, "/containers/\(id)/pause", action: "pause")
            )
            #expect(try await fixture.engine.container(id)?.state == .paused)
            try await fixture.engine.unpause(id)
            try await fixture.engine.unpause(id)
            #expect(try await fixture.engine.container(id)?.state == .running)
        }
    }

    @Test func `a container may share the network of another one`() async throws {
        try await EngineFixture.with("share") { fixture in
            try await fixture.makeNetwork()
            let owner = try await fixture.engine.create(try await fixture.recipe("vpn"))
            try await fixture.engine.start(owner)
            let vpn = try ServiceName(parsing: "vpn")
            var recipe = try await fixture.recipe("guest") {
                $0.networks = [:]
                $0.networkMode = .service(vpn)
                $0.command = ["sleep", "60"]
            }
            recipe.namespaceContainers = [vpn: owner]
            let guest = try await fixture.engine.create(recipe)
            try await fixture.engine.start(guest)
            #expect(try await fixture.engine.container(guest)?.networkParent == owner)
            let answer = try await fixture.shell("wget -q -O - http://127.0.0.1/", in: guest)
            #expect(answer.output.contains("version 1"))
        }
    }
}
