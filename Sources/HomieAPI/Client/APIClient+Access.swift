public import HomieModel

/// Signing in, users, tokens, the audit log.
extension APIClient {
    public func setUp(_ request: SetUpRequest) async throws -> UserSummary { try await call(.setUp, body: request) }

    public func signIn(_ request: SignInRequest) async throws -> GrantAnswer { try await call(.signIn, body: request) }

    /// Spends a refresh token for new tokens.
    public func renew(_ refresh: String) async throws -> GrantAnswer {
        try await call(.renewSession, body: RenewRequest(refresh: refresh))
    }

    public func beginDevice() async throws -> DeviceStartAnswer { try await call(.beginDevice) }

    /// - Throws: ``APIError/problem(_:)`` of type `urn:homie:problem:devicePending` until somebody lets the device in.
    public func redeemDevice(_ code: String) async throws -> GrantAnswer {
        try await call(.redeemDevice, body: DeviceRequest(deviceCode: code))
    }

    public func decideDevice(_ userCode: String, allows: Bool) async throws -> DeviceAnswer {
        try await call(.decideDevice, body: DeviceDecision(userCode: userCode, allows: allows))
    }

    public func whoAmI() async throws -> IdentityAnswer { try await call(.whoAmI) }

    @discardableResult
    public func signOut() async throws -> IdentityAnswer { try await call(.signOut) }

    public func sessions() async throws -> [SessionSummary] {
        let answer: SessionsAnswer = try await call(.listSessions)
        return answer.sessions
    }

    @discardableResult
    public func endSession(_ id: String) async throws -> IdentityAnswer {
        try await call(.endSession, path: ["session": id])
    }

    public func users() async throws -> [UserSummary] {
        let answer: UsersAnswer = try await call(.listUsers)
        return answer.users
    }

    public func put(_ user: UserName, _ request: UserRequest) async throws -> UserSummary {
        try await call(.putUser, path: ["user": user.text], body: request)
    }

    public func remove(_ user: UserName) async throws -> UserSummary {
        try await call(.removeUser, path: ["user": user.text])
    }

    public func setPassword(of user: UserName, _ request: PasswordRequest) async throws -> UserSummary {
        try await call(.setPassword, path: ["user": user.text], body: request)
    }

    public func user(_ name: UserName) async throws -> UserSummary {
        try await call(.getUser, path: ["user": name.text])
    }

    /// - Parameter code: of the app that is in use, when one's own is to be replaced.
    public func beginTimeCode(of user: UserName, code: String? = nil) async throws -> TimeCodeAnswer {
        try await call(.beginTimeCode, path: ["user": user.text], body: code.map { CodeRequest(code: $0) })
    }

    public func confirmTimeCode(of user: UserName, code: String) async throws -> UserSummary {
        try await call(.confirmTimeCode, path: ["user": user.text], body: CodeRequest(code: code))
    }

    /// - Parameter code: nil for an admin who removes another one's.
    public func removeTimeCode(of user: UserName, code: String?) async throws -> UserSummary {
        try await call(.removeTimeCode, path: ["user": user.text], body: CodeRequest(code: code))
    }

    public func tokens() async throws -> [TokenSummary] {
        let answer: TokensAnswer = try await call(.listTokens)
        return answer.tokens
    }

    /// The answer alone holds the token's secret.
    public func createToken(_ request: TokenRequest) async throws -> TokenSummary {
        try await call(.createToken, body: request)
    }

    @discardableResult
    public func revokeToken(_ id: String) async throws -> IdentityAnswer {
        try await call(.revokeToken, path: ["token": id])
    }

    /// Newest first.
    /// - Parameter before: only lines with a smaller ID.
    public func audit(before: Int64? = nil, limit: Int = 100) async throws -> AuditAnswer {
        var query = [("limit", "\(limit)")]
        if let before { query.append(("before", "\(before)")) }
        return try await call(.listAudit, query: query)
    }
}
