public import HomieModel

/// Sign-in of a device without a browser, let in by somebody who is signed in elsewhere (RFC 8628).
public actor DeviceSignIn {
    private struct Waiting {
        var digest: [UInt8]
        var userCode: String
        var program: String
        var lastAskedAt: Timestamp
        var verdict: Verdict?
    }

    private enum Verdict {
        case allowed(Voucher)
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
    private static let interval = TimeSpan.seconds(5)

    private let access: AccessControl
    private let randomness: Randomness
    private let wall: @Sendable () -> Timestamp
    private var waiting = WaitingRoom<Waiting>(capacity: 100, share: 10)

    public init(access: AccessControl, randomness: Randomness = .system, wall: @escaping @Sendable () -> Timestamp) {
        self.access = access
        self.randomness = randomness
        self.wall = wall
    }

    /// - Throws: ``AccessError/throttled(after:policy:)`` when too many of the client wait.
    public func begin(from client: ClientFacts) throws(AccessError) -> Beginning {
        let now = wall()
        let token = TokenText(.device, from: randomness)
        let code = randomness.bytes(8).map { Self.letters[Int($0) % Self.letters.count] }
        let userCode = String(decoding: code.prefix(4) + [0x2D] + code.suffix(4), as: UTF8.self)
        let one = Waiting(
            digest: token.digest,
            userCode: userCode,
            program: client.program,
            lastAskedAt: now + .seconds(-60)
        )
        try waiting.add(one, as: token.identity, of: client.key, until: now + .seconds(600), at: now)
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
        guard case .session = principal.way, let user = principal.user else { throw AccessError.signInNeeded }
        try await access.admitGuess(from: client, at: user)
        let voucher = try await access.voucher(of: principal)
        let wanted = Self.letters(of: userCode)
        guard let (id, one) = waiting.first(at: wall(), where: { Self.letters(of: $0.userCode) == wanted }),
            one.verdict == nil
        else { throw AccessError.noDevice(userCode) }
        waiting.update(id) { $0.verdict = allows ? .allowed(voucher) : .denied }
        return one.program
    }

    /// The session, once somebody let the device in.
    ///
    /// - Throws: ``AccessError/devicePending``, ``AccessError/deviceTooFast``, ``AccessError/deviceDenied``
    public func redeem(_ deviceCode: String, from client: ClientFacts) async throws -> SessionGrant {
        let now = wall()
        guard let token = TokenText(.device, parsing: deviceCode), let one = waiting.value(token.identity, at: now),
            ConstantTime.areEqual(one.digest, token.digest)
        else { throw AccessError.deviceDenied }
        waiting.update(token.identity) { $0.lastAskedAt = now }
        switch one.verdict {
        case nil:
            guard (now - one.lastAskedAt).nanoseconds >= Self.interval.nanoseconds * 9 / 10 else {
                throw AccessError.deviceTooFast
            }
            throw AccessError.devicePending
        case .denied:
            _ = waiting.take(token.identity, at: now)
            throw AccessError.deviceDenied
        case .allowed(let voucher):
            // Spent before the first wait.
            _ = waiting.take(token.identity, at: now)
            return try await access.begin(voucher, from: client)
        }
    }

    private static func letters(of code: String) -> String { code.uppercased().filter(\.isLetter) }
}
