import Crypto
import FoundationEssentials
public import HomieModel

/// Decides whether an image is signed by one of some keys.
public struct SignatureJudge: Sendable {
    private let keys: [(name: String, key: P256.Signing.PublicKey)]
    /// Tells sets of keys apart; empty without keys.
    public let fingerprint: String

    /// - Parameter keys: those that cannot be read do not count.
    public init(_ keys: [ImageKeys.Key]) {
        let usable = keys.compactMap { key in Self.publicKey(key.text).map { (key.name, $0) } }
        self.keys = usable
        let texts = usable.map { "\($0.0) \($0.1.x963Representation.base64EncodedString())" }.sorted()
        fingerprint = texts.isEmpty ? "" : ContentDigest(of: Array(texts.joined(separator: "\n").utf8)).hex
    }

    /// The keys that count for a service.
    public init(_ known: ImageKeys, for rules: SignatureRules) {
        if let own = rules.ownKey {
            self.init([ImageKeys.Key(name: "the key in its file", text: own)])
        } else {
            self.init(known.keys.filter { rules.key == nil || $0.name == rules.key })
        }
    }

    /// Whether a text is a key that signatures can be checked with: P-256 in PEM, as `cosign generate-key-pair` makes them.
    public static func isKey(_ text: String) -> Bool { publicKey(text) != nil }

    private static func publicKey(_ text: String) -> P256.Signing.PublicKey? {
        try? P256.Signing.PublicKey(pemRepresentation: text)
    }

    /// - Parameter image: `name@sha256:…`.
    public func judge(_ image: String, _ found: [SignatureEvidence], at now: Timestamp) -> ImageSignature {
        var result = ImageSignature(image: image, keys: fingerprint, state: .unsigned, checkedAt: now)
        guard let at = image.lastIndex(of: "@") else { return result }
        let digest = String(image[image.index(after: at)...])
        for evidence in found {
            guard let signer = signer(of: evidence) else {
                if result.state == .unsigned { result.state = .unknownSigner }
                continue
            }
            if Self.names(evidence, digest) {
                result.state = .verified
                result.signer = signer
                result.reason = nil
                return result
            }
            result.state = .invalid
            result.signer = signer
            result.reason = "has a signature by '\(signer)' that was made for something else"
        }
        return result
    }

    private func signer(of evidence: SignatureEvidence) -> String? {
        guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: evidence.signature) else {
            return nil
        }
        let message = Data(Self.message(of: evidence))
        return keys.first { $0.key.isValidSignature(signature, for: message) }?.name
    }

    /// The bytes that are signed: a payload itself, or an envelope's "pre-authentication encoding".
    public static func message(of evidence: SignatureEvidence) -> [UInt8] {
        switch evidence.form {
        case .simpleSigning: evidence.payload
        case .envelope(let type):
            Array("DSSEv1 \(type.utf8.count) \(type) \(evidence.payload.count) ".utf8) + evidence.payload
        }
    }

    /// What is signed is the image with this digest, as such: a statement about it, such as a list of its parts, is no
    /// signature of it.
    private static func names(_ evidence: SignatureEvidence, _ digest: String) -> Bool {
        do {
            switch evidence.form {
            case .simpleSigning:
                let payload = try JSONDecoder().decode(SimplePayload.self, from: Data(evidence.payload))
                return payload.critical.image.digest == digest && SimplePayload.types.contains(payload.critical.type)
            case .envelope(let type):
                let statement = try JSONDecoder().decode(Statement.self, from: Data(evidence.payload))
                return type == Statement.payloadType && Statement.predicates.contains(statement.predicateType)
                    && statement.subject.contains { $0.digest["sha256"].map { "sha256:\($0)" } == digest }
            }
        } catch {
            return false
        }
    }

    private struct SimplePayload: Decodable {
        static let types: Set = ["cosign container image signature", "https://sigstore.dev/cosign/sign/v1"]

        struct Critical: Decodable {
            struct Image: Decodable {
                var digest: String
                enum CodingKeys: String, CodingKey { case digest = "docker-manifest-digest" }
            }
            var image: Image
            var type: String
        }
        var critical: Critical
    }

    private struct Statement: Decodable {
        static let payloadType = "application/vnd.in-toto+json"
        static let predicates: Set = ["https://sigstore.dev/cosign/sign/v1"]

        struct Subject: Decodable { var digest: [String: String] }
        var subject: [Subject]
        var predicateType: String
    }
}
