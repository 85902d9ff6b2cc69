import FoundationEssentials
import HomieAPI
import HomieModel
import HomieServer
import HomieSupervisor
import Logging
import ServiceLifecycle
import Testing

/// A server on a socket of a test's own, with a fake supervisor behind it.
struct RunningServer {
    let path: String
    let control: FakeControl
    var client: APIClient { APIClient(transport: SocketTransport(path: path)) }

    /// A project with a service `bad` is refused, all others become empty stacks.
    static func parse(_ project: JSONValue) throws -> StackDefinition {
        guard let name = project["name"]?.stringValue else { throw BadProject() }
        guard project["services"]?["bad"] == nil else { throw BadProject() }
        return StackDefinition(name: try StackName(parsing: name))
    }

    struct BadProject: UserFacingError {
        let summary = "services.bad: unknown key 'imagee'"
        let hint: String? = "did you mean 'image'?"
        let kind = ErrorKind.usage
    }

    static func with<Result: Sendable>(
        readiness: Readiness = .ready,
        heartbeat: Duration = .seconds(15),
        system: (any SystemControl)? = FakeSystem(),
        _ body: @Sendable (RunningServer) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/homie-api-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let running = RunningServer(path: folder + "/api.sock", control: FakeControl())
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (listening, continuation) = AsyncStream<Void>.makeStream()
        let server = APIServer(
            APIServerConfiguration(socketPath: running.path, heartbeat: heartbeat),
            control: running.control,
            version: VersionInformation(version: "1.2.3"),
            parse: { try parse($0) },
            readiness: { readiness },
            metrics: FakeMetrics(),
            care: FakeCare(),
            system: system,
            onListening: { continuation.finish() },
            logger: logger
        )
        let services = ServiceGroup(configuration: .init(services: [server], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            for await _ in listening {}
            let result = try await body(running)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return result
        }
    }

    /// Sends one request of raw text and returns status and JSON.
    func raw(_ text: String) async throws -> (status: Int, json: JSONValue, headers: [String: String]) {
        try await SocketConnection.open(path) { connection in
            try await connection.send(text)
            let head = try await connection.head()
            let body = try await connection.body(head)
            // Metrics are text.
            let isText = ["text/plain", "application/openmetrics"].contains {
                head.headers["content-type"]?.hasPrefix($0) == true
            }
            return (head.status, body.isEmpty || isText ? .null : try JSONValue(parsing: body), head.headers)
        }
    }

    func get(_ target: String, headers: String = "") async throws -> (
        status: Int, json: JSONValue, headers: [String: String]
    ) {
        try await raw("GET \(target) HTTP/1.1\r\nhost: h\r\n\(headers)\r\n")
    }

    func put(_ target: String, _ body: String, method: String = "PUT") async throws -> (
        status: Int, json: JSONValue, headers: [String: String]
    ) {
        try await raw(
            "\(method) \(target) HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }
}

/// Two lines, told apart by their format.
struct FakeMetrics: MetricsExposition {
    func exposition(as format: ExpositionFormat) async -> [UInt8] {
        Array((format == .openMetrics ? "up 1\n# EOF\n" : "up 1\n").utf8)
    }
}

/// One issue, which can be fixed.
struct FakeCare: IssueControl {
    static let issue = DeviceIssue(
        id: "service:shop:web",
        check: "service",
        severity: .error,
        summary: "'web' ended with exit code 3",
        stack: try? StackName(parsing: "shop"),
        service: try? ServiceName(parsing: "web"),
        since: Timestamp(nanoseconds: 1_700_000_000_000_000_000),
        evidence: ["so far: 2 restarts"],
        excerpt: ["boom"],
        causes: [IssueCause(issue: "engine", text: "the engine is gone")],
        remedy: Remedy(action: .restart, text: "try it once more", command: "homie fix service:shop:web")
    )

    func issues() async -> [DeviceIssue] { [Self.issue] }
    func openIssues() async -> [DeviceIssue.Severity: Int] { [Self.issue.severity: 1] }

    func fix(_ issue: String) async throws -> FixReport {
        guard issue == Self.issue.id else { throw SupervisorError.noIssue(issue) }
        return FixReport(issue: issue, message: "done", deployment: 7)
    }

    func health(of stack: StackName?) async -> [ServiceHealth] {
        guard let shop = try? StackName(parsing: "shop"), let web = try? ServiceName(parsing: "web"),
            stack == nil || stack == shop
        else { return [] }
        return [ServiceHealth(stack: shop, service: web, replica: 1, health: .healthy, latencyMilliseconds: 1.5)]
    }
}
