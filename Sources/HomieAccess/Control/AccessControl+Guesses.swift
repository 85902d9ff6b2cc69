internal import HomieModel

/// From where users come in. Guesses of others, however many, do not keep them out there.
struct FamiliarPlaces {
    private static let life = TimeSpan.seconds(30 * 86_400)
    /// Of one user; the oldest is forgotten first.
    private static let capacity = 16

    private var places: [UserName: [String: Timestamp]] = [:]

    mutating func note(_ key: String, of user: UserName, at time: Timestamp) {
        var known = places[user, default: [:]]
        known[key] = max(time, known[key] ?? time)
        if known.count > Self.capacity, let oldest = known.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            known[oldest.key] = nil
        }
        places[user] = known
    }

    mutating func forget(_ user: UserName) { places[user] = nil }

    func contains(_ key: String, of user: UserName, at now: Timestamp) -> Bool {
        places[user]?[key].map { now - $0 <= Self.life } ?? false
    }
}

/// How many guesses at secrets are let through. Ten at once and ten in a minute of one client; of these twenty in five minutes at
/// one user; and of all who are strangers to a user fifty in ten minutes, which is more than one client can use up by itself.
struct GuessLimits: Sendable {
    private let clients: RateLimiter
    private let pairs: RateLimiter
    private let users: RateLimiter

    init(uptime: @escaping @Sendable () -> TimeSpan) {
        clients = RateLimiter(RatePolicy("sign-in", count: 10, window: .seconds(60)), uptime: uptime)
        pairs = RateLimiter(RatePolicy("sign-in", count: 20, window: .seconds(300)), uptime: uptime)
        users = RateLimiter(RatePolicy("sign-in", count: 50, window: .seconds(600)), uptime: uptime)
    }

    /// - Parameter isStranger: false where the user has come in before.
    /// - Throws: ``AccessError/throttled(after:policy:)``
    func admit(_ client: String, at user: UserName?, isStranger: Bool) throws(AccessError) {
        // What is refused here is no guess any more, and takes nothing from what others may.
        try Self.check(clients.admit(client))
        guard let user else { return }
        try Self.check(pairs.admit(Self.pair(client, user)))
        if isStranger { try Self.check(users.admit(user.text)) }
    }

    /// After a right guess.
    func forgive(_ client: String, at user: UserName?) {
        clients.forgive(client)
        if let user { pairs.forgive(Self.pair(client, user)) }
    }

    private static func pair(_ client: String, _ user: UserName) -> String { "\(user) \(client)" }

    private static func check(_ verdict: RateVerdict) throws(AccessError) {
        guard verdict.isAllowed else { throw .throttled(after: verdict.wait, policy: verdict.policy.name) }
    }
}

extension AccessControl {
    /// Counts a guess at a secret.
    ///
    /// - Throws: ``AccessError/throttled(after:policy:)``
    func admitGuess(from client: ClientFacts, at user: UserName?) throws(AccessError) {
        let isFamiliar = user.map { places.contains(client.key, of: $0, at: wall()) } ?? false
        try guesses.admit(client.key, at: user, isStranger: !isFamiliar)
    }
}
