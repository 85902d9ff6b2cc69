import HomieAPI
import Testing

@Suite("Metrics over HTTP")
struct MetricsTests {
    @Test("the format follows Accept, and says so")
    func formats() async throws {
        try await RunningServer.with { server in
            for (accept, type, text) in [
                ("*/*", "text/plain; version=0.0.4; charset=utf-8", "up 1\n"),
                (
                    "application/openmetrics-text;version=1.0.0,*/*;q=0.1",
                    "application/openmetrics-text; version=1.0.0; charset=utf-8", "up 1\n# EOF\n"
                ),
            ] {
                let head = try await server.raw("GET /metrics HTTP/1.1\r\nhost: h\r\naccept: \(accept)\r\n\r\n")
                #expect(head.status == 200)
                #expect(head.headers["content-type"] == type)
                let request = APIRequest(method: .get, target: "/metrics", headers: ["accept": accept])
                let answer = try await SocketTransport(path: server.path).send(request)
                #expect(String(decoding: answer.body, as: UTF8.self) == text)
            }
            #expect(
                try await server.raw("POST /metrics HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n").status == 405
            )
        }
    }
}
