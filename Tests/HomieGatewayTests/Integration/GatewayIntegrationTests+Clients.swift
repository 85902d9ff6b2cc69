import Foundation
import HomieModel
import Testing

@testable import HomieGateway

/// Whom limits count as one client.
extension GatewayIntegrationTests {
    /// Serves in a network of its own, whose only device has the addresses that are asked from.
    private static let program = """
        import socket, subprocess, sys, time
        haproxy, configuration, port, *asked = sys.argv[1:]
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for address in {address for address in asked if ":" in address}:
            subprocess.run(["ip", "-6", "address", "add", address + "/128", "dev", "lo", "nodad"], check=True)
        def connect(address):
            family, target = (socket.AF_INET6, "::1") if ":" in address else (socket.AF_INET, "127.0.0.1")
            connection = socket.socket(family)
            connection.settimeout(20)
            connection.bind((address, 0))
            connection.connect((target, int(port)))
            return connection
        gateway = subprocess.Popen([haproxy, "-db", "-f", configuration])
        try:
            for rest in range(600, -1, -1):
                try:
                    connect("127.0.0.1").close()
                    break
                except ConnectionError:
                    if rest == 0 or gateway.poll() is not None: raise
                    time.sleep(0.05)
            for address in asked:
                connection = connect(address)
                connection.sendall(b"GET / HTTP/1.1\\r\\nHost: web.homie.local\\r\\nConnection: close\\r\\n\\r\\n")
                answer = b""
                while part := connection.recv(65536): answer += part
                print(answer.split()[1].decode(), answer.splitlines()[-1].decode(), flush=True)
        finally:
            gateway.kill()
            gateway.wait()
        """

    /// What each of these addresses is told, in turns.
    private func answers(_ fixture: GatewayFixture, _ table: RouteTable, to addresses: [String]) throws -> [String] {
        let paths = fixture.settings.paths
        _ = try CertificateKeeper(settings: fixture.settings).keep(hosts: [], now: .now())
        _ = try HostCertificateFiles(paths: paths).change(to: [])
        let wanted = WantedGateway(table, settings: fixture.settings)
        let plan = GatewayPlanner(wanted: wanted, running: nil, memory: nil, drainingSince: [:], now: .seconds(0))
            .plan()
        try AtomicFile.write(RouteMap.text(plan.map(wanted)), to: paths.map)
        try AtomicFile.write(plan.configuration(wanted).text, to: paths.candidate)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let haproxy = try #require(GatewayFixture.program)
        process.arguments =
            ["timeout", "60", "unshare", "--net", "python3", "-c", Self.program, haproxy, paths.candidate]
            + ["\(fixture.port)"] + addresses
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text.split(separator: "\n").map(String.init)
    }

    @Test(.enabled(if: geteuid() == 0, "SKIPPED: only root may make a network of its own"))
    func `limits count a network of 64 bits as one client, and each IPv4 address`() async throws {
        try await GatewayFixture.with {
            $0.http = $0.http.map { GatewaySettings.Listener(address: nil, port: $0.port) }
            $0.clientRate = RateLimit(requests: 4, window: .seconds(600))
        } _: { fixture in
            var table = try table([("web", [])])
            table.routes[0].route.rateLimit = RateLimit(requests: 2, window: .seconds(600))
            // Nobody serves.
            let (letIn, overRoute, overAll) = (
                "503 No healthy replica answers.", "429 too many requests", "429 Too many requests."
            )
            let asked: [(String, String)] = [
                ("fd00:1::1", letIn), ("fd00:1::2", letIn), ("fd00:1::ffff:0:1", overRoute),
                ("fd00:1::a:b:c:d", overRoute), ("fd00:1::5", overAll),
                ("fd00:1:0:1::1", letIn), ("127.0.0.1", letIn), ("127.0.0.1", letIn), ("127.0.0.1", overRoute),
                ("127.0.0.2", letIn),
            ]
            #expect(try answers(fixture, table, to: asked.map { $0.0 }) == asked.map { $0.1 })
        }
    }
}
