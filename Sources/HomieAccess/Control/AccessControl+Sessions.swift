public import HomieModel

/// What somebody who signed in is handed.
public struct SessionGrant: Sendable, Hashable {
    public var session: String
    public var user: UserName
    public var role: Role
    /// For the API.
    public var token: String
    /// For services behind the gateway.
    public var gatewayToken: String
    /// When both end.
    public var expiresAt: Timestamp
    /// Good for one renewal.
    public var refresh: String
    /// When the session ends, unless it is renewed.
    public var sessionEndsAt: Timestamp
}

extension AccessControl {
    /// Lets a user in by name, password and, where there is an authenticator app, its code.
    ///
    /// - Throws: ``AccessError``
    public func signIn(
        _ name: UserName,
        password: String,
        code: String?,
        from client: ClientFacts
    ) async throws -> SessionGrant {
        try admitGuess(from: client, at: name)
        let hash = users[name]?.password
        guard try await passwords.accepts(password, hash) else { throw AccessError.badCredentials }
        let grant = try await inTurn { control in
            // It may have changed while it was checked.
            guard var user = control.users[name], user.password == hash else { throw AccessError.badCredentials }
            if user.timeCode != nil {
                guard let code, !code.isEmpty else { throw AccessError.codeNeeded }
                user.timeCodeStep = try control.step(of: code, for: user)
            }
            user.lastSignInAt = control.wall()
            return try await control.begin(user, from: client)
        }
        guesses.forgive(client.key, at: name)
        return grant
    }

    /// Begins a session of a user who has shown who they are; in a turn only.
    ///
    /// - Parameter endings: what ends with that.
    func begin(
        _ user: UserRecord,
        from client: ClientFacts,
        ending endings: [AccessChange] = []
    ) async throws -> SessionGrant {
        let now = wall()
        let refresh = TokenText(.refresh, from: randomness)
        let session = SessionRecord(
            id: refresh.identity,
            user: user.name,
            client: client.program,
            address: client.address,
            createdAt: now,
            renewedAt: now,
            expiresAt: now + settings.idleLife,
            refresh: refresh.digest,
            used: []
        )
        let ended = sessions.values.filter { $0.expiresAt <= now }.map { AccessChange.removeSession($0.id) }
        try await commit([.putUser(user), .putSession(session)] + endings + ended)
        places.note(client.key, of: user.name, at: now)
        return try grant(session, user, refresh)
    }

    /// Renews a session: the refresh token is spent, and another takes its place (RFC 9700, section 4.14).
    ///
    /// One that was spent before has been copied; nobody can tell by whom, so its session ends for both. Only the last one that
    /// was spent may come again for some seconds, from tabs that are opened together, and gets what the first of them got: so
    /// there is one token that is good, and a thief who has it is found out at the next renewal.
    /// - Throws: ``AccessError/badRefresh``
    public func renew(_ text: String, from client: ClientFacts) async throws -> SessionGrant {
        guard let token = TokenText(.refresh, parsing: text) else { throw AccessError.badRefresh }
        return try await inTurn { try await $0.renew(token, from: client) }
    }

    private func renew(_ token: TokenText, from client: ClientFacts) async throws -> SessionGrant {
        let now = wall()
        guard var session = sessions[token.identity] else { throw AccessError.badRefresh }
        let isCurrent = ConstantTime.areEqual(token.digest, session.refresh)
        guard isCurrent || isJustSpent(token, in: session, at: now) else {
            try await endIfSpent(token, session, from: client)
            throw AccessError.badRefresh
        }
        guard session.expiresAt > now, let user = users[session.user] else { throw AccessError.badRefresh }
        if !isCurrent, let fresh = fresh[session.id] { return try grant(session, user, fresh) }
        let next = TokenText(.refresh, identity: session.id, from: randomness)
        session.used = Array((session.used + [session.refresh]).suffix(16))
        session.refresh = next.digest
        session.renewedAt = now
        session.expiresAt = min(now + settings.idleLife, session.createdAt + settings.sessionLife)
        do {
            try await commit([.renewSession(session)])
        } catch AccessError.noSession {
            throw AccessError.badRefresh
        }
        places.note(client.key, of: user.name, at: now)
        fresh = fresh.filter { sessions[$0.key].map { now - $0.renewedAt <= settings.renewalGrace } ?? false }
        fresh[session.id] = next
        return try grant(session, user, next)
    }

