import HomieModel
import HomieProcess
import Testing

@testable import HomieGateway

/// What clients and services may not do to each other.
extension GatewayIntegrationTests {
    @Test func `no service is asked to go on in HTTP 2, and a WebSocket is none the worse for it`() async throws {
        try await GatewayFixture.with { fixture in
            let web = try await TestBackend.start("web")
            try await fixture.settle(try table([("web", [web])]))
            func asked(_ upgrade: String) throws -> (status: Int, asked: String?) {
                let headers =
                    "Connection: Upgrade, HTTP2-Settings\r\n\(upgrade)"
                    + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                let response = try RawConnection.get(
                    "/",
                    host: "web.homie.local",
                    port: fixture.port,
                    headers: headers
                )
                #expect(!response.body.lowercased().contains("http2-settings:"), "\(response.body)")
                let line = response.body.split(whereSeparator: \.isNewline).first {
                    $0.lowercased().hasPrefix("upgrade:")
                }
                return (response.status, line.map(String.init))
            }
            for upgrade in [
                "Upgrade: h2c\r\n", "upgrade: H2C\r\n", "Upgrade: h2\r\n", "Upgrade: h2c-14\r\n",
                "Upgrade: foo, h2c\r\n", "Upgrade: foo\r\nUpgrade: h2c\r\n",
            ] {
                let answer = try asked(upgrade)
                #expect(answer == (200, nil), "\(upgrade) \(answer)")
            }
            for upgrade in [
                "Upgrade: websocket\r\n", "Upgrade: WebSocket\r\n", "Upgrade: websocket, h2c\r\n",
                "Upgrade: h2c, websocket\r\n", "Upgrade: h2c\r\nUpgrade: websocket\r\n",
            ] {
                #expect(try asked(upgrade).status == 101, "\(upgrade)")
            }
        }
    }
}
