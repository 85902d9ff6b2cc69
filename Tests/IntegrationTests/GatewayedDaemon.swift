import Foundation
import HomieAPI
import HomieGateway
import HomieModel
import HomieTestSupport
import HomieTransfer
import Testing

/// `homied` with a gateway before it, on loopback ports of its own.
final class GatewayedDaemon {
    static var isExpected: Bool {
        EngineUnderTest.isExpected
            && (FileManager.default.isExecutableFile(atPath: HAProxyProgram.standard)
                || ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_HAPROXY"] == "1")
    }

    static let password = "quite a long one"

    let daemon: DaemonProcess
    let port: UInt16
    let tlsPort: UInt16
    /// Where services are by their paths over TLS.
    let pathPort: UInt16
    private let arguments: [String]

    /// Starts both, and waits until the API answers over HTTPS.
    ///
    /// - Parameter port: the gateway's for plain HTTP; a free one when nil.
    init(port: UInt16? = nil, _ arguments: [String] = []) async throws {
        daemon = try DaemonProcess()
        let port = try port ?? FreePort.next()
        let tlsPort = try FreePort.next()
        pathPort = try FreePort.next()
        (self.port, self.tlsPort) = (port, tlsPort)
        self.arguments =
            [
                "--gateway", "on", "--gateway-http", "127.0.0.1:\(port)", "--gateway-https", "127.0.0.1:\(tlsPort)",
                "--gateway-path-port", "\(pathPort)", "--gateway-domain", "homie.local", "--api-rate", "1000000",
            ] + arguments
        try await restart()
    }

    /// Starts homied, which must not run, and waits until the API answers over HTTPS.
    func restart() async throws {
        try await daemon.start(arguments)
        var last = ""
        do {
            try await eventually("the API answers at \(device)", within: .seconds(60)) {
                do {
                    let answer = try await ask("GET", "/healthz")
                    last = "\(answer.status)"
                    return answer.status == 200 ? true : nil
                } catch let error as TransferError {
                    last = "\(error)"
                    return nil
                }
            }
        } catch {
            throw Command.Failure(description: "\(error); the last answer: \(last)\n\(daemon.log.suffix(4000))")
        }
    }

    deinit {
        let file = daemon.stateDirectory + "/gateway/haproxy.pid"
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        if let master = text.split(separator: "\n").first.flatMap({ pid_t($0) }) { kill(master, SIGTERM) }
    }

    var device: String { "https://localhost:\(tlsPort)" }
    /// The certificate of the device's own authority.
    var authority: String { daemon.stateDirectory + "/gateway/authority/root.pem" }

    func ask(
        _ method: String,
        _ path: String,
        token: String? = nil,
        headers: [String] = [],
        body: String? = nil
    ) async throws -> WebResponse {
        var lines = headers
        if let token { lines.append("Authorization: Bearer \(token)") }
        if body != nil { lines.append("Content-Type: application/json") }
        let client = WebClient(settings: TransferSettings(certificateAuthority: authority))
        return try await client.send(
            WebRequest(method, device + path, headers: lines, body: body.map { Array($0.utf8) })
        )
    }

    /// Runs the `homie` of this build as somebody far away: without the daemon's socket.
    func homie(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws -> ProgramRun {
        var assignments = ["HOME=\(daemon.directory.path)", "HOMIE_CA_FILE=\(authority)"]
        assignments += environment.map { "\($0.key)=\($0.value)" }
        let program = try DaemonProcess.program("homie").path
        return try ProgramRun(
            "/usr/bin/env",
            ["--unset=HOMIE_SOCKET"] + assignments + [program] + arguments,
            input: Data(input.utf8),
            within: .seconds(60)
        )
    }

    /// Makes a user over the daemon's own socket.
    func add(_ name: String, _ role: Role) async throws {
        let user = try UserName(parsing: name)
        _ = try await daemon.client.put(user, UserRequest(role: role, password: Self.password))
    }

    /// An API token for everything that a role may.
    func token(of name: String) async throws -> String {
        let request = TokenRequest(name: "test", user: try UserName(parsing: name), scopes: Scope.all, days: 1)
        return try #require(try await daemon.client.createToken(request).secret)
    }
}
