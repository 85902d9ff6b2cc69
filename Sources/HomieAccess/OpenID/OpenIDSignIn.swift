internal import Crypto
internal import FoundationEssentials
public import HomieModel

/// Sign-in at an identity provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9700).
public actor OpenIDSignIn {
    /// A sign-in that has begun, on its way through the browser.
    private struct Begun {
        var nonce: String
        var verifier: String
        /// Where the provider sends the browser back to.
        var callback: String
        /// Where the browser is to end up.
        var next: String
    }

    /// Where to send the browser, and what it must bring back.
    public struct Beginning: Sendable, Hashable {
        public var address: String
        /// For a cookie: ties the sign-in to this browser.
        public var state: String
    }

    let settings: OpenIDSettings
    private let exchange: any OpenIDExchange
    private let access: AccessControl
    private let randomness: Randomness
    private let wall: @Sendable () -> Timestamp
    private var begun = WaitingRoom<Begun>(capacity: 200, share: 20)
    private var metadata: (ProviderMetadata, until: Timestamp)?
    private var keys: (list: [ProviderKey], readAt: Timestamp)?

    public init(
        _ settings: OpenIDSettings,
        exchange: any OpenIDExchange,
        access: AccessControl,
        randomness: Randomness = .system,
        wall: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.exchange = exchange
        self.access = access
        self.randomness = randomness
        self.wall = wall
    }

    /// Begins a sign-in.
    ///
    /// - Parameters:
    ///   - callback: this device's address for the provider's answer.
    ///   - next: a path on this device; anything else is taken for `/`.
    /// - Throws: ``AccessError``
    public func begin(callback: String, next: String?, from client: ClientFacts) async throws -> Beginning {
        let provider = try await provider()
        let now = wall()
        let state = randomness.base62(32)
        let one = Begun(
            nonce: randomness.base62(32),
            verifier: randomness.base62(64),
            callback: callback,
            next: Self.isLocal(next ?? "/") ? next ?? "/" : "/"
        )
        try begun.add(one, as: state, of: client.key, until: now + .seconds(600), at: now)
        let challenge = Base64URL.text(SHA256.hash(data: Data(one.verifier.utf8)))
        let query = Self.form([
            ("response_type", "code"), ("client_id", settings.client), ("redirect_uri", callback),
            ("scope", "openid profile email groups"), ("state", state), ("nonce", one.nonce),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ])
        let mark = provider.authorization_endpoint.contains("?") ? "&" : "?"
        return Beginning(address: provider.authorization_endpoint + mark + query, state: state)
    }

    /// Ends a sign-in with what the provider sent back through the browser.
    ///
    /// - Parameters:
    ///   - cookie: the state that the browser was given.
    ///   - issuer: the `iss` parameter (RFC 9207).
    /// - Returns: the session, and the path where the browser is to end up.
    /// - Throws: ``AccessError``
    public func finish(
        code: String,
        state: String,
        cookie: String?,
        issuer: String?,
        from client: ClientFacts
    ) async throws -> (SessionGrant, next: String) {
        guard let cookie, ConstantTime.areEqual(Array(cookie.utf8), Array(state.utf8)),
            let one = begun.take(state, at: wall())
        else { throw AccessError.badIdentity("the sign-in was not begun in this browser, or too long ago") }
        let provider = try await provider()
        // Another provider's answer, mixed up with ours, carries another provider's name.
        if let issuer {
            guard issuer == settings.issuer else { throw AccessError.badIdentity("another provider answered") }
        } else if provider.authorization_response_iss_parameter_supported == true {
            throw AccessError.badIdentity("the provider did not say who it is")
        }
        let token = try await redeem(code, one, at: provider)
        let claims = try await claims(of: token, nonce: one.nonce, provider)
        let subject = "\(claims.iss) \(claims.sub)"
        guard let role = settings.role(of: claims.groups ?? []) else {
            try await access.turnAway(subject: subject)
            throw AccessError.notInvited
        }
        let name = claims.preferred_username ?? claims.email ?? claims.sub
        let grant = try await access.signIn(
            subject: subject,
            name: try UserName(parsing: name.lowercased()),
            role: role,
            from: client
        )
        return (grant, one.next)
    }

    private func redeem(_ code: String, _ one: Begun, at provider: ProviderMetadata) async throws -> String {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", one.callback),
            ("code_verifier", one.verifier),
        ]
        var authorization: String?
        if let secret = settings.secret {
            let pair = Self.escaped(settings.client) + ":" + Self.escaped(secret)
            authorization = "Basic " + Data(pair.utf8).base64EncodedString()
        } else {
            fields.append(("client_id", settings.client))
        }
        let form = Array(Self.form(fields).utf8)
        let (status, body) = try await exchange.send(provider.token_endpoint, form: form, authorization: authorization)
        guard status == 200, let answer = try? JSONDecoder().decode(TokenResponse.self, from: Data(body)) else {
            throw AccessError.badIdentity("the provider does not take the code (status \(status))")
        }
        return answer.id_token
    }

    /// Checked with the keys that are known; a signature they do not fit may be of a new key.
    private func claims(
        of token: String,
        nonce: String,
        _ provider: ProviderMetadata
    ) async throws -> IdentityClaims {
        func check(_ keys: [ProviderKey]) throws(AccessError) -> IdentityClaims {
            try IdentityToken.claims(
                of: token,
                keys: keys,
                issuer: settings.issuer,
                client: settings.client,
                nonce: nonce,
                now: wall()
            )
        }
        if let keys, let claims = try? check(keys.list) { return claims }
        let answer = try await exchange.send(provider.jwks_uri, form: nil, authorization: nil)
        guard answer.status == 200, let set = try? JSONDecoder().decode(ProviderKey.Set.self, from: Data(answer.body))
        else {
            throw AccessError.badIdentity("the provider's keys cannot be read")
        }
        keys = (set.keys, wall())
        return try check(set.keys)
    }

    private func provider() async throws -> ProviderMetadata {
        if let metadata, metadata.until > wall() { return metadata.0 }
        let base = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        let (status, body) = try await exchange.send(
            base + "/.well-known/openid-configuration",
            form: nil,
            authorization: nil
        )
        guard status == 200, let found = try? JSONDecoder().decode(ProviderMetadata.self, from: Data(body)) else {
            throw AccessError.badIdentity("the provider's description cannot be read (status \(status))")
        }
        guard found.issuer == settings.issuer else {
            throw AccessError.badIdentity("the provider calls itself '\(found.issuer.prefix(120))'")
        }
        metadata = (found, wall() + .seconds(3600))
        return found
    }

    /// Whether an address stays on this device: a path, which no browser takes for another host.
    static func isLocal(_ next: String) -> Bool {
        let bytes = Array(next.utf8)
        guard bytes.first == 0x2F, bytes.count <= 1000, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C })
        else {
            return false
        }
        return bytes.count == 1 || bytes[1] != 0x2F
    }

    private static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            if Base62.isOne(byte) || "-._~".utf8.contains(byte) {
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}
