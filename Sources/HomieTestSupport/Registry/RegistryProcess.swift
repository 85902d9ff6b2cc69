internal import Foundation
internal import Glibc
internal import HomieModel
internal import HomieTransfer

/// Debian's `docker-registry` on loopback, which wants a login (``user``, ``password``).
public final class RegistryProcess {
    /// `scripts/test` names it; then it must be there.
    public static let path = ProcessInfo.processInfo.environment["HOMIE_TEST_REGISTRY"]

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public let host: String
    public static let user = "homie"
    public static let password = "secret"
    private let directory = "/tmp/homie-signatures-\(UInt32.random(in: 0...(.max)))"
    private var log: String { "\(directory)/log" }
    private let server = Process()

    public init() throws {
        host = "127.0.0.1:\(try FreePort.next())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("homie:$2y$04$znlfazPmhM5654XWRkm67.1q8aYDbIVUs1RL.hP5A9raFl7mo4/3e\n".utf8)
            .write(to: URL(fileURLWithPath: "\(directory)/users"))
        let configuration = """
            version: 0.1
            storage: { filesystem: { rootdirectory: \(directory)/data }, delete: { enabled: true } }
            http: { addr: "\(host)" }
            auth: { htpasswd: { realm: test, path: \(directory)/users } }
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: "\(directory)/config.yml"))
        server.executableURL = URL(fileURLWithPath: Self.path ?? "/usr/bin/docker-registry")
        server.arguments = ["serve", "\(directory)/config.yml"]
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        server.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        server.standardOutput = FileHandle.nullDevice
        try server.start()
    }

    deinit {
        kill(server.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(atPath: directory)
    }

    public func stop() throws {
        kill(server.processIdentifier, SIGKILL)
        try server.waitUntilEnded()
    }

    static let login = "Authorization: Basic " + Data("homie:secret".utf8).base64EncodedString()

    public func waitUntilReady() async throws {
        for _ in 0..<1200 where server.isRunning {
            let request = WebRequest("GET", "http://\(host)/v2/", headers: [Self.login])
            if let answer = try? await WebClient().send(request), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        throw Failure(description: "the registry \(server.isRunning ? "does not answer" : "has ended"):\n\(said)")
    }

    /// Uploads some bytes; returns their digest.
    @discardableResult
    public func push(blob: [UInt8], to repository: String) async throws -> String {
        let client = WebClient()
        let begun = try await client.send(
            WebRequest("POST", "http://\(host)/v2/\(repository)/blobs/uploads/", headers: [Self.login], body: [])
        )
        guard let place = begun.fields["location"] else {
            throw Failure(description: "the registry answered \(begun.status) to an upload")
        }
        let digest = "sha256:\(ContentDigest(of: blob).hex)"
        let mark = place.contains("?") ? "&" : "?"
        let ended = try await client.send(
            WebRequest(
                "PUT",
                "\(place)\(mark)digest=\(digest)",
                headers: [Self.login, "Content-Type: application/octet-stream"],
                body: blob
            )
        )
        guard ended.status == 201 else { throw Failure(description: "the registry answered \(ended.status) to a blob") }
        return digest
    }

    @discardableResult
    public func push(manifest: String, as tag: String?, to repository: String, type: String) async throws -> String {
        let digest = "sha256:\(ContentDigest(of: Array(manifest.utf8)).hex)"
        let answer = try await WebClient().send(
            WebRequest(
                "PUT",
                "http://\(host)/v2/\(repository)/manifests/\(tag ?? digest)",
                headers: [Self.login, "Content-Type: \(type)"],
                body: Array(manifest.utf8)
            )
        )
        guard answer.status == 201 else {
            throw Failure(description: "the registry answered \(answer.status) to a manifest")
        }
        return digest
    }
}
