import HomieModel
import HomieSupervisor
import Testing

@testable import HomieEngine

@Suite(.enabled(if: EngineFixture.isExpected, "HOMIE_TEST_DOCKER_SOCKET is not set"))
struct NetworkIntegrationTests {
    @Test func `services find each other by name, alias and link on all their networks`() async throws {
        try await EngineFixture.with("net") { fixture in
            let engine = fixture.engine
            try await fixture.makeNetwork()
            let back = NetworkDefinition(name: "eng-net_back")
            try await engine.ensureNetwork(back, key: "back", stack: fixture.stack)
            var attachment = NetworkAttachment()
            attachment.aliases = ["www"]
            var server = try await fixture.recipe("web") { $0.networks["back"] = attachment }
            server.networks["back"] = back
            var client = try await fixture.recipe("client") {
                $0.networks = ["back": NetworkAttachment()]
                $0.links = ["web:site"]
                $0.extraHosts = ["gate:host-gateway", "six:[::1]"]
                $0.command = ["sleep", "60"]
            }
            client.networks["back"] = back
            let serverID = try await engine.create(server)
            let clientID = try await engine.create(client)
            try await engine.start(serverID)
            try await engine.start(clientID)
            let seen = try #require(try await engine.container(serverID))
            #expect(Set(seen.addresses.keys) == ["eng-net_default", "eng-net_back"])
            for name in ["web", "www", "site", server.name, String(serverID.prefix(12))] {
                let answer = try await fixture.shell("wget -q -O - http://\(name)/", in: clientID)
                #expect(answer.output.contains("version 1"), "by the name \(name)")
            }
            let hosts = try await fixture.shell("cat /etc/hosts", in: clientID)
            #expect(hosts.output.contains("gate"))
            #expect(hosts.output.contains("::1\tsix"))
        }
    }

    @Test func `networks and volumes are made once, carry the stack's labels, and go`() async throws {
        try await EngineFixture.with("res") { fixture in
            let engine = fixture.engine
            var volume = VolumeDefinition(name: "eng-res_data")
            volume.labels = ["mine": "yes"]
            for _ in 0..<2 {
                try await fixture.makeNetwork()
                try await engine.ensureVolume(volume, key: "data", stack: fixture.stack)
            }
            let names = try await engine.resources(of: fixture.stack)
            #expect(names == EngineResourceNames(networks: ["eng-res_default"], volumes: ["eng-res_data"]))
            for _ in 0..<2 {
                try await engine.removeVolume("eng-res_data")
                try await engine.removeNetwork("eng-res_default")
            }
            let none = try await engine.resources(of: fixture.stack)
            #expect(none == EngineResourceNames(networks: [], volumes: []))
        }
    }

    @Test func `networks and volumes of others are refused, and missing external ones are named`() async throws {
        try await EngineFixture.with("owner") { fixture in
            try await EngineFixture.with("guest") { guest in
                let engine = fixture.engine
                let volume = VolumeDefinition(name: "eng-owner_data")
                try await fixture.makeNetwork()
                try await engine.ensureVolume(volume, key: "data", stack: fixture.stack)
                await #expect {
                    try await engine.ensureNetwork(fixture.network, key: "default", stack: guest.stack)
                } throws: { error in
                    guard case EngineError.foreignNetwork(_, _, "eng-owner") = error else { return false }
                    return true
                }
                await #expect {
                    try await engine.ensureVolume(volume, key: "data", stack: guest.stack)
                } throws: { error in
                    guard case EngineError.foreignVolume(_, _, "eng-owner") = error else { return false }
                    return true
                }
                var shared = fixture.network
                shared.isExternal = true
                try await engine.ensureNetwork(shared, key: "default", stack: guest.stack)
                var missing = NetworkDefinition(name: "eng-nowhere")
                missing.isExternal = true
                await #expect(throws: EngineError.self) {
                    try await engine.ensureNetwork(missing, key: "x", stack: guest.stack)
                }
                var missingVolume = VolumeDefinition(name: "eng-nowhere")
                missingVolume.isExternal = true
                await #expect {
                    try await engine.ensureVolume(missingVolume, key: "x", stack: guest.stack)
                } throws: { ($0 as? EngineError)?.kind == .notFound }
            }
        }
    }

    @Test func `the engine's reasons are recognised`() async throws {
        try await EngineFixture.with("why") { fixture in
            let engine = fixture.engine
            func failure(_ body: () async throws -> Void) async -> EngineFailure? {
                do {
                    try await body()
                    return nil
                } catch {
                    return (error as? EngineError)?.failure
                }
            }
            try await fixture.makeNetwork()
            let port = PortMapping(target: 80, published: "28471", hostAddress: "127.0.0.1")
            let first = try await engine.create(try await fixture.recipe("a") { $0.ports = [port] })
            let second = try await engine.create(try await fixture.recipe("b") { $0.ports = [port] })
            try await engine.start(first)
            #expect(await failure { try await engine.start(second) } == .portTaken(28471))

            var noImage = try await fixture.recipe("c")
            noImage.imageID = "sha256:" + String(repeating: "0", count: 64)
            #expect(await failure { _ = try await engine.create(noImage) } == .noSuchImage)

            let noPath = try await fixture.recipe("d") {
                var mount = MountDefinition(kind: .bind, source: "/nonexistent/homie", target: "/x")
                mount.bindCreatesHostPath = false
                $0.mounts = [mount]
            }
            #expect(await failure { _ = try await engine.create(noPath) } == .mountPathMissing("/nonexistent/homie"))

            var noNetwork = try await fixture.recipe("e")
            noNetwork.networks["default"] = NetworkDefinition(name: "eng-nonexistent")
            #expect(
                await failure {
                    let id = try await engine.create(noNetwork)
                    try await engine.start(id)
                } == .networkNotFound
            )
            let noCommand = try await engine.create(try await fixture.recipe("f") { $0.command = ["/nonexistent"] })
            #expect(await failure { try await engine.start(noCommand) } == .commandNotFound)
            #expect(await failure { try await engine.start("eng-nonexistent") } == .noSuchContainer)
            #expect(await failure { try await engine.removeNetwork("eng-why_default") } == .inUse)
        }
    }
}
