import FoundationEssentials
import HomieHTTP
import HomieModel
import HomieProcess
import HomieSupervisor
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieEngine

#if canImport(Glibc)
    import Glibc
#endif

/// A registry on loopback that wants a login (Debian's `docker-registry`).
private struct OwnRegistry {
    /// `scripts/test` names it; then it must be there.
    static let named = ProcessInfo.processInfo.environment["HOMIE_TEST_REGISTRY"]
    static let program = named ?? "/usr/bin/docker-registry"
    static let isPossible = EngineFixture.isExpected && (named != nil || access(program, X_OK) == 0)

    let directory: String
    let port: UInt16
    var host: String { "127.0.0.1:\(port)" }

    func start() async throws {
        // "homie" with the password "secret".
        try write("homie:$2y$04$znlfazPmhM5654XWRkm67.1q8aYDbIVUs1RL.hP5A9raFl7mo4/3e\n", "users")
        try write(
            """
            version: 0.1
            storage: { filesystem: { rootdirectory: \(directory)/data }, delete: { enabled: true } }
            http: { addr: "\(host)" }
            auth: { htpasswd: { realm: test, path: \(directory)/users } }
            """,
            "config.yml"
        )
        let login = Data("homie:secret".utf8).base64EncodedString()
        try write(#"{"auths":{"\#(host)":{"auth":"\#(login)"}}}"#, "config.json")
        let line =
            "echo $$ >\(directory)/pid; exec \(Self.program) serve \(directory)/config.yml >\(directory)/log 2>&1"
        Task {
            _ = try await ChildProcess(program: "sh", arguments: ["-c", line]).run(input: [], timeLimit: .seconds(120))
        }
        for _ in 0..<1200
        where (try? String(contentsOf: URL(filePath: directory + "/log"), encoding: .utf8))?
            .contains("listening on") != true
        { try await Task.sleep(for: .milliseconds(50)) }
    }

    func stop() {
        let text = (try? String(contentsOf: URL(filePath: directory + "/pid"), encoding: .utf8)) ?? ""
        if let pid = Int32(text.trimmedOfWhitespace) { kill(pid, SIGTERM) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    }
}

@Suite(.enabled(if: OwnRegistry.isPossible, "needs an engine, and the package docker-registry"))
struct RegistryIntegrationTests {
    @Test(.timeLimit(.minutes(5)))
    func `images are pulled by tag and digest with the login of the file, and refused without`() async throws {
        try await EngineFixture.with("registry") { fixture in
            let directory = "/tmp/homie-registry-\(UInt32.random(in: 0...(.max)))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let registry = OwnRegistry(directory: directory, port: try FreePort.next())
            defer { registry.stop() }
            try await registry.start()
            let engine = DockerEngine(
                socketPath: try #require(EngineFixture.socketPath),
                credentialsPath: directory + "/config.json",
                logger: fixture.engine.logger
            )
            let reference = "\(registry.host)/eng/static:1"
            let image = try #require(try await engine.image("homie/static:1"))
            try await engine.tag(image.id, as: reference)
            var push = EngineCall(
                .post,
                "/images/\(registry.host)/eng/static/push",
                query: [("tag", "1")],
                action: "push"
            )
            push.fields["X-Registry-Auth"] = try await engine.credentials.login(for: registry.host)?.header
            _ = try await ProgressReader(action: "push").read(engine.connection.send(push).body) { _ in }
            try await untag(reference, engine)

            let messages = Mutex<[String]>([])
            let pulled = try await engine.pull(reference, platform: nil) { progress in
                messages.withLock { $0.append(progress.message) }
            }
            #expect(pulled.id == image.id)
            #expect(messages.withLock { $0.contains { $0.hasPrefix("Digest: sha256:") } })
            let digest = try #require(
                pulled.repositoryDigests.first { $0.hasPrefix("\(registry.host)/eng/static@sha256:") }
            )
            try await untag(reference, engine)
            #expect(try await engine.pull(digest, platform: nil) { _ in }.id == image.id)
            try await untag(digest, engine)

            await #expect {
                _ = try await fixture.engine.pull(reference, platform: nil) { _ in }
            } throws: { ($0 as? EngineError)?.failure == .registryRefused }
            await #expect {
                _ = try await engine.pull("\(registry.host)/eng/static:missing", platform: nil) { _ in }
            } throws: { ($0 as? EngineError)?.failure == .noSuchImage }
        }
    }

    private func untag(_ reference: String, _ engine: DockerEngine) async throws {
        try await engine.connection.perform(
            EngineCall(.delete, "/images/\(EngineCall.segment(reference))", action: "remove the tag")
        )
    }
}
