import Crypto
import Foundation
import HomieModel
import HomieRegistry
import HomieSupervisor
import HomieTestSupport
import Testing

private struct Login: RegistryLogins {
    func password(for registry: String) async throws -> RegistryPassword? {
        RegistryPassword(user: RegistryProcess.user, password: RegistryProcess.password)
    }
}

/// Signatures in a real registry (Debian's `docker-registry`), as cosign leaves them there.
@Suite(.enabled(if: RegistryProcess.path != nil, "needs the package docker-registry"))
struct SignatureIntegrationTests {
    private let digest = "sha256:" + String(repeating: "a", count: 64)
    private let other = "sha256:" + String(repeating: "b", count: 64)

    private func judged(_ cosign: Cosign, by key: P256.Signing.PrivateKey, _ digest: String) async throws
        -> ImageSignature.State
    {
        let client = SignatureClient(registry: RegistryClient(logins: Login()), keys: "/nowhere")
        let image = "\(cosign.registry.host)/\(cosign.repository)@\(digest)"
        let judge = SignatureJudge([ImageKeys.Key(name: "vendor", text: key.publicKey.pemRepresentation)])
        return judge.judge(image, try await client.signatures(of: image), at: Timestamp(nanoseconds: 0)).state
    }

    @Test func `a signature behind the image's tag holds for its key and its image alone`() async throws {
        let registry = try RegistryProcess()
        try await registry.waitUntilReady()
        let vendor = Cosign(registry: registry)
        #expect(try await judged(vendor, by: vendor.key, digest) == .unsigned)
        try await vendor.sign(digest)
        #expect(try await judged(vendor, by: vendor.key, digest) == .verified)
        #expect(try await judged(vendor, by: P256.Signing.PrivateKey(), digest) == .unknownSigner)
        // The very signature, laid beside another image.
        let payload = Cosign.payload(digest)
        _ = try await vendor.put(payload, try vendor.signature(payload), as: "sha256-\(other.dropFirst(7)).sig")
        #expect(try await judged(vendor, by: vendor.key, other) == .invalid)
    }

    @Test func `a payload that was changed after it was signed does not hold`() async throws {
        let registry = try RegistryProcess()
        try await registry.waitUntilReady()
        let vendor = Cosign(registry: registry)
        let signature = try vendor.signature(Cosign.payload(other))
        _ = try await vendor.put(Cosign.payload(digest), signature, as: "sha256-\(digest.dropFirst(7)).sig")
        #expect(try await judged(vendor, by: vendor.key, digest) == .unknownSigner)
    }

    @Test func `a signature among the image's referrers is found, in both of its forms`() async throws {
        let registry = try RegistryProcess()
        try await registry.waitUntilReady()
        let vendor = Cosign(registry: registry)
        let payload = Cosign.payload(digest)
        let simple = try await vendor.put(payload, try vendor.signature(payload), as: nil)
        try await index([simple], of: digest, "application/vnd.dev.cosign.artifact.sig.v1+json", vendor)
        #expect(try await judged(vendor, by: vendor.key, digest) == .verified)

        let statement = Array(
            (#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"","digest":{"sha256":"\#(other.dropFirst(7))"}}],"#
                + #""predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}"#).utf8
        )
        let type = "application/vnd.in-toto+json"
        let message = Array("DSSEv1 \(type.utf8.count) \(type) \(statement.count) ".utf8) + statement
        let bundle = """
            {"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":""}},\
            "dsseEnvelope":{"payload":"\(Data(statement).base64EncodedString())","payloadType":"\(type)",\
            "signatures":[{"sig":"\(try vendor.signature(message))"}]}}
            """
        let layer = try await registry.push(blob: Array(bundle.utf8), to: vendor.repository)
        let config = try await registry.push(blob: Array("{}".utf8), to: vendor.repository)
        let manifest = """
            {"schemaVersion":2,"mediaType":"\(Cosign.manifestType)",\
            "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"\(config)","size":2},\
            "layers":[{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","digest":"\(layer)","size":\(bundle.utf8.count)}]}
            """
        let place = try await registry.push(
            manifest: manifest,
            as: nil,
            to: vendor.repository,
            type: Cosign.manifestType
        )
        try await index([place], of: other, "application/vnd.dev.sigstore.bundle.v0.3+json", vendor)
        #expect(try await judged(vendor, by: vendor.key, other) == .verified)
        #expect(try await judged(vendor, by: P256.Signing.PrivateKey(), other) == .unknownSigner)
    }

    /// The list of an image's referrers, where registries that do not know them have it.
    private func index(_ digests: [String], of digest: String, _ type: String, _ vendor: Cosign) async throws {
        let entries = digests.map {
            #"{"mediaType":"\#(Cosign.manifestType)","digest":"\#($0)","size":1,"artifactType":"\#(type)"}"#
        }
        try await vendor.registry.push(
            manifest: #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":["#
                + entries.joined(separator: ",") + "]}",
            as: "sha256-\(digest.dropFirst(7))",
            to: vendor.repository,
            type: "application/vnd.oci.image.index.v1+json"
        )
    }

    @Test func `a registry that is away is an error, and not an image without a signature`() async throws {
        let registry = try RegistryProcess()
        try await registry.waitUntilReady()
        let vendor = Cosign(registry: registry)
        try await vendor.sign(digest)
        try registry.stop()
        await #expect(throws: RegistryError.self) { try await judged(vendor, by: vendor.key, digest) }
    }
}

@Suite struct KeyFolderTests {
    @Test func `keys are read by the names of their files, and what is none is told of`() async throws {
        let directory = "/tmp/homie-keys-\(UInt32.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let text = P256.Signing.PrivateKey().publicKey.pemRepresentation
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/vendor.pub"))
        try Data("nothing\n".utf8).write(to: URL(fileURLWithPath: "\(directory)/broken.pub"))
        try Data("nothing\n".utf8).write(to: URL(fileURLWithPath: "\(directory)/README"))
        let client = SignatureClient(registry: RegistryClient(logins: Login()), keys: directory)
        let found = await client.keys()
        #expect(found.keys == [ImageKeys.Key(name: "vendor", text: text)])
        #expect(found.problems == ["broken.pub: is no public key of the kind P-256 in PEM"])
        let none = await SignatureClient(registry: RegistryClient(logins: Login()), keys: "/nowhere").keys()
        #expect(none == ImageKeys())
    }
}
