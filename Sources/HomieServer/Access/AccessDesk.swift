import HomieAPI
import HomieAccess
import HomieModel
import Hummingbird

/// One request about access: what it asks, who asks, and whom to ask.
struct AccessDesk {
    let gate: AccessGate
    let caller: Caller
    let request: Request
    let endpoint: Endpoint

    var access: AccessControl { gate.access }
    var principal: Principal { caller.principal }

    var identity: IdentityAnswer {
        IdentityAnswer(name: principal.name, user: principal.user, role: principal.role, scopes: principal.scopes)
    }

    /// The body, checked and read.
    func body<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let value = try await request.checkedBody(of: endpoint) ?? .object([:])
        return try BodyDecoding.value(type, from: value)
    }

    // MARK: sessions

    func setUp() async throws -> Response {
        let wanted = try await body(SetUpRequest.self)
        try await access.setUp(token: wanted.token, user: wanted.user, password: wanted.password, from: caller.client)
        try await note(wanted.user.text, status: 200)
        return .json(UserSummary(try await access.user(wanted.user)))
    }

    func signIn() async throws -> Response {
        let wanted = try await body(SignInRequest.self)
        do {
            let grant = try await access.signIn(
                wanted.user,
                password: wanted.password,
                code: wanted.code,
                from: caller.client
            )
            try await note(wanted.user.text, status: 200)
            return .grant(grant, inCookies: wanted.cookies == true)
        } catch let error as AccessError {
            // A flood of guesses is not written down: it would be the disk that suffers.
            if error.status != 429 { try await note(wanted.user.text, status: error.status, detail: error.summary) }
            throw error
        }
    }

    func renew() async throws -> Response {
        let given = try await body(RenewRequest.self).refresh
        guard let token = given ?? request.cookie(CookieName.refresh) else { throw AccessError.badRefresh }
        return .grant(try await access.renew(token, from: caller.client), inCookies: given == nil)
    }

    func signOut() async throws -> Response {
        guard case .session(let id) = principal.way else { throw AccessError.noSession(principal.name) }
        try await access.end(id, by: principal)
        var response = Response.json(identity)
        response.dropTokens()
        return response
    }

    func sessions() async throws -> Response {
        let records = await access.sessions(of: try visibleUser())
        return .json(SessionsAnswer(sessions: records.map { SessionSummary($0, current: principal.way) }))
    }

    func endSession(_ id: String) async throws -> Response {
        try await access.end(id, by: principal)
        return .json(identity)
    }

    /// Whose things may be listed: nil for everybody's.
    private func visibleUser() throws -> UserName? {
        try principal.check(.role(.viewer, Scope(.access, .read)))
        return principal.role == .admin ? nil : principal.user
    }

    // MARK: users

    func user(_ name: UserName) async throws -> Response {
        guard try visibleUser().map({ $0 == name }) ?? true else { throw AccessError.notOwn }
        return .json(UserSummary(try await access.user(name)))
    }

    func putUser(_ name: UserName) async throws -> Response {
        let wanted = try await body(UserRequest.self)
        let (user, isNew) = try await access.put(name, role: wanted.role, password: wanted.password, by: principal)
        return .json(UserSummary(user), status: isNew ? 201 : 200)
    }

    func removeUser(_ name: UserName) async throws -> Response {
        let user = try await access.user(name)
        try await access.remove(name)
        return .json(UserSummary(user))
    }

    func setPassword(_ name: UserName) async throws -> Response {
        let wanted = try await body(PasswordRequest.self)
        try await access.setPassword(
            of: name,
            current: wanted.current,
            to: wanted.password,
            by: principal,
            from: caller.client
        )
        return .json(UserSummary(try await access.user(name)))
    }

    func beginTimeCode(_ name: UserName) async throws -> Response {
        let present = try await body(CodeRequest.self).code
        let code = try await access.beginTimeCode(of: name, code: present, by: principal, from: caller.client)
        return .json(TimeCodeAnswer(secret: code.base32, address: code.address(user: name, issuer: "Homie")))
    }

    func confirmTimeCode(_ name: UserName) async throws -> Response {
        try await access.confirmTimeCode(of: name, code: try await body(CodeRequest.self).code ?? "", by: principal)
        return .json(UserSummary(try await access.user(name)))
    }

    func removeTimeCode(_ name: UserName) async throws -> Response {
        let code = try await body(CodeRequest.self).code
        try await access.removeTimeCode(of: name, code: code, by: principal, from: caller.client)
        return .json(UserSummary(try await access.user(name)))
    }

    // MARK: tokens and the audit log

    func tokens() async throws -> Response {
        .json(TokensAnswer(tokens: await access.tokens(of: try visibleUser()).map { TokenSummary($0) }))
    }

    func createToken() async throws -> Response {
        let wanted = try await body(TokenRequest.self)
        guard let user = wanted.user ?? principal.user else {
            throw RequestError.badBody([
                SchemaViolation(path: "/user", message: "is missing: the socket has no user of its own")
            ])
        }
        let (record, text) = try await access.makeToken(
            name: String(wanted.name.prefix(120)),
            user: user,
            scopes: wanted.scopes,
            // A hundred years are as good as for ever.
            life: wanted.days.map { .seconds(Double(min($0, 36_500)) * 86_400) },
            by: principal
        )
        return .json(TokenSummary(record, secret: text), status: 201)
    }

    func revokeToken(_ id: String) async throws -> Response {
        try await access.revokeToken(id, by: principal)
        return .json(identity)
    }

    func audit(_ query: Query) async throws -> Response {
        let limit = Int(query.integer("limit") ?? 100)
        let records = try await access.audit(AuditQuery(before: query.integer("before"), limit: limit))
        let next = records.count == limit ? records.last?.id : nil
        return .json(AuditAnswer(entries: records.map(AuditEntry.init), next: next))
    }

    /// What somebody did who was not known when it was asked.
    func note(_ actor: String, status: Int, detail: String? = nil) async throws {
        try await access.note(
            AuditRecord(
                at: gate.wall(),
                actor: actor,
                client: caller.client.address,
                operation: endpoint.operation.rawValue,
                target: endpoint.path,
                status: status,
                detail: detail
            )
        )
    }
}

