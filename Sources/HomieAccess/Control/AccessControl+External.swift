internal import HomieModel

extension AccessControl {
    /// Lets in whom the identity provider names; who comes for the first time becomes a user.
    ///
    /// A name that is taken by somebody else is not taken over, however the provider came by it.
    /// - Parameter subject: the provider's and the user's identity there, which never changes.
    /// - Throws: ``AccessError``
    func signIn(
        subject: String,
        name: UserName,
        role: Role,
        from client: ClientFacts
    ) async throws -> SessionGrant {
        let known = users.values.first { $0.subject == subject }
        if known == nil, users[name] != nil { throw AccessError.userExists(name) }
        var user = known ?? UserRecord(name: name, role: role, createdAt: wall())
        user.subject = subject
        user.role = role
        user.lastSignInAt = wall()
        return try await begin(user, from: client)
    }
}
