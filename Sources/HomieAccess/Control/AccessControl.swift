public import HomieModel

/// How long things last, and what a guess costs.
public struct AccessSettings: Sendable, Hashable {
    /// How long a session token is good.
    public var tokenLife: TimeSpan
    /// How long a service with a name of its own lets somebody in before it asks the device again.
    public var serviceLife: TimeSpan
    /// How long a session lives without being renewed.
    public var idleLife: TimeSpan
    /// How long it lives at most.
    public var sessionLife: TimeSpan
    /// So long after a renewal the token that was spent is taken for one of several tabs that came back together.
    public var renewalGrace: TimeSpan
    public var passwordCost: PasswordHash.Cost
    /// The name that authenticator apps show.
    public var issuer: String

    public init(
        tokenLife: TimeSpan = .seconds(600),
        serviceLife: TimeSpan = .seconds(3600),
        idleLife: TimeSpan = .seconds(7 * 86_400),
        sessionLife: TimeSpan = .seconds(30 * 86_400),
        renewalGrace: TimeSpan = .seconds(15),
        passwordCost: PasswordHash.Cost = .standard,
        issuer: String = "Homie"
    ) {
        self.tokenLife = tokenLife
        self.serviceLife = serviceLife
        self.idleLife = idleLife
        self.sessionLife = sessionLife
        self.renewalGrace = renewalGrace
        self.passwordCost = passwordCost
        self.issuer = issuer
    }
}

