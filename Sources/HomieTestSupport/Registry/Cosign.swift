public import Crypto
internal import Foundation
internal import HomieModel

/// Signs as cosign does.
public struct Cosign {
    public let key = P256.Signing.PrivateKey()
    public let registry: RegistryProcess
    public let repository: String

    public init(registry: RegistryProcess, repository: String = "shop/web") {
        self.registry = registry
        self.repository = repository
    }

    public static let manifestType = "application/vnd.oci.image.manifest.v1+json"

    public static func payload(_ digest: String) -> [UInt8] {
        Array(
            #"{"critical":{"identity":{"docker-reference":""},"image":{"docker-manifest-digest":"\#(digest)"},"#.utf8
        ) + Array(#""type":"cosign container image signature"},"optional":null}"#.utf8)
    }

    public func signature(_ payload: [UInt8]) throws -> String {
        try key.signature(for: Data(payload)).derRepresentation.base64EncodedString()
    }

    /// Puts a payload and a signature where cosign puts them.
    ///
    /// - Parameter tag: nil: only by digest, as a referrer is.
    public func put(_ payload: [UInt8], _ signature: String, as tag: String?) async throws -> String {
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

    public func sign(_ digest: String) async throws {
        let payload = Self.payload(digest)
        _ = try await put(payload, try signature(payload), as: "sha256-\(digest.dropFirst(7)).sig")
    }
}
