import HomieModel
import HomieSupervisor
import HomieTestSupport
import Logging
import Synchronization
import Testing

@testable import HomieEngine

@Suite(.timeLimit(.minutes(5)))
struct ListingTests {
    static let listed = """
        [{"Id":"good","Names":["/shop-web-1"],"ImageID":"sha256:a","Created":100,"State":"running","Status":"Up 2 hours",
          "Labels":{"com.docker.compose.project":"shop"}},
         {"Id":"bad","Names":["/blog-web-1"],"ImageID":"sha256:b","Created":200,"State":"exited",
          "Status":"Exited (137) 5 minutes ago","HostConfig":{"NetworkMode":"container:good"},
          "Labels":{"com.docker.compose.project":"blog","com.docker.compose.service":"web"},
          "Mounts":[{"Type":"volume","Name":"data","Destination":"/data"}],
          "NetworkSettings":{"Networks":{"net":{"IPAddress":"192.0.2.7"}}}},
         {"Id":"sick","Names":["/blog-api-1"],"ImageID":"sha256:c","Created":300,"State":"running",
          "Status":"Up 3 seconds (unhealthy)","Labels":{"com.docker.compose.project":"blog"}}]
        """
    private static let good = """
        {"Id":"good","Name":"/shop-web-1","Image":"sha256:a","Created":"2026-01-01T00:00:00Z",
         "State":{"Status":"running","StartedAt":"2026-01-02T00:00:00Z"},
         "Config":{"Labels":{"com.docker.compose.project":"shop"}}}
        """

    /// An engine with one good container, and two that it shows in its list only.
    private func engine(
        listed: String = Self.listed,
        _ inspect: @escaping @Sendable (ScriptedServer.Connection) -> Void
    ) throws -> (DockerEngine, ScriptedServer) {
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                if head.hasPrefix("GET /_ping") {
                    connection.answer("OK", fields: "Api-Version: 1.41\r\n")
                } else if head.contains("/containers/json?") {
                    connection.answer(listed)
                } else if head.contains("/containers/good/json") {
                    connection.answer(Self.good)
                } else {
                    inspect(connection)
                }
            }
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return (DockerEngine(socketPath: server.path, credentialsPath: "/nonexistent", logger: logger), server)
    }

    private func check(_ listing: EngineListing) throws {
        #expect(listing.containers.map(\.id) == ["good", "bad", "sick"])
        #expect(listing.outlined == ["bad", "sick"])
        #expect(listing.containers[0].startedAt == Timestamp(rfc3339: "2026-01-02T00:00:00Z"))
        let bad = listing.containers[1]
        #expect(bad.name == "blog-web-1")
        #expect(bad.imageID == "sha256:b")
        #expect(bad.state == .exited)
        #expect(bad.exitCode == 137)
        #expect(bad.stack?.text == "blog")
        #expect(bad.networkParent == "good")
        #expect(bad.mounts == [ObservedMount(kind: .volume, volume: "data", destination: "/data")])
        #expect(bad.addresses == ["net": "192.0.2.7"])
        #expect(bad.createdAt == Timestamp(nanoseconds: 200_000_000_000))
        #expect(listing.containers[2].health == .unhealthy)
    }

    @Test func `a container that the engine fails to show is told of as the list has it`() async throws {
        let (engine, server) = try engine {
            $0.answer(
                status: "500 Internal Server Error",
                #"{"message":"RWLayer of container bad is unexpectedly nil"}"#
            )
        }
        try check(try await engine.listing())
        server.stop()
    }

    @Test func `a container that the engine never shows holds up the listing for its time limit`() async throws {
        // Nothing is answered.
        var (engine, server) = try engine { _ in }
        engine.inspectionLimit = .milliseconds(300)
        try check(try await engine.listing())
        server.stop()
    }

    @Test func `an engine that goes away in the middle of a listing fails it`() async throws {
        // More than are looked at at a time.
        let many = (0..<30).map { #"{"Id":"c\#($0)","State":"running"}"# }.joined(separator: ",")
        let held = Mutex<ScriptedServer?>(nil)
        let (engine, server) = try engine(listed: "[\(many)]") { connection in
            held.withLock { $0 }?.stop()
            connection.close()
        }
        held.withLock { $0 = server }
        await #expect(throws: (any Error).self) { _ = try await engine.listing() }
    }
}
