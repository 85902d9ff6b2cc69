internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import HomieModel

/// One of the provider's public keys (RFC 7517).
struct ProviderKey: Codable {
    var kty: String
    var kid: String?
    var use: String?
    var alg: String?
    var n: String?
    var e: String?
    var crv: String?
    var x: String?
    var y: String?

    struct Set: Codable {
        var keys: [ProviderKey]
    }

    /// The key's type decides on the algorithm, not the token (RFC 8725, section 3.1): RS256 or ES256.
    func accepts(_ data: Data, _ signature: [UInt8], algorithm: String) -> Bool {
        guard use == nil || use == "sig", alg == nil || alg == algorithm else { return false }
        switch (kty, algorithm) {
        case ("RSA", "RS256"):
            guard let n = n.flatMap(Base64URL.bytes), let e = e.flatMap(Base64URL.bytes), n.count >= 256,
                let key = try? _RSA.Signing.PublicKey(n: n, e: e)
            else { return false }
            let signature = _RSA.Signing.RSASignature(rawRepresentation: Data(signature))
            return key.isValidSignature(signature, for: data, padding: .insecurePKCS1v1_5)
        case ("EC", "ES256"):
            guard crv == "P-256", let x = x.flatMap(Base64URL.bytes), let y = y.flatMap(Base64URL.bytes),
                let key = try? P256.Signing.PublicKey(rawRepresentation: Data(x + y)),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: Data(signature))
            else { return false }
            return key.isValidSignature(signature, for: data)
        default: return false
        }
    }
}

/// What the provider says about who signed in (OpenID Connect Core 1.0, section 2).
struct IdentityClaims: Codable {
    /// One text, or a list of them.
    enum Audience: Codable {
        case one(String)
        case several([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .one(text)
            } else {
                self = .several(try container.decode([String].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .one(let text): try container.encode(text)
            case .several(let texts): try container.encode(texts)
            }
        }

        var all: [String] {
            switch self {
            case .one(let text): [text]
            case .several(let texts): texts
            }
        }
    }

    var iss: String
    var sub: String
    var aud: Audience
    var azp: String?
    var exp: Double
    var iat: Double
    var nonce: String?
    var preferred_username: String?
    var email: String?
    var groups: [String]?
}

/// Checks identity tokens (OpenID Connect Core 1.0, section 3.1.3.7).
enum IdentityToken {
    private struct Header: Codable {
        var alg: String
        var kid: String?
    }

    /// Clocks of two machines.
    private static let leeway: Double = 60

    /// - Throws: ``AccessError/badIdentity(_:)``
    static func claims(
        of text: String,
        keys: [ProviderKey],
        issuer: String,
        client: String,
        nonce: String,
        now: Timestamp
    ) throws(AccessError) -> IdentityClaims {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 32_768, parts.count == 3, let head = Base64URL.bytes(parts[0]),
            let payload = Base64URL.bytes(parts[1]), let signature = Base64URL.bytes(parts[2]),
            let header = try? JSONDecoder().decode(Header.self, from: Data(head))
        else { throw .badIdentity("it cannot be read") }
        guard header.alg == "RS256" || header.alg == "ES256" else { throw .badIdentity("its algorithm is not taken") }
        let data = Data("\(parts[0]).\(parts[1])".utf8)
        let candidates = keys.filter { header.kid == nil || $0.kid == header.kid }
        guard candidates.contains(where: { $0.accepts(data, signature, algorithm: header.alg) }) else {
            throw .badIdentity("the provider did not sign it")
        }
        guard let claims = try? JSONDecoder().decode(IdentityClaims.self, from: Data(payload)) else {
            throw .badIdentity("something is missing in it")
        }
        guard claims.iss == issuer else { throw .badIdentity("it is another provider's") }
        guard claims.aud.all.contains(client), claims.aud.all.count == 1 || claims.azp == client else {
            throw .badIdentity("it is for another program")
        }
        guard let given = claims.nonce, ConstantTime.areEqual(Array(given.utf8), Array(nonce.utf8)) else {
            throw .badIdentity("it is of another sign-in")
        }
        let seconds = Double(now.nanoseconds) / 1_000_000_000
        guard claims.exp > seconds - leeway, claims.iat < seconds + leeway, !claims.sub.isEmpty else {
            throw .badIdentity("it is not of this time")
        }
        return claims
    }
}
