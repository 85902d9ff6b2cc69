import Foundation
import HomieModel
import HomieProbe
import HomieSupervisor
import HomieTestSupport
import Testing

/// Against gRPC's own server and health service (PyPI: grpcio, grpcio-health-checking).
///
/// HOMIE_TEST_PYTHON names an interpreter that has them; HOMIE_TEST_REQUIRE_METRICS=1 says that it was promised.
@Suite struct GRPCIntegrationTests {
    private static let environment = ProcessInfo.processInfo.environment
    static let python = environment["HOMIE_TEST_PYTHON"] ?? ""
    static let isExpected = !python.isEmpty || environment["HOMIE_TEST_REQUIRE_METRICS"] == "1"

    /// Ends by itself, whatever becomes of the test.
    private static let server = """
        import sys, time
        from concurrent import futures
        import grpc
        from grpc_health.v1 import health, health_pb2, health_pb2_grpc
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        servicer = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        servicer.set("good", health_pb2.HealthCheckResponse.SERVING)
        servicer.set("bad", health_pb2.HealthCheckResponse.NOT_SERVING)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        open(sys.argv[1], "w").write(str(port))
        time.sleep(120)
        """

    @Test(.enabled(if: isExpected)) func `a real gRPC server's states are told apart`() async throws {
        try #require(!Self.python.isEmpty, "HOMIE_TEST_REQUIRE_METRICS is set, but HOMIE_TEST_PYTHON is not")
        let file = NSTemporaryDirectory() + "homie-grpc-\(UUID().uuidString.prefix(8))"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = ["-c", Self.server, file]
        try process.start()
        defer {
            process.terminate()
            _ = try? process.waitUntilEnded(within: .seconds(20))
            try? FileManager.default.removeItem(atPath: file)
        }
        var port: UInt16?
        for _ in 0..<600 where port == nil {
            port = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { UInt16($0) }
            if port == nil { try await Task.sleep(for: .milliseconds(100)) }
        }
        let open = try #require(port, "the server did not start")
        let prober = NativeProber()
        func check(_ service: String) async -> String {
            let kind = ProbeKind.grpc(port: open, service: service)
            return await prober.probe(kind, at: "127.0.0.1", timeout: .seconds(30)).detail
        }
        #expect(await check("good") == "is SERVING")
        #expect(await check("") == "is SERVING")
        #expect(await check("bad") == "is NOT_SERVING")
        // Some servers send an empty message before their refusal, which is UNKNOWN; none says SERVING.
        let nobody = await check("nobody")
        #expect(nobody == "is UNKNOWN" || nobody.hasPrefix("answered without a state"), "\(nobody)")
    }
}
