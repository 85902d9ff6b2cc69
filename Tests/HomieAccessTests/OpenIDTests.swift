import Crypto
import CryptoExtras
import FoundationEssentials
import HomieModel
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieAccess

/// An identity provider in memory, which can be told to lie.
final class FakeProvider: OpenIDExchange {
    struct Lies {
        var issuer: String?
        var audience = ["homie"]
        var nonce: String?
        var expiresIn = 300.0
        var algorithm: String?
        var signer: P256.Signing.PrivateKey?
        var subject = "42"
        var name = "ann"
        var groups = ["admins"]
        var sendsIssuer = true
    }

    static let issuer = "https://id.example"
    let key = P256.Signing.PrivateKey()
    let rsa: _RSA.Signing.PrivateKey?
    let lies = Mutex(Lies())
    /// The challenge and nonce of each code that was given out.
    private let codes = Mutex<[String: (challenge: String, nonce: String, callback: String)]>([:])
    let time: @Sendable () -> Double

    init(rsa: _RSA.Signing.PrivateKey? = nil, time: @escaping @Sendable () -> Double) {
        self.rsa = rsa
        self.time = time
    }

    /// What the provider's page does once the user agreed: code, state and issuer for the browser to carry.
    func agree(_ address: String) throws -> (code: String, state: String) {
        let query = try #require(address.split(separator: "?", maxSplits: 1).last)
        var fields: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            fields[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        #expect(fields["response_type"] == "code" && fields["code_challenge_method"] == "S256")
        #expect(fields["client_id"] == "homie" && fields["scope"]?.contains("openid") == true)
        let code = Randomness.system.base62(12)
        codes.withLock {
            $0[code] = (fields["code_challenge"] ?? "", fields["nonce"] ?? "", fields["redirect_uri"] ?? "")
        }
        return (code, fields["state"] ?? "")
    }

    func send(_ url: String, form: [UInt8]?, authorization: String?) async throws -> (status: Int, body: [UInt8]) {
        switch url {
        case Self.issuer + "/.well-known/openid-configuration":
            let issuer = Self.issuer
            return json(
                """
                {"issuer":"\(issuer)","authorization_endpoint":"\(issuer)/auth","token_endpoint":"\(issuer)/token",
                "jwks_uri":"\(issuer)/keys","authorization_response_iss_parameter_supported":true}
                """
            )
        case Self.issuer + "/keys": return json(try keySet())
        case Self.issuer + "/token": return try token(String(decoding: form ?? [], as: UTF8.self), authorization)
        default: return (404, [])
        }
    }

    private func json(_ text: String) -> (status: Int, body: [UInt8]) { (200, Array(text.utf8)) }

    private func keySet() throws -> String {
        let point = Array(key.publicKey.rawRepresentation)
        var keys = [
            #"{"kty":"EC","crv":"P-256","kid":"ec","use":"sig","x":"\#(Base64URL.text(point.prefix(32)))","y":"\#(Base64URL.text(point.suffix(32)))"}"#
        ]
        if let rsa {
            let parts = try rsa.publicKey.getKeyPrimitives()
            keys.append(
                #"{"kty":"RSA","kid":"rsa","alg":"RS256","n":"\#(Base64URL.text(parts.modulus))","e":"\#(Base64URL.text(parts.publicExponent))"}"#
            )
        }
        return #"{"keys":[\#(keys.joined(separator: ","))]}"#
    }

    private func token(_ form: String, _ authorization: String?) throws -> (status: Int, body: [UInt8]) {
        var fields: [String: String] = [:]
        for pair in form.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            fields[String(parts[0])] = String(parts[1])
        }
        guard authorization == "Basic " + Data("homie:s%20ecret".utf8).base64EncodedString(),
            let issued = codes.withLock({ $0.removeValue(forKey: fields["code"] ?? "") }),
            issued.callback == fields["redirect_uri"],
            Base64URL.text(SHA256.hash(data: Data((fields["code_verifier"] ?? "").utf8))) == issued.challenge
        else { return (400, []) }
        let lies = lies.withLock { $0 }
        let claims = IdentityClaims(
            iss: lies.issuer ?? Self.issuer,
            sub: lies.subject,
            aud: .several(lies.audience),
            exp: time() + lies.expiresIn,
            iat: time(),
            nonce: lies.nonce ?? issued.nonce,
            preferred_username: lies.name,
            groups: lies.groups
        )
        let algorithm = lies.algorithm ?? (rsa == nil ? "ES256" : "RS256")
        let header = #"{"alg":"\#(algorithm)","kid":"\#(rsa == nil ? "ec" : "rsa")"}"#
        let signed =
            Base64URL.text(Data(header.utf8)) + "." + Base64URL.text(try JSONEncoder().encode(claims))
        let data = Data(signed.utf8)
        let signature =
            if let rsa {
                try rsa.signature(for: data, padding: .insecurePKCS1v1_5).rawRepresentation
            } else {
                try (lies.signer ?? key).signature(for: data).rawRepresentation
            }
        return json(
            #"{"access_token":"x","token_type":"Bearer","id_token":"\#(signed).\#(Base64URL.text(signature))"}"#
        )
    }
}

