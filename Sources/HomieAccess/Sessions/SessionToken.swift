internal import Crypto
internal import FoundationEssentials
public import HomieModel

/// What a session token says (RFC 7519, profile of RFC 9068).
public struct SessionClaims: Sendable, Hashable, Codable {
    /// Whom a token is for.
    public enum Audience: String, Sendable, Hashable, Codable, CaseIterable {
        case api = "homie-api"
        /// Services behind the gateway; HAProxy checks it. Of no use at the API, whoever gets hold of it.
        case gateway = "homie-gateway"
    }

    public static let issuer = "homie"

    public var iss: String
    public var aud: Audience
    /// The user's name.
    public var sub: UserName
    public var role: Role
    /// The session.
    public var sid: String
    public var jti: String
    /// Seconds since 1970.
    public var iat: Int64
    public var exp: Int64

    init(_ audience: Audience, user: UserName, role: Role, session: String, identity: String, from: Int64, until: Int64)
    {
        iss = Self.issuer
        aud = audience
        sub = user
        self.role = role
        sid = session
        jti = identity
        iat = from
        exp = until
    }
}

/// Signs and checks session tokens by the rules of RFC 8725.
///
/// One algorithm, one issuer, one kind of token, keys known by name: nothing in a token decides how it is checked. That is so
/// little that it is written on swift-crypto's P-256 here; jwt-kit would bring RSA, EdDSA, HMAC and key discovery, which must
/// then be switched off again.
struct SessionToken {
    private struct Header: Codable {
        var alg: String
        var kid: String?
        var typ: String?
    }

    private static let algorithm = "ES256"
    private static let type = "at+jwt"
    /// Clocks of one device agree with themselves; a step back by the time service is still possible.
    private static let leeway: Int64 = 5
    static let longest = 2048

    static func text(_ claims: SessionClaims, key: SessionKey) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = try encoder.encode(Header(alg: algorithm, kid: key.identity, typ: type))
        let signed = Base64URL.text(header) + "." + Base64URL.text(try encoder.encode(claims))
        let signature = try key.key.signature(for: Data(signed.utf8)).rawRepresentation
        return signed + "." + Base64URL.text(signature)
    }

    /// What a token says, if it is one of ours, for this audience, and of this time.
    ///
    /// - Throws: ``AccessError/badSession(_:)``
    static func claims(
        of text: String,
        for audience: SessionClaims.Audience,
        keys: [SessionKey],
        now: Timestamp
    ) throws(AccessError) -> SessionClaims {
        guard text.utf8.count <= longest else { throw .badSession("too long") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.bytes(parts[0]), let payload = Base64URL.bytes(parts[1]),
            let signature = Base64URL.bytes(parts[2]), signature.count == 64
        else { throw .badSession("not a session token") }
        guard let head = decoded(Header.self, header) else { throw .badSession("its header cannot be read") }
        guard head.alg == algorithm, head.typ == type else { throw .badSession("of another kind") }
        guard let key = keys.first(where: { $0.identity == head.kid }) else { throw .badSession("of an unknown key") }
        guard isSigned(Data("\(parts[0]).\(parts[1])".utf8), signature, by: key) else {
            throw .badSession("not signed by us")
        }
        // Only now is what it says worth reading.
        guard let claims = decoded(SessionClaims.self, payload), claims.iss == SessionClaims.issuer else {
            throw .badSession("of another issuer")
        }
        guard claims.aud == audience else { throw .badSession("for somebody else") }
        let seconds = now.nanoseconds / 1_000_000_000
        guard seconds < claims.exp, claims.iat <= seconds + leeway else { throw .badSession("expired") }
        return claims
    }

    private static func isSigned(_ data: Data, _ signature: [UInt8], by key: SessionKey) -> Bool {
        guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: Data(signature)) else { return false }
        return key.key.publicKey.isValidSignature(signature, for: data)
    }

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }
}
