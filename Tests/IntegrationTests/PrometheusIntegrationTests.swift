import Foundation
import HomieMetrics
import HomieModel
import HomieServer
import HomieSupervisor
import HomieTestSupport
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// A real Prometheus scrapes what we serve. HOMIE_TEST_PROMETHEUS names its program, HOMIE_TEST_PYTHON an interpreter.
@Suite(.serialized)
struct PrometheusIntegrationTests {
    private static let environment = ProcessInfo.processInfo.environment
    static let isExpected =
        environment["HOMIE_TEST_PROMETHEUS"] != nil || environment["HOMIE_TEST_REQUIRE_METRICS"] == "1"

    private func logger() -> Logger {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return logger
    }

    @Test(.enabled(if: isExpected))
    func `Prometheus scrapes every family without a complaint, in the format that it prefers`() async throws {
        let program = try #require(
            Self.environment["HOMIE_TEST_PROMETHEUS"],
            "scripts/lib/unpacked prometheus usr/bin/prometheus"
        )
        let registry = MetricRegistry()
        registry.counter("homie_test_events", "Events.", [.init("odd", "a\"b\\c\nd é")]).increment(by: 3)
        registry.histogram("homie_test_wait_seconds", "Wait.").observe(0.3)
        let exporter = MetricsExporter(
            stacks: { [] },
            registry: registry,
            version: "1.2.3",
            wall: Clocks.system().wall
        )
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let address = try #require(MetricsServer.Address(parsing: "127.0.0.1:0"))
        let server = MetricsServer(address: address, metrics: exporter, logger: logger()) { continuation.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger()))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let prometheus = try Prometheus(program, target: port)
            let up = try await prometheus.value("up")
            #expect(up == "1")
            #expect(try await prometheus.value("homie_up") == "1")
            #expect(try await prometheus.value("homie_test_events_total") == "3")
            #expect(try await prometheus.value("homie_test_wait_seconds_bucket{le=\"0.5\"}") == "1")
            #expect(try await prometheus.value("count(node_memory_MemTotal_bytes)") == "1")
            #expect(try await prometheus.value("scrape_samples_scraped > 50").isEmpty == false)
            let health = try prometheus.get("/api/v1/targets")
            #expect(health.contains("\"health\":\"up\""))
            #expect(health.contains("\"lastError\":\"\""))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// A server of its own, with a data folder of its own, that ends with this object.
    private final class Prometheus {
        private let process = Process()
        private let directory: URL
        private let port: Int

        init(_ program: String, target: Int) throws {
            directory = FileManager.default.temporaryDirectory.appendingPathComponent(
                "homie-prometheus-\(UUID().uuidString)"
            )
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            // It does not say which port it took: one that was free just now.
            port = Int(try FreePort.next())
            let file = directory.appendingPathComponent("prometheus.yml")
            let text = """
                scrape_configs:
                  - job_name: homie
                    scrape_interval: 1s
                    static_configs:
                      - targets: ['127.0.0.1:\(target)']
                """
            try Data(text.utf8).write(to: file)
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = [
                "--config.file=\(file.path)", "--storage.tsdb.path=\(directory.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
            ]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.start()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            try? FileManager.default.removeItem(at: directory)
        }

        func get(_ path: String) throws -> String {
            let run = try ProgramRun(
                "/usr/bin/python3",
                [
                    "-c", "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=10).read().decode())",
                    "http://127.0.0.1:\(port)\(path)",
                ],
                within: .seconds(30)
            )
            return run.status == 0 ? run.output : ""
        }

        /// The value of an expression's first series, once there is one.
        func value(_ expression: String) async throws -> String {
            let allowed = CharacterSet.alphanumerics
            let query = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
            return try await eventually("Prometheus knows \(expression)", within: .seconds(60)) {
                let text = try get("/api/v1/query?query=\(query)")
                guard let answer = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
                return answer["data"]?["result"]?.arrayValue?.first?["value"]?.arrayValue?.last?.stringValue
            }
        }
    }
}
