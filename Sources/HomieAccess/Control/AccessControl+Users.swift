public import HomieModel

extension AccessControl {
    /// All users, by name.
    public func allUsers() -> [UserRecord] { users.values.sorted { $0.name < $1.name } }

    /// - Throws: ``AccessError/noUser(_:)``
    public func user(_ name: UserName) throws(AccessError) -> UserRecord {
        guard let user = users[name] else { throw .noUser(name) }
        return user
    }

    /// Makes a user, or changes what is given of one; whoever loses a role or a password is signed out everywhere.
    ///
    /// One's own password is not changed here, where the present one is not asked for.
    /// - Returns: the user, and whether it is new.
    /// - Throws: ``AccessError``
    public func put(_ name: UserName, role: Role?, password: String?, by principal: Principal) async throws -> (
        UserRecord, isNew: Bool
    ) {
        let hash: PasswordHash?
        if let password { hash = try await passwords.hash(password) } else { hash = nil }
        return try await inTurn { control in
            let known = control.users[name]
            if hash != nil, principal.user == name, known?.password != nil { throw AccessError.ownPassword }
            try control.checkHolds(principal)
            var user = known ?? UserRecord(name: name, role: role ?? .viewer, createdAt: control.wall())
            if let role, role != .admin { try control.checkStaysManaged(without: name) }
            let isDemoted = role.map { $0 < user.role } ?? false
            user.role = role ?? user.role
            user.password = hash ?? user.password
            var changes: [AccessChange] = [.putUser(user)]
            if hash != nil || isDemoted { changes += control.endings(of: name, but: nil) }
            try await control.commit(changes)
            return (user, isNew: known == nil)
        }
    }

    /// Removes a user with all tokens and sessions.
    ///
    /// - Throws: ``AccessError``
    public func remove(_ name: UserName) async throws {
        try await inTurn { control in
            guard control.users[name] != nil else { throw AccessError.noUser(name) }
            try control.checkStaysManaged(without: name)
            try await control.commit([.removeUser(name)])
        }
    }

    /// Sets a user's password: the user's own with the present one, or anybody's by an admin.
    ///
    /// - Throws: ``AccessError``
    public func setPassword(
        of name: UserName,
        current: String?,
        to password: String,
        by principal: Principal,
        from client: ClientFacts
    ) async throws {
        try principal.checkOwns(name)
        let present = try user(name).password
        let isOwn = principal.user == name
        if isOwn, let present {
            // Whoever finds a browser open must not take the account over.
            try admitGuess(from: client, at: name)
            guard let current, try await passwords.accepts(current, present) else { throw AccessError.badCredentials }
        }
        let hash = try await passwords.hash(password)
        try await inTurn { control in
            var user = try control.user(name)
            // It may have changed while it was checked.
            if isOwn, user.password != present { throw AccessError.badCredentials }
            try control.checkHolds(principal)
            user.password = hash
            try await control.commit([.putUser(user)] + control.endings(of: name, but: principal))
        }
    }

    /// Begins to set up an authenticator app; nothing changes until its first code is shown.
    ///
    /// - Parameter present: a code of the app that is in use, without which nobody replaces their own: whoever finds a browser
    ///   open must not put an app of theirs in its place.
    /// - Throws: ``AccessError``
    public func beginTimeCode(
        of name: UserName,
        code present: String?,
        by principal: Principal,
        from client: ClientFacts
    ) async throws -> TimeCode {
        try principal.checkOwns(name)
        return try await inTurn { control in
            var user = try control.user(name)
            try control.checkHolds(principal)
            if principal.user == name, user.timeCode != nil {
                guard let present, !present.isEmpty else { throw AccessError.codeNeeded }
                try control.admitGuess(from: client, at: name)
                user.timeCodeStep = try control.step(of: present, for: user)
                try await control.commit([.putUser(user)])
            }
            let code = TimeCode(from: control.randomness)
            control.pendingTimeCodes[name] = (code, control.wall() + .seconds(900))
            return code
        }
    }

    /// From now on the user's codes are asked for.
    ///
    /// - Throws: ``AccessError``
    public func confirmTimeCode(of name: UserName, code: String, by principal: Principal) async throws {
        try principal.checkOwns(name)
        try await inTurn { control in
            var user = try control.user(name)
            try control.checkHolds(principal)
            let now = control.wall()
            guard let pending = control.pendingTimeCodes[name], pending.until > now else {
                throw AccessError.notSetUp("an authenticator app of '\(name)'")
            }
            guard let step = pending.code.step(of: code, at: now, after: nil) else { throw AccessError.badCredentials }
            user.timeCode = try control.seal.close(pending.code.secret, for: "totp \(name)")
            user.timeCodeStep = step
            try await control.commit([.putUser(user)] + control.endings(of: name, but: principal))
            control.pendingTimeCodes[name] = nil
        }
    }

    /// No code is asked for any more. The user's own with a code; anybody's by an admin, for a telephone that was lost.
    ///
    /// - Throws: ``AccessError``
    public func removeTimeCode(
        of name: UserName,
        code: String?,
        by principal: Principal,
        from client: ClientFacts
    ) async throws {
        try principal.checkOwns(name)
        try await inTurn { control in
            var user = try control.user(name)
            try control.checkHolds(principal)
            guard user.timeCode != nil else { throw AccessError.notSetUp("an authenticator app of '\(name)'") }
            if principal.user == name {
                try control.admitGuess(from: client, at: name)
                _ = try control.step(of: code ?? "", for: user)
            }
            user.timeCode = nil
            user.timeCodeStep = nil
            try await control.commit([.putUser(user)])
        }
    }

    /// The step of a code that the user's app shows, and that was not used before.
    ///
    /// - Throws: ``AccessError/badCredentials``
    func step(of code: String, for user: UserRecord) throws -> Int64 {
        guard let sealed = user.timeCode else { throw AccessError.badCredentials }
        let secret = TimeCode(secret: try seal.open(sealed, for: "totp \(user.name)"))
        guard let step = secret.step(of: code, at: wall(), after: user.timeCodeStep) else {
            throw AccessError.badCredentials
        }
        return step
    }

    /// Removals of a user's sessions, but for the one the principal works in.
    func endings(of name: UserName, but principal: Principal?) -> [AccessChange] {
        sessions.values.filter { $0.user == name && principal?.way != .session($0.id) }.map { .removeSession($0.id) }
    }

    func checkStaysManaged(without name: UserName) throws(AccessError) {
        guard users[name]?.role == .admin else { return }
        guard users.values.contains(where: { $0.role == .admin && $0.name != name }) else { throw .lastAdmin(name) }
    }
}
