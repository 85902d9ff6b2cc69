internal import Crypto
internal import FoundationEssentials

/// The key that session tokens are signed with: P-256, ES256 (RFC 7518, section 3.4).
public struct SessionKey: Sendable {
    let key: P256.Signing.PrivateKey
    /// The `kid` of its tokens: the beginning of its thumbprint.
    public let identity: String

    public init() { self.init(P256.Signing.PrivateKey()) }

    /// - Throws: `CryptoKitASN1Error` when it is no PEM of a P-256 key.
    public init(pem: String) throws { self.init(try P256.Signing.PrivateKey(pemRepresentation: pem)) }

    private init(_ key: P256.Signing.PrivateKey) {
        self.key = key
        identity = Base64URL.text(SHA256.hash(data: key.publicKey.x963Representation).prefix(9))
    }

    public var pem: String { key.pemRepresentation + "\n" }
    /// What HAProxy's `jwt_verify` reads.
    public var publicPEM: String { key.publicKey.pemRepresentation + "\n" }
}
