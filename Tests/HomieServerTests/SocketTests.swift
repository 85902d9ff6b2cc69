import FoundationEssentials
import Glibc
import HomieAPI
import HomieModel
import HomieServer
import Logging
import ServiceLifecycle
import Testing

/// A folder of a test's own, removed with its last reference.
final class ScopedFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/homie-sock-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

@Suite("The API's socket", .timeLimit(.minutes(5)))
struct SocketTests {
    private func server(
        _ path: String,
        group: String? = nil,
        onListening: @escaping @Sendable () -> Void = {}
    ) -> APIServer {
        APIServer(
            APIServerConfiguration(socketPath: path, socketGroup: group),
            control: FakeControl(),
            version: VersionInformation(version: "1"),
            parse: { try RunningServer.parse($0) },
            readiness: { .ready },
            onListening: { onListening() },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func bindStale(_ path: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(descriptor)
    }

    @Test("it has mode 0660 and is gone after the end")
    func mode() async throws {
        let path = try await RunningServer.with { server in
            var status = stat()
            #expect(lstat(server.path, &status) == 0)
            #expect(status.st_mode & S_IFMT == S_IFSOCK)
            #expect(status.st_mode & 0o777 == 0o660)
            #expect(!FileManager.default.fileExists(atPath: server.path + ".new"))
            return server.path
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a stale socket, and what a killed daemon left, is replaced")
    func stale() async throws {
        let folder = try ScopedFolder()
        let path = folder.path + "/api.sock"
        bindStale(path)
        mkdir(path + ".new", 0o700)
        bindStale(path + ".new/s")
        try await run(path) {
            let answer = try await SocketTransport(path: path).send(APIRequest(method: .get, target: "/healthz"))
            #expect(answer.status == 200)
        }
    }

    @Test("a second daemon is refused, and the first one goes on")
    func second() async throws {
        try await RunningServer.with { running in
            await #expect {
                try await server(running.path).run()
            } throws: { error in
                guard case .socketInUse = error as? APIServerError else { return false }
                return true
            }
            let answer = try await running.get("/healthz")
            #expect(answer.status == 200)
        }
    }

    @Test("a file in the socket's place is never removed")
    func file() async throws {
        let folder = try ScopedFolder()
        let path = folder.path + "/api.sock"
        try Data("precious".utf8).write(to: URL(filePath: path))
        await #expect {
            try await server(path).run()
        } throws: { error in
            guard case .notASocket = error as? APIServerError else { return false }
            return true
        }
        #expect(FileManager.default.contents(atPath: path) == Data("precious".utf8))
    }

    @Test("an impossible path, folder or group is refused with a sentence")
    func impossible() async throws {
        let folder = try ScopedFolder()
        let attempts = [
            server("/tmp/" + String(repeating: "x", count: 120)), server("/proc/nothing/here/api.sock"),
            server(folder.path + "/api.sock", group: "no-such-group"),
        ]
        for attempt in attempts {
            await #expect(throws: APIServerError.self) { try await attempt.run() }
        }
    }

    private func run(_ path: String, _ body: @Sendable () async throws -> Void) async throws {
        let (listening, continuation) = AsyncStream<Void>.makeStream()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = server(path, onListening: { continuation.finish() })
        let services = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            for await _ in listening {}
            try await body()
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }
}
