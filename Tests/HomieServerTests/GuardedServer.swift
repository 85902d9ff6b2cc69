import FoundationEssentials
import HomieAPI
import HomieAccess
import HomieModel
import HomieServer
import HomieSupervisor
import HomieTestSupport
import Logging
import ServiceLifecycle

/// A server with both of its sockets, and the users `root` (admin), `opal` (operator) and `vera` (viewer).
struct GuardedServer: Sendable {
    static let password = "quite a long one"

    let socket: String
    let gateway: String
    let control: FakeControl
    let access: AccessControl
    let store: MemoryAccessStore
    private let folder: ScopedFolder

    private init() throws {
        folder = try ScopedFolder()
        socket = folder.path + "/api.sock"
        gateway = folder.path + "/gateway.sock"
        control = FakeControl()
        store = MemoryAccessStore()
        let clock = Self.clock
        access = AccessControl(
            settings: AccessSettings(passwordCost: PasswordHash.Cost(rounds: 16, parallelism: 1)),
            store: store,
            key: SessionKey(),
            seal: Seal(key: Array(repeating: 1, count: 32)),
            wall: clock.wall,
            uptime: clock.uptime
        )
    }

    private static let clock = Clocks.system()

    /// Takes what is signed as Standard Webhooks says, whatever the signature.
    private struct Hooks: HookReceiving {
        func check(_ hook: String, fields: [String: String]) async throws {
            guard hook == "push", fields["webhook-signature"] != nil else { throw HookError.notSigned }
        }

        func receive(_ hook: String, fields: [String: String], body: [UInt8]) async throws -> HookReceipt {
            HookReceipt(hook: try AlertName(parsing: hook), did: "read \(body.count) bytes")
        }
    }

    /// - Parameters:
    ///   - rate: requests of one client, refilled over an hour.
    ///   - connections: at a time.
    static func with(
        rate: Int = 100_000,
        connections: Int = 128,
        _ body: @Sendable (GuardedServer) async throws -> Void
    ) async throws {
        let guarded = try GuardedServer()
        _ = try await guarded.access.load()
        for (name, role) in [("root", Role.admin), ("opal", .operator), ("vera", .viewer)] {
            _ = try await guarded.access.put(
                try UserName(parsing: name),
                role: role,
                password: password,
                by: .socket(account: 0, process: 1)
            )
        }
        let policy = RatePolicy("default", count: rate, window: .seconds(3600))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (listening, continuation) = AsyncStream<Void>.makeStream()
        let server = APIServer(
            APIServerConfiguration(
                socketPath: guarded.socket,
                gatewaySocketPath: guarded.gateway,
                maximumConnections: connections
            ),
            control: guarded.control,
            version: VersionInformation(version: "1.2.3"),
            parse: { try RunningServer.parse($0) },
            readiness: { .ready },
            metrics: FakeMetrics(),
            hooks: Hooks(),
            gate: AccessGate(
                access: guarded.access,
                pages: PageSettings(domain: "homie.local", port: 443) { _ in false },
                limiter: RateLimiter(policy, uptime: clock.uptime),
                wall: clock.wall
            ),
            onListening: { continuation.finish() },
            logger: logger
        )
        let services = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            for await _ in listening {}
            try await body(guarded)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    struct Answer: Sendable {
        var status: Int
        var json: JSONValue
        var headers: [String: String]
    }

    /// One request through the gateway's socket, as HAProxy would hand it on.
    ///
    /// - Parameter headers: lines such as `authorization: Bearer …`, without their ends.
    func ask(
        _ method: String,
        _ target: String,
        _ headers: [String] = [],
        body: String? = nil,
        type: String = "application/json",
        from address: String = "192.0.2.7",
        throughGateway: Bool = true
    ) async throws -> Answer {
        var lines = ["\(method) \(target) HTTP/1.1", "host: homie.local", "x-forwarded-for: \(address)"] + headers
        if let body { lines += ["content-type: \(type)", "content-length: \(body.utf8.count)"] }
        let text = lines.map { $0 + "\r\n" }.joined() + "\r\n" + (body ?? "")
        return try await SocketConnection.open(throughGateway ? gateway : socket) { connection in
            try await connection.send(text)
            let head = try await connection.head()
            let isJSON = head.headers["content-type"]?.contains("json") == true
            // Streams have no end to wait for.
            guard head.headers["content-length"] != nil else {
                return Answer(status: head.status, json: .null, headers: head.headers)
            }
            let content = try await connection.body(head)
            return Answer(
                status: head.status,
                json: isJSON && !content.isEmpty ? try JSONValue(parsing: content) : .null,
                headers: head.headers
            )
        }
    }

    /// Signs a user in; the session's tokens.
    func signIn(_ user: String) async throws -> GrantAnswer {
        let answer = try await ask(
            "POST",
            "/api/v1/session",
            body: #"{"user":"\#(user)","password":"\#(Self.password)"}"#
        )
        return try JSONText.value(GrantAnswer.self, from: answer.json.jsonBytes)
    }

    /// The header line that shows a user's session.
    func bearer(_ user: String) async throws -> String {
        "authorization: Bearer \(try await signIn(user).token ?? "")"
    }
}
