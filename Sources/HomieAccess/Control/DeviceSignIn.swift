public import HomieModel

/// Sign-in of a device without a browser, let in by somebody who is signed in elsewhere (RFC 8628).
public actor DeviceSignIn {
    private struct Waiting {
        var digest: [UInt8]
        var userCode: String
        var program: String
        var until: Timestamp
        var lastAskedAt: Timestamp
        var verdict: Verdict?
    }

    private enum Verdict {
        case allowed(UserName)
        case denied
    }

    /// What the device shows and keeps.
    public struct Beginning: Sendable, Hashable {
        /// The device's secret.
        public var deviceCode: String
        /// What a person types: eight letters that are not mistaken for others.
        public var userCode: String
        public var expiresAt: Timestamp
        /// Between two questions.
        public var interval: TimeSpan
    }

    private static let letters = Array("BCDFGHJKLMNPQRSTVWXZ".utf8)
    private static let capacity = 100
    private static let interval = TimeSpan.seconds(5)

    private let access: AccessControl
    private let randomness: Randomness
    private let wall: @Sendable () -> Timestamp
    private var waiting: [String: Waiting] = [:]

    public init(access: AccessControl, randomness: Randomness = .system, wall: @escaping @Sendable () -> Timestamp) {
        self.access = access
        self.randomness = randomness
        self.wall = wall
    }

    /// - Throws: ``AccessError/throttled(after:policy:)`` when too many wait.
    public func begin(from client: ClientFacts) throws(AccessError) -> Beginning {
        let now = wall()
        waiting = waiting.filter { $0.value.until > now }
        guard waiting.count < Self.capacity else { throw .throttled(after: .seconds(60), policy: "sign-in") }
        let token = TokenText(.device, from: randomness)
        let code = randomness.bytes(8).map { Self.letters[Int($0) % Self.letters.count] }
        let userCode = String(decoding: code.prefix(4) + [0x2D] + code.suffix(4), as: UTF8.self)
        waiting[token.identity] = Waiting(
            digest: token.digest,
            userCode: userCode,
            program: client.program,
            until: now + .seconds(600),
            lastAskedAt: now + .seconds(-60)
        )
        return Beginning(
            deviceCode: token.text,
            userCode: userCode,
            expiresAt: now + .seconds(600),
            interval: Self.interval
        )
    }

    /// Lets a device in as oneself, or turns it away.
    ///
    /// - Returns: how the device named itself.
    /// - Throws: ``AccessError``
    @discardableResult
    public func decide(_ userCode: String, allows: Bool, by principal: Principal, from client: ClientFacts) async throws
        -> String
    {
        // A token lets nobody in: it would outlive itself that way.
        guard case .session = principal.way, let user = principal.user else { throw AccessError.signInNeeded }
        try await access.admitGuess(from: client, at: user)
        let wanted = Self.letters(of: userCode)
        guard
            let id = waiting.first(where: { Self.letters(of: $0.value.userCode) == wanted && $0.value.until > wall() })?
                .key,
            waiting[id]?.verdict == nil
        else { throw AccessError.noDevice(userCode) }
        waiting[id]?.verdict = allows ? .allowed(user) : .denied
        return waiting[id]?.program ?? ""
    }

    /// The session, once somebody let the device in.
    ///
    /// - Throws: ``AccessError/devicePending``, ``AccessError/deviceTooFast``, ``AccessError/deviceDenied``
    public func redeem(_ deviceCode: String, from client: ClientFacts) async throws -> SessionGrant {
        let now = wall()
        guard let token = TokenText(.device, parsing: deviceCode), let one = waiting[token.identity],
            ConstantTime.areEqual(one.digest, token.digest), one.until > now
        else { throw AccessError.deviceDenied }
        waiting[token.identity]?.lastAskedAt = now
        switch one.verdict {
        case nil:
            guard (now - one.lastAskedAt).nanoseconds >= Self.interval.nanoseconds * 9 / 10 else {
                throw AccessError.deviceTooFast
            }
            throw AccessError.devicePending
        case .denied:
            waiting[token.identity] = nil
            throw AccessError.deviceDenied
        case .allowed(let user):
            // Spent before the first wait.
            waiting[token.identity] = nil
            return try await access.begin(try await access.user(user), from: client)
        }
    }

    private static func letters(of code: String) -> String { code.uppercased().filter(\.isLetter) }
}
