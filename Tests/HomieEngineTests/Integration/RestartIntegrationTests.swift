import FoundationEssentials
import HomieArchive
import HomieHTTP
import HomieModel
import HomieProcess
import HomieSupervisor
import Logging
import Testing

@testable import HomieEngine

#if canImport(Glibc)
    import Glibc
#endif

/// A Docker Engine of the test's own that can be stopped and started; in a network namespace of its own, so that it
/// leaves the bridge of the other one alone.
private struct OwnEngine {
    static let isPossible = EngineFixture.socketPath != nil && geteuid() == 0

    let directory: String
    var socket: String { directory + "/docker.sock" }
    var engine: DockerEngine { DockerEngine(socketPath: socket, logger: Logger(label: "test")) }

    func start() async throws {
        let line = """
            exec unshare --net dockerd --bridge=none --iptables=false --ip-forward=false --data-root \(directory)/data \
            --exec-root \(directory)/exec --host unix://\(socket) --pidfile \(directory)/pid >>\(directory)/log 2>&1
            """
        Task {
            _ = try await ChildProcess(program: "sh", arguments: ["-c", line]).run(input: [], timeLimit: .seconds(600))
        }
        for _ in 0..<600 {
            if (try? await engine.information()) != nil { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("dockerd did not start: see \(directory)/log")
    }

    func stop() async throws {
        guard let text = try? String(contentsOf: URL(filePath: directory + "/pid"), encoding: .utf8),
            let pid = Int32(text.trimmedOfWhitespace)
        else { return }
        kill(pid, SIGTERM)
        for _ in 0..<600 where kill(pid, 0) == 0 { try await Task.sleep(for: .milliseconds(100)) }
    }

    /// Removes what the engine wrote. It mounts its own directory, and the mount may outlive it for a moment.
    func remove() async throws {
        let unmount = ChildProcess(program: "umount", arguments: ["--lazy", directory + "/data"], standardError: .kept)
        _ = try await unmount.run(timeLimit: .seconds(60))
        for _ in 0..<600 where FileManager.default.fileExists(atPath: directory) {
            do { return try FileManager.default.removeItem(atPath: directory) } catch {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        try FileManager.default.removeItem(atPath: directory)
    }

    /// An image with nothing in it, of which containers can be made, though not started.
    func makeImage() async throws -> String {
        let writer = try TarWriter()
        try writer.begin(TarEntry(path: "etc/", kind: .directory, mode: 0o755))
        var call = EngineCall(
            .post,
            "/images/create",
            query: [("fromSrc", "-"), ("repo", "eng-empty"), ("changes", "CMD [\"/none\"]")],
            action: "import an image"
        )
        call.body = .bytes(try writer.finish())
        try await engine.connection.perform(call)
        return try #require(try await engine.image("eng-empty:latest")).id
    }

    func create(_ index: Int, image: String) async throws -> String {
        var definition = ServiceDefinition()
        definition.networkMode = .plain("none")
        return try await engine.create(
            ContainerRecipe(
                name: "eng-restart-\(index)",
                stack: try StackName(parsing: "eng-restart"),
                service: try ServiceName(parsing: "x"),
                index: index,
                definition: definition,
                imageID: image,
                labels: [ContainerLabels.project: "eng-restart"]
            )
        )
    }
}

@Suite(.enabled(if: OwnEngine.isPossible, "needs HOMIE_TEST_DOCKER_SOCKET, and root to run dockerd"))
struct RestartIntegrationTests {
    @Test(.timeLimit(.minutes(3)))
    func `events and calls go on after the engine was restarted`() async throws {
        let own = OwnEngine(directory: "/tmp/homie-own-engine-\(UInt32.random(in: 0...(.max)))")
        try FileManager.default.createDirectory(atPath: own.directory, withIntermediateDirectories: true)
        do {
            try await own.start()
            let image = try await own.makeImage()
            let engine = own.engine
            var events = engine.events().makeAsyncIterator()
            #expect(await events.next() == .connected)
            let first = try await own.create(1, image: image)
            #expect(await events.next().flatMap(Self.created) == first)
            #expect(try await engine.containers().map(\.id) == [first])
            try await own.stop()
            guard case .disconnected? = await events.next() else {
                Issue.record("no word of the loss")
                return
            }
            await #expect {
                _ = try await engine.containers()
            } throws: { ($0 as? any UserFacingError)?.kind == .unreachable }
            try await own.start()
            #expect(await events.next() == .connected)
            #expect(try await engine.containers().map(\.id) == [first])
            let second = try await own.create(2, image: image)
            #expect(await events.next().flatMap(Self.created) == second)
        } catch {
            try await own.stop()
            throw error
        }
        try await own.stop()
        try await own.remove()
    }

    private static func created(_ event: EngineEvent) -> String? {
        guard case .container(let id, "create", _, _) = event else { return nil }
        return id
    }
}