extension Response {
    /// A session's tokens in the answer, or in cookies that scripts cannot read.
    static func grant(_ grant: SessionGrant, inCookies: Bool) -> Response {
        var response = Response.json(
            GrantAnswer(
                session: grant.session,
                user: grant.user,
                role: grant.role,
                token: inCookies ? nil : grant.token,
                gatewayToken: inCookies ? nil : grant.gatewayToken,
                refresh: inCookies ? nil : grant.refresh,
                expiresAt: grant.expiresAt,
                sessionEndsAt: grant.sessionEndsAt
            )
        )
        if inCookies { response.setTokens(grant) }
        return response
    }

    /// Puts a session's tokens into cookies that scripts and other hosts do not get.
    mutating func setTokens(_ grant: SessionGrant) {
        // A link from elsewhere to a service finds its visitor signed in (Lax); what renews the session needs no links.
        setCookie(CookieName.api, grant.token, "Lax")
        setCookie(CookieName.gateway, grant.gatewayToken, "Lax")
        setCookie(CookieName.refresh, grant.refresh, "Strict")
    }

    mutating func dropTokens() {
        for name in [CookieName.api, CookieName.gateway, CookieName.refresh] { setCookie(name, "", "Lax; Max-Age=0") }
    }

    /// - Parameter site: `SameSite`, and attributes after it.
    mutating func setCookie(_ name: String, _ value: String, _ site: String) {
        let text = "\(name)=\(value); Path=/; Secure; HttpOnly; SameSite=\(site)"
        headers.append(HTTPFields.Element(name: .setCookie, value: text))
    }
}
