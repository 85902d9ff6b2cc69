internal import FoundationEssentials
internal import HomieModel
public import HomieSupervisor

/// Looks for signatures that lie beside images in their registries, where cosign puts them: behind the tag
/// `sha256-<digest>.sig`, and among the image's referrers (OCI Distribution Specification 1.1, "Listing Referrers").
public struct SignatureClient: SignatureSource {
    private let registry: RegistryClient
    private let folder: KeyFolder

    /// - Parameter keys: the folder of public keys, `NAME.pub` each.
    public init(registry: RegistryClient, keys: String) {
        self.registry = registry
        folder = KeyFolder(path: keys)
    }

    public func keys() async -> ImageKeys { folder.read() }

    /// - Throws: ``RegistryError``
    public func signatures(of image: String) async throws -> [SignatureEvidence] {
        guard let at = image.lastIndex(of: "@") else { throw RegistryError.badReference(image) }
        let digest = String(image[image.index(after: at)...])
        guard Self.isDigest(digest) else { throw RegistryError.badReference(image) }
        var visit = RepositoryVisit(place: try RegistryPlace(parsing: String(image[..<at])), client: registry)
        let name = "sha256-\(digest.dropFirst("sha256:".count))"
        var found: [SignatureEvidence] = []
        if let manifest = try await manifest("\(name).sig", &visit) { found += try await evidence(manifest, &visit) }
        for descriptor in try await referrers(of: digest, fallback: name, &visit).prefix(Self.mostReferrers) {
            guard let manifest = try await manifest(descriptor.digest, &visit) else { continue }
            found += try await evidence(manifest, &visit)
        }
        return found
    }

    /// A registry must not be able to keep the device busy.
    private static let mostReferrers = 20
    private static let mostLayers = 20

    static func isDigest(_ text: String) -> Bool {
        text.hasPrefix("sha256:") && text.utf8.count == 71
            && text.utf8.dropFirst(7).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private func manifest(_ reference: String, _ visit: inout RepositoryVisit) async throws -> Manifest? {
        let path = "manifests/\(reference)"
        // Of a tag that is mostly not there the head is asked for first: it does not count as a pull.
        if !reference.hasPrefix("sha256:"), try await !visit.isThere(path, accept: Manifest.types) { return nil }
        guard let bytes = try await visit.document(path, accept: Manifest.types) else { return nil }
        if reference.hasPrefix("sha256:"), "sha256:\(ContentDigest(of: bytes).hex)" != reference { return nil }
        return try? JSONDecoder().decode(Manifest.self, from: Data(bytes))
    }

    /// Manifests that say of themselves that they are signatures of an image. Registries without that list have, by the
    /// specification's "Referrers Tag Schema", an index behind a tag.
    private func referrers(
        of digest: String,
        fallback tag: String,
        _ visit: inout RepositoryVisit
    ) async throws -> [Manifest.Descriptor] {
        var bytes = try await visit.document("referrers/\(digest)", accept: Manifest.indexType)
        if bytes == nil, try await visit.isThere("manifests/\(tag)", accept: Manifest.indexType) {
            bytes = try await visit.document("manifests/\(tag)", accept: Manifest.indexType)
        }
        guard let bytes, let index = try? JSONDecoder().decode(Manifest.Index.self, from: Data(bytes)) else {
            return []
        }
        return index.manifests.filter {
            Self.isDigest($0.digest) && Manifest.signatureTypes.contains($0.artifactType ?? "")
        }
    }

    private func evidence(_ manifest: Manifest, _ visit: inout RepositoryVisit) async throws -> [SignatureEvidence] {
        var found: [SignatureEvidence] = []
        for layer in (manifest.layers ?? []).prefix(Self.mostLayers) where Self.isDigest(layer.digest) {
            guard [Manifest.simpleSigning, Manifest.bundle].contains(layer.mediaType),
                let bytes = try await visit.document("blobs/\(layer.digest)", accept: "*/*")
            else { continue }
            // Other bytes than those the manifest names are no signature of anything.
            guard "sha256:\(ContentDigest(of: bytes).hex)" == layer.digest else { continue }
            if layer.mediaType == Manifest.bundle {
                found += Self.envelope(bytes)
            } else if let text = layer.annotations?[Manifest.signature], let signature = Data(base64Encoded: text) {
                found.append(SignatureEvidence(form: .simpleSigning, payload: bytes, signature: Array(signature)))
            }
        }
        return found
    }

    private static func envelope(_ bytes: [UInt8]) -> [SignatureEvidence] {
        guard let bundle = try? JSONDecoder().decode(SignatureBundle.self, from: Data(bytes)),
            let envelope = bundle.dsseEnvelope, let payload = Data(base64Encoded: envelope.payload)
        else { return [] }
        return envelope.signatures.prefix(mostLayers).compactMap { one in
            Data(base64Encoded: one.sig).map { signature in
                SignatureEvidence(
                    form: .envelope(type: envelope.payloadType),
                    payload: Array(payload),
                    signature: Array(signature)
                )
            }
        }
    }
}

/// The parts of an OCI image manifest and index that matter here
/// (<https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md>).
struct Manifest: Decodable {
    struct Descriptor: Decodable {
        var mediaType: String
        var digest: String
        var artifactType: String?
        var annotations: [String: String]?
    }

    struct Index: Decodable { var manifests: [Descriptor] }

    var layers: [Descriptor]?

    static let types =
        "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
    static let indexType = "application/vnd.oci.image.index.v1+json"
    static let simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"
    static let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
    static let signature = "dev.cosignproject.cosign/signature"
    static let signatureTypes: Set = [simpleSigning, bundle, "application/vnd.dev.cosign.artifact.sig.v1+json"]
}

/// A Sigstore bundle around an envelope, as far as a key of one's own needs it
/// (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>).
private struct SignatureBundle: Decodable {
    struct Envelope: Decodable {
        struct Signature: Decodable { var sig: String }
        var payload: String
        var payloadType: String
        var signatures: [Signature]
    }

    var dsseEnvelope: Envelope?
}
