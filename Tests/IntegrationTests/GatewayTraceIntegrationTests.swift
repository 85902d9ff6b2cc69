import HomieAPI
import HomieModel
import HomieTestSupport
import HomieTransfer
import Testing

@Suite(
    .enabled(if: GatewayedDaemon.isExpected, "no Docker Engine or no HAProxy was promised to these tests"),
    .serialized
)
struct GatewayTraceIntegrationTests {
    @Test func `the gateway's number of a request is that of its trace, whatever the client says its number is`()
        async throws
    {
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            try await gatewayed.add("root", .admin)
            let token = try await gatewayed.token(of: "root")
            let answer = try await gatewayed.ask(
                "DELETE",
                "/api/v1/stacks/nothing",
                token: token,
                headers: ["X-Request-ID: mine"]
            )
            #expect(answer.status == 404)
            let number = try #require(answer.fields["x-request-id"])
            #expect(number != "mine")
            let trace = try #require(TraceID(number), "\(number)")
            let span = try #require(try await gatewayed.daemon.client.trace(trace).spans.first)
            #expect(span.name == "DELETE /api/v1/stacks/{stack}")
            #expect(span.attributes["http.request.id"] == .string(number))
        }
    }
}
