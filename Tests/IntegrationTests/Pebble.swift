import Foundation
import Glibc
import HomieTestSupport
import HomieTransfer
import Testing

/// A certificate authority for tests (Debian's `pebble`, RFC 8555) with a DNS server of its own, where every name leads to
/// loopback. It refuses every fifth nonce, as authorities may.
final class Pebble {
    static var program: String? { ProcessInfo.processInfo.environment["HOMIE_TEST_PEBBLE"] }

    let folder: URL
    let directory: String
    /// The certificate of its own door.
    let certificate: String
    private let management: UInt16
    private let records: UInt16
    private var processes: [Process] = []

    /// - Parameter port: where it looks for proofs over HTTP.
    init(port: UInt16) async throws {
        let program = try #require(Self.program, "HOMIE_TEST_PEBBLE is not set; scripts/test sets it")
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("pebble-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (door, names) = try (FreePort.next(), FreePort.next())
        (management, records) = try (FreePort.next(), FreePort.next())
        directory = "https://localhost:\(door)/dir"
        certificate = folder.path + "/door.pem"
        try Command.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder.path + "/door.key",
                "-out",
                certificate,
            ]
        )
        let configuration = """
            {"pebble": {"listenAddress": "127.0.0.1:\(door)", "managementListenAddress": "127.0.0.1:\(management)",
              "certificate": "\(certificate)", "privateKey": "\(folder.path)/door.key", "httpPort": \(port), "tlsPort": 1}}
            """
        try Data(configuration.utf8).write(to: folder.appendingPathComponent("pebble.json"))
        let server = URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent(
            "pebble-challtestsrv"
        )
        try start(
            server.path,
            [
                "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", "127.0.0.1:\(names)", "-http01", "",
                "-https01",
                "", "-tlsalpn01", "", "-management", "127.0.0.1:\(records)",
            ]
        )
        try start(program, ["-config", folder.path + "/pebble.json", "-dnsserver", "127.0.0.1:\(names)"])
        try await eventually("the authority answers") { (try? await self.root()) != nil ? true : nil }
    }

    deinit {
        for process in processes { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    private func start(_ program: String, _ arguments: [String]) throws {
        let log = folder.appendingPathComponent(URL(fileURLWithPath: program).lastPathComponent + ".log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging([
            "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "20",
        ]) { _, new in new }
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.start()
        processes.append(process)
    }

    var log: String {
        (try? String(contentsOf: folder.appendingPathComponent("pebble.log"), encoding: .utf8)) ?? ""
    }

    /// The certificate that its certificates lead to, in a file.
    func root() async throws -> String {
        let client = WebClient(settings: TransferSettings(certificateAuthority: certificate))
        let answer = try await client.send(WebRequest("GET", "https://localhost:\(management)/roots/0"))
        let path = folder.path + "/root.pem"
        try Data(answer.body).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Lets a name lead to another address.
    func lead(_ name: String, to address: String) async throws {
        let body = #"{"host":"\#(name)","addresses":["\#(address)"]}"#
        let request = WebRequest("POST", "http://127.0.0.1:\(records)/add-a", body: Array(body.utf8))
        #expect(try await WebClient().send(request).status == 200)
    }

    /// A program that sets and removes TXT records, and writes down what it was told.
    func hook() throws -> String {
        let path = folder.path + "/hook"
        let text = """
            #!/bin/sh
            echo "$@" >> \(folder.path)/hook.log
            case "$1" in
            add) curl -sf -d "{\\"host\\":\\"$2.\\",\\"value\\":\\"$3\\"}" http://127.0.0.1:\(records)/set-txt ;;
            remove) curl -sf -d "{\\"host\\":\\"$2.\\"}" http://127.0.0.1:\(records)/clear-txt ;;
            esac
            """
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o755)
        return path
    }

    var hookLog: [String] {
        let text = (try? String(contentsOfFile: folder.path + "/hook.log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}
