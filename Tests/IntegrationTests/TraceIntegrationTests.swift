import Foundation
import HomieAPI
import HomieHTTP
import HomieModel
import HomieTestSupport
import Testing

@testable import homie_cli

/// Traces through the real daemon and the real engine.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct TraceIntegrationTests {
    /// Adds a header to every request.
    private struct Tracing: APITransport {
        let transport: SocketTransport
        let header: String

        private func traced(_ request: APIRequest) -> APIRequest {
            var request = request
            request.headers["traceparent"] = header
            return request
        }

        func send(_ request: APIRequest) async throws -> APIResponse { try await transport.send(traced(request)) }
        func stream(_ request: APIRequest) async throws -> APIStreamResponse {
            try await transport.stream(traced(request))
        }
    }

    /// A collector that reads what it gets with OpenTelemetry's own classes, and prints one line of JSON for each span.
    private final class Collector {
        private let process = Process()
        private let output: URL
        let port: Int

        static var python: String? { ProcessInfo.processInfo.environment["HOMIE_TEST_PYTHON"] }

        private static let script = """
            import http.server, json, sys
            from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
            out = open(sys.argv[1], "a")
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["content-length"]))
                    request = ExportTraceServiceRequest()
                    request.ParseFromString(body)
                    exact = request.SerializeToString(deterministic=True) == body
                    for group in request.resource_spans:
                        resource = {a.key: a.value.string_value for a in group.resource.attributes}
                        for scope in group.scope_spans:
                            for span in scope.spans:
                                print(json.dumps({
                                    "path": self.path, "type": self.headers["content-type"], "exact": exact,
                                    "service": resource.get("service.name"), "trace": span.trace_id.hex(),
                                    "span": span.span_id.hex(), "parent": span.parent_span_id.hex(), "name": span.name,
                                    "kind": span.kind, "length": span.end_time_unix_nano - span.start_time_unix_nano,
                                    "attributes": sorted(a.key for a in span.attributes), "status": span.status.code,
                                }), file=out, flush=True)
                    self.send_response(200)
                    self.send_header("content-length", "0")
                    self.end_headers()
                def log_message(self, *arguments): pass
            server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
            print(server.server_port, file=out, flush=True)
            server.serve_forever()
            """

        init(python: String, in directory: URL) async throws {
            let file = directory.appendingPathComponent("spans")
            output = file
            process.executableURL = URL(fileURLWithPath: python)
            process.arguments = ["-c", Self.script, file.path]
            try process.start()
            port = try await eventually("the collector listens", within: .seconds(30)) {
                let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                return text.contains("\n") ? Int(text.prefix { $0.isNumber }) : nil
            }
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

        func spans() throws -> [JSONValue] {
            try String(contentsOf: output, encoding: .utf8).split(separator: "\n").dropFirst().map {
                try JSONValue(parsing: Array($0.utf8))
            }
        }
    }

    static let canRead =
        Collector.python != nil || ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_METRICS"] == "1"

    @Test(.enabled(if: canRead)) func `traces are exported as OpenTelemetry's own classes read them`() async throws {
        try EngineUnderTest.clean("exported")
        let daemon = try DaemonProcess()
        let collector = try await Collector(
            python: try #require(Collector.python, "HOMIE_TEST_PYTHON was promised"),
            in: daemon.directory
        )
        try await daemon.start(["--trace-endpoint", "http://127.0.0.1:\(collector.port)"])
        var project = Project(name: "exported")
        project.add("web")
        #expect(try await daemon.up(project).state == .succeeded)
        let spans = try await eventually("the deployment's span has come") {
            let spans = try collector.spans()
            return spans.contains { $0["name"] == "up exported" } ? spans : nil
        }
        #expect(spans.allSatisfy { $0["path"] == "/v1/traces" && $0["type"] == "application/x-protobuf" })
        // Written again by their classes, they are the same bytes: nothing was unknown, nothing out of place.
        #expect(spans.allSatisfy { $0["exact"] == true })
        #expect(spans.allSatisfy { $0["service"] == "homied" && $0["trace"]?.stringValue?.count == 32 })
        let deployment = try #require(spans.first { $0["name"] == "up exported" })
        let call = try #require(spans.first { $0["name"] == "create container 'exported-web-1'" })
        #expect(call["trace"] == deployment["trace"] && call["kind"] == 3)
        #expect((call["length"]?.integerValue ?? 0) > 0 && deployment["status"] == 1)
        #expect(deployment["attributes"] == ["homie.deployment", "homie.outcome", "homie.revision", "homie.stack"])
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean("exported")
    }

    @Test func `a caller's trace goes through the API and the loop to the engine's calls, and into the log`()
        async throws
    {
        try EngineUnderTest.clean("traced")
        let daemon = try DaemonProcess()
        try await daemon.start()
        let trace = try #require(TraceID("0af7651916cd43dd8448eb211c80319c"))
        let caller = try #require(SpanID("b7ad6b7169203331"))
        let header = TraceParent(trace: trace, span: caller, isSampled: true).header
        let socket = SocketTransport(client: HTTPClient(socketPath: daemon.socket, peer: "daemon"))
        let client = APIClient(transport: Tracing(transport: socket, header: header))
        var project = Project(name: "traced")
        project.add("web") {
            $0["restart"] = .string("always")
            $0["x-homie"] = ["schedule": ["name": "tick", "run": ["/bin/sh", "-c", "echo $TRACEPARENT"]]]
        }
        let begun = try await client.apply(project.document, as: try StackName(parsing: "traced"))
        try await eventually("the deployment ends") {
            try await daemon.client.deployment(begun.id).state == .succeeded ? true : nil
        }
        let spans = try await daemon.client.trace(trace).spans
        func span(_ name: String) throws -> SpanRecord {
            try #require(spans.first { $0.name.hasPrefix(name) }, "\(spans.map(\.name))")
        }
        let request = try span("PUT /api/v1/stacks/{stack}")
        #expect(request.parent == caller && request.kind == .server)
        let deployment = try span("up traced")
        #expect(deployment.parent == request.span && deployment.outcome == .ok)
        let chain = try span("bring up web/1")
        #expect(chain.parent == deployment.span)
        let call = try span("create container 'traced-web-1'")
        #expect(call.parent == chain.span && call.kind == .client)
        #expect(daemon.log.contains("trace=\(trace)"))

        // A job goes on with the trace of who asked for it, and hands it to its program.
        let run = try await client.run(try JobName(parsing: "traced/tick"))
        let end = try await eventually("the run is over") {
            let now = try await daemon.client.jobRun(run.id)
            return now.state.isFinal ? now : nil
        }
        #expect(end.state == .succeeded && end.trace == trace.description)
        var lines: [String] = []
        for try await line in try await daemon.client.jobLog(of: run.id, follows: false) { lines.append(line.text) }
        #expect(lines.first?.contains(trace.description) == true)

        // Healing has a trace of its own; what only looks has none.
        try EngineUnderTest.docker("kill", "traced-web-1")
        try await eventually("healing was traced") {
            try await daemon.client.traces().contains { $0.name == "restart web/1" } ? true : nil
        }
        #expect(try await !daemon.client.traces().contains { $0.name.hasPrefix("GET ") })
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean("traced")
    }
}
