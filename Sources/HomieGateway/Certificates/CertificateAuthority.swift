internal import Crypto
internal import FoundationEssentials
internal import Glibc
internal import HomieModel
internal import SwiftASN1
internal import X509

/// The device's own certificate authority: a root that people may trust, and leaves that HAProxy presents.
struct CertificateAuthority: Sendable {
    let root: Certificate
    let key: Certificate.PrivateKey

    static let rootLifetime = TimeSpan.seconds(3650 * 86_400)
    /// As short as public authorities' from 2029 on (CA/Browser Forum, ballot SC-081).
    static let leafLifetime = TimeSpan.seconds(47 * 86_400)

    /// A new root (RFC 5280, section 4.2.1.9) that can sign leaves and nothing else.
    static func make(name: String, now: Timestamp) throws -> CertificateAuthority {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try DistinguishedName {
            OrganizationName("Homie")
            CommonName(name)
        }
        let root = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            // A device's clock may be behind when it makes its root.
            notValidBefore: date(now) - 86_400,
            notValidAfter: date(now + rootLifetime),
            issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            },
            issuerPrivateKey: key
        )
        return CertificateAuthority(root: root, key: key)
    }

    init(root: Certificate, key: Certificate.PrivateKey) {
        self.root = root
        self.key = key
    }

    /// - Throws: when a text is no PEM, or the two do not belong together.
    init(certificate: String, key: String) throws {
        root = try Certificate(pemEncoded: certificate)
        self.key = try Certificate.PrivateKey(pemEncoded: key)
        guard self.key.publicKey == root.publicKey else { throw AuthorityMismatch() }
    }

    /// The root as PEM.
    func rootText() throws -> String { try root.serializeAsPEM().pemString + "\n" }

    /// The root's key as PEM.
    func keyText() throws -> String { try key.serializeAsPEM().pemString + "\n" }

    /// A certificate and its key in one PEM text, as HAProxy reads it.
    func issue(for names: [String], now: Timestamp) throws -> String {
        let leaf = try leaf(for: names, now: now, life: Self.leafLifetime)
        return leaf.certificate + leaf.key
    }

    /// A certificate and its key, each as PEM.
    ///
    /// - Parameter isClient: it may be shown to a server, too.
    func leaf(
        for names: [String],
        now: Timestamp,
        life: TimeSpan,
        isClient: Bool = false
    ) throws -> (certificate: String, key: String) {
        // Clocks of one device agree; those of others may be behind.
        let before = min(3600, life.seconds / 10)
        let leafKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let leaf = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: leafKey.publicKey,
            notValidBefore: Self.date(now) - before,
            notValidAfter: Self.date(now + life) - before,
            issuer: root.subject,
            subject: try DistinguishedName { CommonName(String((names.first ?? "homie").prefix(64))) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage(isClient ? [.serverAuth, .clientAuth] : [.serverAuth])
                SubjectKeyIdentifier(hash: leafKey.publicKey)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: root.publicKey).keyIdentifier)
                SubjectAlternativeNames(names.map(Self.generalName))
            },
            issuerPrivateKey: key
        )
        return (try leaf.serializeAsPEM().pemString + "\n", try leafKey.serializeAsPEM().pemString + "\n")
    }

    /// True when a leaf is of this root, for exactly these names, and has more than a third of its life before it.
    func isGood(_ pem: String, for names: [String], now: Timestamp) -> Bool {
        guard let document = try? PEMDocument.parseMultiple(pemString: pem).first,
            let leaf = try? Certificate(pemDocument: document), leaf.issuer == root.subject,
            root.publicKey.isValidSignature(leaf.signature, for: leaf),
            let present = try? leaf.extensions.subjectAlternativeNames,
            Set(present) == Set(names.map(Self.generalName))
        else { return false }
        let life = leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore)
        let age = Self.date(now).timeIntervalSince(leaf.notValidBefore)
        return age >= 0 && age < life * 2 / 3
    }

    /// True when the root holds for longer than a leaf it would issue now.
    func isGood(now: Timestamp) -> Bool {
        root.notValidBefore <= Self.date(now) && Self.date(now + Self.leafLifetime) < root.notValidAfter
    }

    /// When the root expires.
    var expires: Timestamp { Timestamp(root.notValidAfter) }

    /// When the first certificate of a PEM text expires; nil when there is none.
    static func expiry(_ pem: String) -> Timestamp? {
        guard let document = try? PEMDocument.parseMultiple(pemString: pem).first,
            let leaf = try? Certificate(pemDocument: document)
        else { return nil }
        return Timestamp(leaf.notValidAfter)
    }

    /// When the first certificate of a PEM text expires, and when it is to be renewed; nil when there is none.
    static func validity(_ pem: String) -> (end: Timestamp, due: Timestamp)? {
        guard let document = try? PEMDocument.parseMultiple(pemString: pem).first,
            let leaf = try? Certificate(pemDocument: document)
        else { return nil }
        let life = leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore)
        return (Timestamp(leaf.notValidAfter), Timestamp(leaf.notValidBefore + life * 2 / 3))
    }

    /// SHA-256 of the root, as browsers show it: `AB:CD:…`.
    func fingerprint() throws -> String {
        var serializer = DER.Serializer()
        try serializer.serialize(root)
        return SHA256.hash(data: Data(serializer.serializedBytes))
            .map { byte in
                let digits = String(byte, radix: 16, uppercase: true)
                return digits.count == 1 ? "0" + digits : digits
            }
            .joined(separator: ":")
    }

    private static func date(_ time: Timestamp) -> Date {
        Date(timeIntervalSince1970: Double(time.nanoseconds / 1_000_000_000))
    }

    private static func generalName(_ text: String) -> GeneralName {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: &four) { ArraySlice($0) }))
        }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: &six) { ArraySlice($0) }))
        }
        return .dnsName(text)
    }
}

/// A key that is not the certificate's.
struct AuthorityMismatch: Error, CustomStringConvertible {
    var description: String { "its key is another certificate's" }
}