@Suite("Sign-in at an identity provider")
struct OpenIDTests {
    private let bench = Bench()

    private func desk(_ control: AccessControl, _ provider: FakeProvider, otherwise: Role? = nil) -> OpenIDSignIn {
        let settings = OpenIDSettings(
            issuer: FakeProvider.issuer,
            client: "homie",
            secret: "s ecret",
            groups: ["admins": .admin, "family": .viewer],
            otherwise: otherwise
        )
        return OpenIDSignIn(
            settings,
            exchange: provider,
            access: control,
            wall: { Timestamp(nanoseconds: bench.time.withLock { $0 } * 1_000_000_000) }
        )
    }

    private func provider(rsa: Bool = false) throws -> FakeProvider {
        let bench = bench
        return FakeProvider(rsa: rsa ? try _RSA.Signing.PrivateKey(keySize: .bits2048) : nil) {
            Double(bench.time.withLock { $0 })
        }
    }

    /// Goes all the way through the browser; `change` may spoil what it carries.
    private func signIn(
        _ desk: OpenIDSignIn,
        _ provider: FakeProvider,
        next: String? = nil,
        change: (inout (code: String, state: String, cookie: String?, issuer: String?)) -> Void = { _ in }
    ) async throws -> (SessionGrant, next: String) {
        let begun = try await desk.begin(
            callback: "https://homie.local/api/v1/oidc/callback",
            next: next,
            from: bench.client
        )
        let (code, state) = try provider.agree(begun.address)
        var carried: (code: String, state: String, cookie: String?, issuer: String?) =
            (code, state, begun.state, FakeProvider.issuer)
        change(&carried)
        return try await desk.finish(
            code: carried.code,
            state: carried.state,
            cookie: carried.cookie,
            issuer: carried.issuer,
            from: bench.client
        )
    }

    @Test(arguments: [false, true])
    func `who the provider knows becomes a user, with the role of the group`(rsa: Bool) async throws {
        let control = try await bench.peopled()
        let provider = try provider(rsa: rsa)
        let desk = desk(control, provider)
        let (grant, next) = try await signIn(desk, provider, next: "/photos/?album=1")
        #expect(grant.user.text == "ann" && grant.role == .admin && next == "/photos/?album=1")
        #expect(try await control.authenticate(Credentials(bearer: grant.token)).role == .admin)
        provider.lies.withLock { $0.groups = ["family"] }
        let again = try await signIn(desk, provider)
        #expect(again.0.role == .viewer && again.next == "/")
        #expect(await control.allUsers().count { $0.name.text == "ann" } == 1)
        provider.lies.withLock { $0.groups = [] }
        await #expect(throws: AccessError.notInvited) { try await signIn(desk, provider) }
    }

