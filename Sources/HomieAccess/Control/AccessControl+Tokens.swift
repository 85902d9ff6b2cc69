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
        if let own = principal.scopes,
            let scope = scopes.first(where: { wanted in !own.contains { $0.includes(wanted) } })
        {
            throw AccessError.tooMuch(scope)
        }
        return try await inTurn { control in
            _ = try control.user(user)
            // A session that ended meanwhile leaves nothing behind that outlives it.
            try control.checkHolds(principal)
            var token = TokenText(.api, from: control.randomness)
            while control.tokens[token.identity] != nil { token = TokenText(.api, from: control.randomness) }
            let now = control.wall()
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
            try await control.commit([.putToken(record)])
            return (record, text: token.text)
        }
    }

    /// - Throws: ``AccessError``
    public func revokeToken(_ id: String, by principal: Principal) async throws {
        try await inTurn { control in
            guard let token = control.tokens[id] else { throw AccessError.noToken(id) }
            // A token may always give itself up.
            if principal.way != .token(id) { try principal.checkOwns(token.user) }
            try await control.commit([.removeToken(id)])
        }
    }
}
