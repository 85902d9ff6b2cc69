import Crypto
import Foundation
import Glibc
import HomieModel
import HomieSupervisor
import HomieTestSupport
import HomieTransfer
import Testing

/// Debian's `docker-registry` on loopback, which wants a login ("homie", "secret").
final class RegistryProcess {
    /// `scripts/test` names it; then it must be there.
    static let path = ProcessInfo.processInfo.environment["HOMIE_TEST_REGISTRY"]

    let host = "127.0.0.1:\(UInt16.random(in: 30_001...45_000))"
    private let directory = "/tmp/homie-signatures-\(UInt32.random(in: 0...(.max)))"
    private let server = Process()

    init() throws {
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
        server.executableURL = URL(fileURLWithPath: try #require(Self.path))
        server.arguments = ["serve", "\(directory)/config.yml"]
        server.standardError = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        try server.run()
    }

    deinit {
        kill(server.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(atPath: directory)
    }

    func stop() throws {
        kill(server.processIdentifier, SIGKILL)
        try server.waitUntilEnded()
    }

    static let login = "Authorization: Basic " + Data("homie:secret".utf8).base64EncodedString()

    func waitUntilReady() async throws {
        for _ in 0..<200 {
            let request = WebRequest("GET", "http://\(host)/v2/", headers: [Self.login])
            if let answer = try? await WebClient().send(request), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the registry does not answer")
    }

    /// Uploads some bytes; returns their digest.
    @discardableResult
    func push(blob: [UInt8], to repository: String) async throws -> String {
        let client = WebClient()
        let begun = try await client.send(
            WebRequest("POST", "http://\(host)/v2/\(repository)/blobs/uploads/", headers: [Self.login], body: [])
        )
        let place = try #require(begun.fields["location"])
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
        try #require(ended.status == 201)
        return digest
    }

    @discardableResult
    func push(manifest: String, as tag: String?, to repository: String, type: String) async throws -> String {
        let digest = "sha256:\(ContentDigest(of: Array(manifest.utf8)).hex)"
        let answer = try await WebClient().send(
            WebRequest(
                "PUT",
                "http://\(host)/v2/\(repository)/manifests/\(tag ?? digest)",
                headers: [Self.login, "Content-Type: \(type)"],
                body: Array(manifest.utf8)
            )
        )
        try #require(answer.status == 201)
        return digest
    }
}

/// Signs as cosign does.
struct Cosign {
    let key = P256.Signing.PrivateKey()
    let registry: RegistryProcess
    let repository = "shop/web"

    static let manifestType = "application/vnd.oci.image.manifest.v1+json"

    static func payload(_ digest: String) -> [UInt8] {
        Array(
            #"{"critical":{"identity":{"docker-reference":""},"image":{"docker-manifest-digest":"\#(digest)"},"#.utf8
        ) + Array(#""type":"cosign container image signature"},"optional":null}"#.utf8)
    }

    func signature(_ payload: [UInt8]) throws -> String {
        try key.signature(for: Data(payload)).derRepresentation.base64EncodedString()
    }

    /// Puts a payload and a signature where cosign puts them.
    ///
    /// - Parameter tag: nil: only by digest, as a referrer is.
    func put(_ payload: [UInt8], _ signature: String, as tag: String?) async throws -> String {
        let layer = try await registry.push(blob: payload, to: repository)
        let config = try await registry.push(blob: Array("{}".utf8), to: repository)
        let manifest = """
            {"schemaVersion":2,"mediaType":"\(Self.manifestType)",\
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\(config)","size":2},\
            "layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"\(layer)",\
            "size":\(payload.count),"annotations":{"dev.cosignproject.cosign/signature":"\(signature)"}}]}
            """
        return try await registry.push(manifest: manifest, as: tag, to: repository, type: Self.manifestType)
    }

    func sign(_ digest: String) async throws {
        let payload = Self.payload(digest)
        _ = try await put(payload, try signature(payload), as: "sha256-\(digest.dropFirst(7)).sig")
    }
}
