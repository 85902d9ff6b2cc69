internal import Crypto
internal import FoundationEssentials
internal import HomieModel

/// The key of an account at an authority: it signs every request (ES256; RFC 7518, section 3.4).
struct AccountKey: Sendable {
    private let key: P256.Signing.PrivateKey

    init() { key = P256.Signing.PrivateKey() }

    /// - Throws: ``ACMEError/key(_:)``
    init(pem: String) throws(ACMEError) {
        do {
            key = try P256.Signing.PrivateKey(pemRepresentation: pem)
        } catch {
            throw .key("\(error)")
        }
    }

    var pem: String { key.pemRepresentation }

    /// The public part as a JSON Web Key (RFC 7517).
    var publicKey: JSONValue {
        let point = Array(key.publicKey.rawRepresentation)
        return [
            "crv": "P-256", "kty": "EC", "x": .string(Base64URL.text(point.prefix(32))),
            "y": .string(Base64URL.text(point.suffix(32))),
        ]
    }

    /// The digest of the public part (RFC 7638): members in the order of their names, no spaces.
    var thumbprint: String { Base64URL.text(SHA256.hash(data: publicKey.jsonBytes)) }

    /// What proves that a challenge was meant for this account (RFC 8555, section 8.1).
    func authorization(of token: String) -> String { "\(token).\(thumbprint)" }

    /// The same for a TXT record (RFC 8555, section 8.4).
    func record(of token: String) -> String {
        Base64URL.text(SHA256.hash(data: Array(authorization(of: token).utf8)))
    }

    /// A request's body as a JSON Web Signature (RFC 8555, section 6.2).
    ///
    /// - Parameters:
    ///   - payload: nil for a look (POST-as-GET).
    ///   - account: the account's address; nil while there is none, and the key itself is shown.
    /// - Throws: ``ACMEError/key(_:)``
    func sign(_ payload: JSONValue?, url: String, nonce: String, account: String?) throws(ACMEError) -> [UInt8] {
        var header: [String: JSONValue] = ["alg": "ES256", "nonce": .string(nonce), "url": .string(url)]
        if let account { header["kid"] = .string(account) } else { header["jwk"] = publicKey }
        let protected = Base64URL.text(JSONValue.object(header).jsonBytes)
        let content = payload.map { Base64URL.text($0.jsonBytes) } ?? ""
        do {
            let signature = try key.signature(for: Data("\(protected).\(content)".utf8))
            return JSONValue.object([
                "protected": .string(protected), "payload": .string(content),
                "signature": .string(Base64URL.text(signature.rawRepresentation)),
            ]).jsonBytes
        } catch {
            throw .key("\(error)")
        }
    }
}