/// Who may come in: users, their sessions and tokens. One writer; what changes is durable before it holds.
public actor AccessControl {
    let settings: AccessSettings
    let store: any AccessStore
    let key: SessionKey
    let seal: Seal
    let randomness: Randomness
    let wall: @Sendable () -> Timestamp
    let passwords: PasswordDesk
    private let onFirstUser: @Sendable () -> Void
    let guesses: GuessLimits
    var places = FamiliarPlaces()

    var users: [UserName: UserRecord] = [:]
    var tokens: [String: TokenRecord] = [:]
    var sessions: [String: SessionRecord] = [:]
    /// Secrets of authenticator apps that wait for their first code.
    var pendingTimeCodes: [UserName: (code: TimeCode, until: Timestamp)] = [:]
    /// What sessions that were renewed a moment ago got: whoever comes with the token before gets the same.
    var fresh: [String: TokenText] = [:]
    /// Tokens that were checked already, so that a page of forty requests costs one signature.
    private var known: [String: SessionClaims] = [:]
    private var setUpToken: String?
    private let turns = Turnstile()
    private var doorkeeper: Doorkeeper?

    /// - Parameters:
    ///   - key: signs session tokens.
    ///   - seal: encrypts what must be read back.
    ///   - wall: the time of day.
    ///   - uptime: a clock that never jumps.
    ///   - onFirstUser: called once the set-up token is of no use any more.
    public init(
        settings: AccessSettings = AccessSettings(),
        store: any AccessStore,
        key: SessionKey,
        seal: Seal,
        randomness: Randomness = .system,
        wall: @escaping @Sendable () -> Timestamp,
        uptime: @escaping @Sendable () -> TimeSpan,
        onFirstUser: @escaping @Sendable () -> Void = {}
    ) {
        self.onFirstUser = onFirstUser
        self.settings = settings
        self.store = store
        self.key = key
        self.seal = seal
        self.randomness = randomness
        self.wall = wall
        passwords = PasswordDesk(cost: settings.passwordCost, randomness: randomness)
        guesses = GuessLimits(uptime: uptime)
    }

    /// Reads what is stored. While there is no user, the token that lets the first one in is made.
    ///
    /// - Returns: the set-up token, to be shown once; nil when there are users.
    public func load() async throws -> String? {
        let state = try await store.access()
        users = Dictionary(state.users.map { ($0.name, $0) }) { _, last in last }
        tokens = Dictionary(state.tokens.map { ($0.id, $0) }) { _, last in last }
        sessions = Dictionary(state.sessions.map { ($0.id, $0) }) { _, last in last }
        for session in state.sessions {
            places.note(ClientKey.of(session.address), of: session.user, at: session.renewedAt)
        }
        setUpToken = users.isEmpty ? randomness.base62(24) : nil
        return setUpToken
    }

    /// Makes the first user, an admin; the token is of no use afterwards.
    ///
    /// - Throws: ``AccessError``
    public func setUp(token: String, user: UserName, password: String, from client: ClientFacts) async throws {
        try admitGuess(from: client, at: nil)
        guard let expected = setUpToken, users.isEmpty else { throw AccessError.setUpDone }
        guard ConstantTime.areEqual(Array(token.utf8), Array(expected.utf8)) else { throw AccessError.badSetUpToken }
        let hash = try await passwords.hash(password)
        try await inTurn { control in
            guard control.setUpToken != nil, control.users.isEmpty else { throw AccessError.setUpDone }
            var record = UserRecord(name: user, role: .admin, createdAt: control.wall())
            record.password = hash
            try await control.commit([.putUser(record)])
        }
        guesses.forgive(client.key, at: nil)
    }

    /// Whether somebody can sign in at all.
    public var isSetUp: Bool { !users.isEmpty }

    /// Whom to tell, from now on, of sessions that end.
    public func inform(_ doorkeeper: Doorkeeper) { self.doorkeeper = doorkeeper }

    // MARK: requests

    /// Who sent a request; ``Principal/nobody`` when it says nothing about that.
    ///
    /// - Throws: ``AccessError`` when what it says is not good: a bad token is never taken for none.
    public func authenticate(_ credentials: Credentials) async throws -> Principal {
        if let bearer = credentials.bearer {
            if bearer.hasPrefix(TokenText.Kind.api.rawValue + "_") { return try await principal(token: bearer) }
            return try principal(session: bearer)
        }
        if let cookie = credentials.cookie { return try principal(session: cookie) }
        return .nobody
    }

    private func principal(session text: String) throws(AccessError) -> Principal {
        let now = wall()
        let claims: SessionClaims
        if let cached = known[text], now.nanoseconds / 1_000_000_000 < cached.exp {
            claims = cached
        } else {
            claims = try SessionToken.claims(of: text, for: .api, keys: [key], now: now)
            if known.count >= 512 { known = [:] }
            known[text] = claims
        }
        // Revoked sessions end here at once, whatever their token says.
        guard let session = sessions[claims.sid], session.expiresAt > now, let user = users[session.user] else {
            throw .badSession("of a session that has ended")
        }
        return Principal(.session(session.id), user: user.name, role: user.role)
    }

    /// The identity of an API token that is good now; nil for any other text.
    public func identity(ofToken text: String) -> String? { record(ofToken: text)?.id }

    private func record(ofToken text: String) -> TokenRecord? {
        guard let token = TokenText(.api, parsing: text), let record = tokens[token.identity],
            ConstantTime.areEqual(token.digest, record.digest), record.expiresAt.map({ $0 > wall() }) ?? true
        else { return nil }
        return record
    }

    private func principal(token text: String) async throws -> Principal {
        if let record = record(ofToken: text), isUseNews(record) {
            try await inTurn { control in
                // It may have been revoked, or noted, meanwhile.
                guard var record = control.record(ofToken: text), control.isUseNews(record) else { return }
                record.lastUsedAt = control.wall()
                try await control.commit([.putToken(record)])
            }
        }
        guard let record = record(ofToken: text), let user = users[record.user] else { throw AccessError.badToken }
        return Principal(.token(record.id), user: user.name, role: user.role, scopes: record.scopes)
    }

    /// To the minute is enough, and spares the disk.
    private func isUseNews(_ record: TokenRecord) -> Bool {
        record.lastUsedAt.map { (wall() - $0).nanoseconds > 60_000_000_000 } ?? true
    }

    /// Whether somebody who was let in is still who it was then, and may do as much.
    public func holds(_ principal: Principal) -> Bool {
        switch principal.way {
        case .nobody, .socket: return true
        case .session(let id):
            guard let session = sessions[id], session.expiresAt > wall() else { return false }
            return users[session.user]?.role == principal.role
        case .token(let id):
            guard let token = tokens[id], token.expiresAt.map({ $0 > wall() }) ?? true else { return false }
            return users[token.user]?.role == principal.role && token.scopes == principal.scopes
        }
    }

    // MARK: the audit log

    /// Writes a line to the audit log.
    public func note(_ record: AuditRecord) async throws { try await store.commit([.audit(record)]) }

    /// Newest first.
    public func audit(_ query: AuditQuery) async throws -> [AuditRecord] { try await store.audit(query) }

    // MARK: changes

    /// Lets one change of users, sessions and tokens be made at a time: what is read in a turn stays true until it ends.
    func inTurn<Value: Sendable>(
        _ body: @escaping @Sendable (isolated AccessControl) async throws -> Value
    ) async throws -> Value {
        try await turns.pass { try await body(self) }
    }

    /// That somebody who was let in before is not shut out meanwhile.
    ///
    /// - Throws: ``AccessError/badSession(_:)``
    func checkHolds(_ principal: Principal) throws(AccessError) {
        guard holds(principal) else { throw .badSession("of somebody who may not do this any more") }
    }

    /// Makes changes durable, then true; in a turn only. Services refuse a session that ends before anything else says that it has ended.
    func commit(_ changes: [AccessChange]) async throws {
        let ended = endings(in: changes)
        if let doorkeeper, !ended.isEmpty {
            try await doorkeeper.refuse(ended)
            do {
                try await store.commit(changes)
            } catch {
                try await doorkeeper.admit(ended)
                throw error
            }
        } else {
            try await store.commit(changes)
        }
        for change in changes {
            switch change {
            case .putUser(let user):
                users[user.name] = user
                if setUpToken != nil { onFirstUser() }
                setUpToken = nil
            case .removeUser(let name):
                users[name] = nil
                tokens = tokens.filter { $0.value.user != name }
                sessions = sessions.filter { $0.value.user != name }
                places.forget(name)
                if users.isEmpty { setUpToken = nil }
            case .putToken(let token): tokens[token.id] = token
            case .removeToken(let id): tokens[id] = nil
            case .putSession(let session), .renewSession(let session): sessions[session.id] = session
            case .removeSession(let id):
                sessions[id] = nil
                fresh[id] = nil
            case .audit: break
            }
        }
    }

    /// Sessions that these changes end, as far as anything they were given may still be good.
    private func endings(in changes: [AccessChange]) -> [EndedSession] {
        let now = wall()
        let gone = changes.flatMap { change -> [SessionRecord] in
            switch change {
            case .removeSession(let id): sessions[id].map { [$0] } ?? []
            case .removeUser(let name): sessions.values.filter { $0.user == name }
            case .putUser, .putToken, .removeToken, .putSession, .renewSession, .audit: []
            }
        }
        let longest = max(settings.tokenLife, settings.serviceLife)
        return gone.filter { $0.expiresAt > now }.map { EndedSession(id: $0.id, until: now + longest) }
            .sorted { $0.id < $1.id }
    }
}
