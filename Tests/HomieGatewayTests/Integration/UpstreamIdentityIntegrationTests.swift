import FoundationEssentials
import Glibc
import HomieModel
import HomieProcess
import HomieTestSupport
import Testing

@testable import HomieGateway

@Suite(
    .enabled(if: GatewayFixture.program != nil || GatewayFixture.isPromised, "HAProxy is not installed"),
    .serialized
)
struct UpstreamIdentityIntegrationTests {
    /// A server over TLS that answers every request, as long as `body` runs.
    private func withServer(
        _ certificate: String,
        in folder: String,
        _ body: (UInt16) async throws -> Void
    ) async throws {
        try AtomicFile.write(certificate, to: folder + "/server.pem")
        let port = try FreePort.next()
        let words =
            "openssl s_server -accept 127.0.0.1:\(port) -cert \(folder)/server.pem -key \(folder)/server.pem -www"
        let start = ChildProcess(program: "sh", arguments: ["-c", "\(words) >/dev/null 2>&1 & echo $!"])
        let line = try await start.run(timeLimit: .seconds(10)).text.split(separator: "\n").first
        let server = try #require(line.flatMap { pid_t($0) })
        defer { kill(server, SIGKILL) }
        try await body(port)
    }

    private func table(_ block: [String: JSONValue], _ port: UInt16) throws -> RouteTable {
        var members = block
        members["address"] = .string("https://127.0.0.1:\(port)")
        let hand = try HandRoute(name: RouteName(parsing: "nas"), block: .object(members), createdAt: .now())
        let endpoint = RouteEndpoint(name: "outside", address: "127.0.0.1", port: port)
        return RouteTable(routes: [
            PlannedRoute(key: RouteKey(hand), route: hand.route, labels: ["nas"], endpoints: [endpoint])
        ])
    }

    @Test func `an address over TLS serves only when it shows who it is, or nobody wants to know`() async throws {
        try await GatewayFixture.with { fixture in
            let folder = fixture.settings.paths.directory + "-server"
            try AtomicFile.makeFolder(folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let authority = try CertificateAuthority.make(name: "Theirs", now: .now())
            let other = try CertificateAuthority.make(name: "Another", now: .now())
            let (theirs, another) = (JSONValue.string(try authority.rootText()), JSONValue.string(try other.rootText()))
            try await withServer(try authority.issue(for: ["nas.lan"], now: .now()), in: folder) { port in
                func status(_ block: [String: JSONValue], until wanted: Int) async throws -> Int {
                    try await fixture.settle(try table(block, port))
                    var status = 0
                    // HAProxy's own check finds out a moment after the server came in.
                    for _ in 0..<1200 {
                        status = try RawConnection.get("/", host: "nas.homie.local", port: fixture.port).status
                        if status == wanted { break }
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    return status
                }
                let broken = JSONValue.string("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")
                let cases: [(block: [String: JSONValue], status: Int)] = [
                    (["server_name": "nas.lan", "ca": theirs], 200), (["server_name": "nas.lan"], 503),
                    (["verify": false], 200), (["server_name": "nas.lan", "ca": another], 503),
                    (["server_name": "other.lan", "ca": theirs], 503), ([:], 503),
                    // An authority that cannot be read takes nothing else down.
                    (["server_name": "nas.lan", "ca": broken], 503), (["server_name": "nas.lan", "ca": theirs], 200),
                ]
                for (block, wanted) in cases {
                    let found = try await status(block, until: wanted)
                    #expect(found == wanted, "\(block)")
                    guard block["ca"] == broken else { continue }
                    let problem = await fixture.controller.routes().first?.problem
                    #expect(problem?.contains("authority") == true)
                }
            }
        }
    }
}
