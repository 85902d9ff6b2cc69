internal import HomieModel

extension AccessControl {
    /// Lets in whom the identity provider names; who comes for the first time becomes a user.
    ///
    /// Who comes with a lower role than before is signed out everywhere else. A name that is taken by somebody else is not taken over, however the provider came by it.
    /// - Parameter subject: the provider's and the user's identity there, which never changes.
    /// - Throws: ``AccessError``
    func signIn(
        subject: String,
        name: UserName,
        role: Role,
        from client: ClientFacts
    ) async throws -> SessionGrant {
        try await inTurn { control in
            let known = control.users.values.first { $0.subject == subject }
            if known == nil, control.users[name] != nil { throw AccessError.userExists(name) }
            var user = known ?? UserRecord(name: name, role: role, createdAt: control.wall())
            var endings: [AccessChange] = []
            if role < user.role {
                endings = control.endings(of: user.name, but: nil)
                do {
                    try control.checkStaysManaged(without: user.name)
                } catch {
                    // The device stays somebody's; but who is no admin any more at the provider works on as none.
                    try await control.commit(endings)
                    throw error
                }
            }
            user.subject = subject
            user.role = role
            user.lastSignInAt = control.wall()
            return try await control.begin(user, from: client, ending: endings)
        }
    }

    /// Ends all sessions of one whom the identity provider knows, and who may not come in any more.
    func turnAway(subject: String) async throws {
        try await inTurn { control in
            guard let user = control.users.values.first(where: { $0.subject == subject }) else { return }
            try await control.commit(control.endings(of: user.name, but: nil))
        }
    }
}
