import Foundation
import HomieAPI
import HomieHTTP
import HomieModel
import Testing

@testable import homie

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
