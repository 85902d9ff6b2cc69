internal import Crypto
internal import FoundationEssentials
public import HomieModel

/// Carries a session from the device's own name to a service's: browsers keep cookies of one host from all others.
///
/// The browser begins at the service, which gives it a secret in a cookie; the device's page, where somebody is signed in,
/// sends it back with a code that is good once, for a minute, for that host, and with that secret only. So nobody can be
/// signed in as somebody else by a link.
public actor HandOver {
    private struct Waiting {
        var digest: [UInt8]
        var session: String
        var host: String
        /// Of the secret in the browser's cookie.
        var proof: String
    }

    private static let life = TimeSpan.seconds(60)

    private let access: AccessControl
    private let randomness: Randomness
    private let wall: @Sendable () -> Timestamp
    private var waiting = WaitingRoom<Waiting>(capacity: 1000, share: 100)

    public init(access: AccessControl, randomness: Randomness = .system, wall: @escaping @Sendable () -> Timestamp) {
        self.access = access
        self.randomness = randomness
        self.wall = wall
    }

    /// A secret for a browser's cookie.
    public nonisolated func secret() -> String { randomness.base62(32) }

    /// True for what ``secret()`` could have made.
    public static func isSecret(_ text: String) -> Bool { text.utf8.count == 32 && text.utf8.allSatisfy(Base62.isOne) }

    /// What may be shown of a secret.
    public static func proof(of secret: String) -> String { Base64URL.text(SHA256.hash(data: Data(secret.utf8))) }

    /// True for what ``proof(of:)`` could have made.
    public static func isProof(_ text: String) -> Bool {
        text.utf8.count == 43 && text.utf8.allSatisfy { Base62.isOne($0) || $0 == 0x2D || $0 == 0x5F }
    }

    /// A code for a host.
    ///
    /// - Throws: ``AccessError/throttled(after:policy:)`` when too many of the session wait.
    public func code(for session: String, host: String, proof: String) throws(AccessError) -> String {
        let now = wall()
        let token = TokenText(.passage, from: randomness)
        let one = Waiting(digest: token.digest, session: session, host: host, proof: proof)
        try waiting.add(one, as: token.identity, of: session, until: now + Self.life, at: now)
        return token.text
    }

    /// The token that opens services of a host, for a code.
    ///
    /// - Throws: ``AccessError/badSession(_:)``
    public func redeem(_ code: String, host: String, secret: String) async throws -> (text: String, life: TimeSpan) {
        // Whatever comes of it, it is spent.
        guard let token = TokenText(.passage, parsing: code), let one = waiting.take(token.identity, at: wall()) else {
            throw AccessError.badSession("of a code that is unknown, old or was used before")
        }
        guard ConstantTime.areEqual(one.digest, token.digest), one.host == host,
            ConstantTime.areEqual(Array(one.proof.utf8), Array(Self.proof(of: secret).utf8))
        else { throw AccessError.badSession("of a code of another host or browser") }
        return try await access.serviceToken(of: one.session)
    }
}
