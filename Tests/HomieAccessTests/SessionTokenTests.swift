import Crypto
import FoundationEssentials
import HomieModel
import Testing

@testable import HomieAccess

@Suite("Session tokens")
struct SessionTokenTests {
    private let key = SessionKey()
    private let now = Timestamp(nanoseconds: 1_800_000_000 * 1_000_000_000)

    private func claims(_ audience: SessionClaims.Audience = .api, from: Int64 = 0, life: Int64 = 600) throws
        -> SessionClaims
    {
        let start = now.nanoseconds / 1_000_000_000 + from
        return SessionClaims(
            audience,
            user: try UserName(parsing: "ann"),
            role: .admin,
            session: "Sess1234",
            identity: "id",
            from: start,
            until: start + life
        )
    }

    private func read(_ text: String, keys: [SessionKey]? = nil, at time: Timestamp? = nil) throws -> SessionClaims {
        try SessionToken.claims(of: text, for: .api, keys: keys ?? [key], now: time ?? now)
    }

    /// A token with a header and claims of one's own, signed by whatever `sign` does.
    private func forged(_ header: String, _ payload: String? = nil, sign: (Data) throws -> Data) throws -> String {
        let body = try payload.map { Data($0.utf8) } ?? JSONEncoder().encode(claims())
        let signed = Base64URL.text(Data(header.utf8)) + "." + Base64URL.text(body)
        return signed + "." + Base64URL.text(try sign(Data(signed.utf8)))
    }

    private func signature(_ data: Data) throws -> Data { try key.key.signature(for: data).rawRepresentation }

    @Test func `a token of ours is read back`() throws {
        let claims = try claims()
        #expect(try read(SessionToken.text(claims, key: key)) == claims)
        #expect(try read(SessionToken.text(claims, key: key), keys: [SessionKey(), key]) == claims)
        let copy = try SessionKey(pem: key.pem)
        #expect(copy.identity == key.identity)
        #expect(try read(SessionToken.text(claims, key: copy)) == claims)
    }

    @Test func `no algorithm but ours is taken, whatever the header says`() throws {
        let kid = #""kid":"\#(key.identity)""#
        let unsigned = try forged(#"{"alg":"none",\#(kid),"typ":"at+jwt"}"#) { _ in Data() }
        #expect(throws: AccessError.self) { try read(unsigned) }
        for algorithm in ["none", "None", "HS256", "RS256", "ES384", "es256", ""] {
            let token = try forged(#"{"alg":"\#(algorithm)",\#(kid),"typ":"at+jwt"}"#, sign: signature)
            #expect(throws: AccessError.badSession("of another kind")) { try read(token) }
        }
        // The public key as the secret of an HMAC: the confusion of RFC 8725, section 2.1.
        let confused = try forged(#"{"alg":"HS256",\#(kid),"typ":"at+jwt"}"#) { data in
            let secret = SymmetricKey(data: Data(key.publicPEM.utf8))
            let code = Data(HMAC<SHA256>.authenticationCode(for: data, using: secret))
            return code + code
        }
        #expect(throws: AccessError.self) { try read(confused) }
        let labelled = try forged(#"{"alg":"ES256",\#(kid),"typ":"at+jwt"}"#) { data in
            let code = Data(
                HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: Data(key.publicPEM.utf8)))
            )
            return code + code
        }
        #expect(throws: AccessError.badSession("not signed by us")) { try read(labelled) }
    }

    @Test func `another kind, key, issuer, audience or time is refused`() throws {
        let kid = #""kid":"\#(key.identity)""#
        for header in [
            #"{"alg":"ES256",\#(kid)}"#, #"{"alg":"ES256",\#(kid),"typ":"JWT"}"#, #"{"alg":"ES256","typ":"at+jwt"}"#,
            #"{"alg":"ES256","kid":"other","typ":"at+jwt"}"#,
            #"{"alg":"ES256","kid":"../../dev/null","typ":"at+jwt","jku":"https://evil.example/keys"}"#, "[]", "",
        ] {
            #expect(throws: AccessError.self) { try read(forged(header, sign: signature)) }
        }
        let head = #"{"alg":"ES256",\#(kid),"typ":"at+jwt"}"#
        var other = try claims()
        other.iss = "https://evil.example"
        let issuer = try SessionToken.text(other, key: key)
        #expect(throws: AccessError.badSession("of another issuer")) { try read(issuer) }
        let audience = try SessionToken.text(claims(.gateway), key: key)
        #expect(throws: AccessError.badSession("for somebody else")) { try read(audience) }
        let stranger = try SessionToken.text(claims(), key: SessionKey())
        #expect(throws: AccessError.badSession("of an unknown key")) { try read(stranger) }
        let expired = try SessionToken.text(claims(from: -700), key: key)
        #expect(throws: AccessError.badSession("expired")) { try read(expired) }
        let early = try SessionToken.text(claims(from: 60), key: key)
        #expect(throws: AccessError.badSession("expired")) { try read(early) }
        for payload in ["{}", "null", #"{"aud":["homie-api"]}"#, #"{"exp":99999999999}"#] {
            #expect(throws: AccessError.self) { try read(forged(head, payload, sign: signature)) }
        }
    }

    @Test func `a token with any letter changed is refused`() throws {
        let token = try SessionToken.text(claims(), key: key)
        var bytes = Array(token.utf8)
        for index in stride(from: 0, to: bytes.count, by: 3) {
            let old = bytes[index]
            bytes[index] = old == 0x41 ? 0x42 : 0x41
            #expect(throws: AccessError.self) { try read(String(decoding: bytes, as: UTF8.self)) }
            bytes[index] = old
        }
        for text in [
            "", ".", "..", "...", token + ".", token + "=", "\(token) ", String(token.dropLast()), token + token,
        ] {
            #expect(throws: AccessError.self) { try read(text) }
        }
        let zero = token.split(separator: ".").prefix(2).joined(separator: ".") + "." + Base64URL.text(Data(count: 64))
        #expect(throws: AccessError.self) { try read(zero) }
    }

    @Test func `two texts never mean the same bytes`() {
        #expect(Base64URL.text([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.bytes("-_8") == [0xFB, 0xFF])
        for text in ["-_9", "-_8=", "+/8", "-_8 ", "A"] { #expect(Base64URL.bytes(text) == nil) }
    }
}