    @Test func `an answer that is forged, mixed up, replayed or of another browser is refused`() async throws {
        let control = try await bench.peopled()
        let provider = try provider()
        let desk = desk(control, provider)
        func refused(_ what: String, _ lie: (inout FakeProvider.Lies) -> Void) async {
            provider.lies.withLock {
                $0 = FakeProvider.Lies()
                lie(&$0)
            }
            await #expect(throws: AccessError.self, "\(what)") { try await signIn(desk, provider) }
            provider.lies.withLock { $0 = FakeProvider.Lies() }
        }
        await refused("issuer") { $0.issuer = "https://evil.example" }
        await refused("audience") { $0.audience = ["other"] }
        await refused("several audiences") { $0.audience = ["homie", "other"] }
        await refused("nonce") { $0.nonce = "other" }
        await refused("expired") { $0.expiresIn = -120 }
        await refused("alg none") { $0.algorithm = "none" }
        await refused("alg HS256") { $0.algorithm = "HS256" }
        await refused("alg RS256 for an EC key") { $0.algorithm = "RS256" }
        await refused("another signer") { $0.signer = P256.Signing.PrivateKey() }
        await #expect(throws: AccessError.self) { try await signIn(desk, provider) { $0.state = "other" } }
        await #expect(throws: AccessError.self) { try await signIn(desk, provider) { $0.cookie = nil } }
        await #expect(throws: AccessError.self) {
            try await signIn(desk, provider) { $0.issuer = "https://evil.example" }
        }
        await #expect(throws: AccessError.self) { try await signIn(desk, provider) { $0.issuer = nil } }
        await #expect(throws: AccessError.self) { try await signIn(desk, provider) { $0.code = "other" } }
        let begun = try await desk.begin(
            callback: "https://homie.local/api/v1/oidc/callback",
            next: nil,
            from: bench.client
        )
        let (code, state) = try provider.agree(begun.address)
        func finish() async throws {
            _ = try await desk.finish(
                code: code,
                state: state,
                cookie: begun.state,
                issuer: FakeProvider.issuer,
                from: bench.client
            )
        }
        try await finish()
        await #expect(throws: AccessError.self) { try await finish() }
    }

    @Test func `a lower role at the provider signs out everywhere, and the last admin stays on paper only`()
        async throws
    {
        let control = try await bench.peopled()
        let provider = try provider()
        let desk = desk(control, provider)
        let (first, _) = try await signIn(desk, provider)
        _ = try await signIn(desk, provider)
        // As much as before ends nothing.
        #expect(await control.sessions(of: first.user).count == 2)
        try await control.remove(try UserName(parsing: "root"))
        provider.lies.withLock { $0.groups = ["family"] }
        await #expect(throws: AccessError.lastAdmin(first.user)) { try await signIn(desk, provider) }
        #expect(await control.sessions(of: first.user).isEmpty)
        #expect(try await control.user(first.user).role == .admin)
        _ = try await control.put(
            try UserName(parsing: "opal"),
            role: .admin,
            password: nil,
            by: .socket(account: 0, process: 1)
        )
        provider.lies.withLock { $0.groups = ["admins"] }
        let (admin, _) = try await signIn(desk, provider)
        provider.lies.withLock { $0.groups = ["family"] }
        let (viewer, _) = try await signIn(desk, provider)
        #expect(viewer.role == .viewer)
        #expect(await control.sessions(of: first.user).map(\.id) == [viewer.session])
        await #expect(throws: AccessError.self) { try await control.authenticate(Credentials(bearer: admin.token)) }
        // Who may not come in at all does not stay in either.
        provider.lies.withLock { $0.groups = [] }
        await #expect(throws: AccessError.notInvited) { try await signIn(desk, provider) }
        #expect(await control.sessions(of: first.user).isEmpty)
    }

    @Test func `a local user's name is not taken over from outside`() async throws {
        let control = try await bench.peopled()
        let provider = try provider()
        provider.lies.withLock { $0.name = "root" }
        await #expect(throws: AccessError.userExists(try UserName(parsing: "root"))) {
            try await signIn(desk(control, provider), provider)
        }
    }

    @Test func `one who begins again and again keeps nobody else from signing in`() async throws {
        let control = try await bench.peopled()
        let provider = try provider()
        let desk = desk(control, provider)
        let callback = "https://homie.local/api/v1/oidc/callback"
        func begin(_ address: String) async throws -> OpenIDSignIn.Beginning {
            let client = ClientFacts(address: address, program: "")
            return try await desk.begin(callback: callback, next: nil, from: client)
        }
        let begun = try await begin("192.0.2.7")
        for _ in 0..<20 { _ = try await begin("2001:db8:1:0::1") }
        await #expect { _ = try await begin("2001:db8:1:0::2") } throws: { ($0 as? AccessError)?.status == 429 }
        for number in 0..<300 { _ = try await begin("2001:db8:1:\(1 + number / 20)::1") }
        let (code, state) = try provider.agree(begun.address)
        _ = try await desk.finish(
            code: code,
            state: state,
            cookie: begun.state,
            issuer: FakeProvider.issuer,
            from: bench.client
        )
        _ = try await signIn(desk, provider)
    }

    @Test func `a browser is never sent to another site`() async throws {
        let control = try await bench.peopled()
        let provider = try provider()
        let desk = desk(control, provider)
        for next in [
            "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
            "evil",
            "/\u{9}/evil.example", "/ /evil.example", "",
        ] {
            #expect(try await signIn(desk, provider, next: next).next == "/", "\(next)")
        }
        #expect(try await signIn(desk, provider, next: "/a/b?c=//d#e").next == "/a/b?c=//d#e")
    }
}
