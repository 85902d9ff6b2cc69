internal import Crypto
internal import HomieModel
internal import SwiftASN1
internal import X509

/// A new key and the request for a certificate of it (RFC 2986).
struct SigningRequest: Sendable {
    /// PEM
    let key: String
    /// DER
    let request: [UInt8]

    /// - Throws: what X509 throws.
    init(for host: HostPattern) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let names = try Certificate.Extensions { SubjectAlternativeNames([.dnsName(host.text)]) }
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: DistinguishedName(),
            privateKey: key,
            attributes: CertificateSigningRequest.Attributes([
                CertificateSigningRequest.Attribute(ExtensionRequest(extensions: names))
            ]),
            signatureAlgorithm: .ecdsaWithSHA256
        )
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        self.request = serializer.serializedBytes
        self.key = try key.serializeAsPEM().pemString
    }
}
