public import HomieModel

extension AccessControl {
    /// The API tokens of a user, or of all; oldest first.
    public func tokens(of user: UserName?) -> [TokenRecord] {
        tokens.values.filter { user == nil || $0.user == user }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// Makes an API token.
    ///
    /// - Parameters:
    ///   - user: whose it is.
    ///   - life: nil for one that does not expire.
    /// - Returns: its record, and its text, which nobody can show again.
    /// - Throws: ``AccessError``
    public func makeToken(
        name: String,
        user: UserName,
        scopes: [Scope],
        life: TimeSpan?,
        by principal: Principal
    ) async throws -> (TokenRecord, text: String) {
        try principal.checkOwns(user)
        guard users[user] != nil else { throw AccessError.noUser(user) }
        if let own = principal.scopes,
            let scope = scopes.first(where: { wanted in !own.contains { $0.includes(wanted) } })
        {
            throw AccessError.tooMuch(scope)
        }
        var token = TokenText(.api, from: randomness)
        while tokens[token.identity] != nil { token = TokenText(.api, from: randomness) }
        let now = wall()
        let record = TokenRecord(
            id: token.identity,
            name: name,
            user: user,
            scopes: Array(Set(scopes)).sorted(),
            digest: token.digest,
            createdAt: now,
            expiresAt: life.map { now + $0 },
            lastUsedAt: nil
        )
        try await commit([.putToken(record)])
        return (record, token.text)
    }

    /// - Throws: ``AccessError``
    public func revokeToken(_ id: String, by principal: Principal) async throws {
        guard let token = tokens[id] else { throw AccessError.noToken(id) }
        // A token may always give itself up.
        if principal.way != .token(id) { try principal.checkOwns(token.user) }
        try await commit([.removeToken(id)])
    }
}