    /// True for the token that the last renewal spent, while others that had it, too, may be on their way.
    private func isJustSpent(_ token: TokenText, in session: SessionRecord, at now: Timestamp) -> Bool {
        guard let last = session.used.last, now >= session.renewedAt, now - session.renewedAt <= settings.renewalGrace
        else { return false }
        return ConstantTime.areEqual(token.digest, last)
    }

    /// Ends a session one of whose spent tokens came again.
    private func endIfSpent(_ token: TokenText, _ session: SessionRecord, from client: ClientFacts) async throws {
        let digest = token.digest
        guard session.used.contains(where: { ConstantTime.areEqual($0, digest) }) else { return }
        try await commit([
            .removeSession(session.id),
            .audit(
                AuditRecord(
                    at: wall(),
                    actor: session.user.text,
                    client: client.address,
                    operation: "renewSession",
                    target: "session \(session.id)",
                    status: 401,
                    detail: "a refresh token came a second time; the session was ended"
                )
            ),
        ])
    }

    /// A token for services behind the gateway, of a session that lives.
    ///
    /// - Throws: ``AccessError/badSession(_:)``
    public func serviceToken(of id: String) throws -> (text: String, life: TimeSpan) {
        let now = wall()
        guard let session = sessions[id], session.expiresAt > now, let user = users[session.user] else {
            throw AccessError.badSession("of a session that has ended")
        }
        let until = min(now + settings.serviceLife, session.expiresAt)
        return (try token(.gateway, session, user, until: until.nanoseconds / 1_000_000_000), until - now)
    }

    private func token(
        _ audience: SessionClaims.Audience,
        _ session: SessionRecord,
        _ user: UserRecord,
        until: Int64
    ) throws -> String {
        let claims = SessionClaims(
            audience,
            user: user.name,
            role: user.role,
            session: session.id,
            identity: randomness.base62(12),
            from: wall().nanoseconds / 1_000_000_000,
            until: until
        )
        return try SessionToken.text(claims, key: key)
    }

    private func grant(_ session: SessionRecord, _ user: UserRecord, _ refresh: TokenText) throws -> SessionGrant {
        let now = wall().nanoseconds / 1_000_000_000
        let until = min(now + Int64(settings.tokenLife.seconds), session.expiresAt.nanoseconds / 1_000_000_000)
        return SessionGrant(
            session: session.id,
            user: user.name,
            role: user.role,
            token: try token(.api, session, user, until: until),
            gatewayToken: try token(.gateway, session, user, until: until),
            expiresAt: Timestamp(nanoseconds: until * 1_000_000_000),
            refresh: refresh.text,
            sessionEndsAt: session.expiresAt
        )
    }

    /// The sessions of a user, or of all; newest first.
    public func sessions(of user: UserName?) -> [SessionRecord] {
        let now = wall()
        return sessions.values.filter { $0.expiresAt > now && (user == nil || $0.user == user) }
            .sorted { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
    }

    /// Ends a session; its tokens are refused from now on.
    ///
    /// - Throws: ``AccessError``
    public func end(_ id: String, by principal: Principal) async throws {
        try await inTurn { control in
            guard let session = control.sessions[id] else { throw AccessError.noSession(id) }
            if principal.way != .session(id) { try principal.checkOwns(session.user) }
            try await control.commit([.removeSession(id)])
        }
    }

    /// Ends the session of a refresh token, whether that is good now or was spent: whoever has it is signing out.
    ///
    /// - Returns: whose session it was; nil when there is none any more.
    public func end(refresh text: String) async throws -> UserName? {
        guard let token = TokenText(.refresh, parsing: text) else { return nil }
        let digest = token.digest
        return try await inTurn { control in
            guard let session = control.sessions[token.identity],
                ([session.refresh] + session.used).contains(where: { ConstantTime.areEqual($0, digest) })
            else { return nil }
            try await control.commit([.removeSession(session.id)])
            return session.user
        }
    }
}
