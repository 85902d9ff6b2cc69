internal import HomieModel

/// That a session lets somebody else in as its user. It is worth as much as the session, and the password it was made with.
struct Voucher: Sendable {
    fileprivate let session: String
    fileprivate let password: PasswordHash?
}

extension AccessControl {
    /// - Throws: ``AccessError/signInNeeded`` for whoever is no session that lives: a token lets nobody in, it would outlive itself
    ///   that way.
    func voucher(of principal: Principal) throws(AccessError) -> Voucher {
        guard case .session(let id) = principal.way, holds(principal), let session = sessions[id],
            let user = users[session.user]
        else { throw .signInNeeded }
        return Voucher(session: id, password: user.password)
    }

    /// Begins a session of whoever vouched.
    ///
    /// - Throws: ``AccessError/deviceDenied`` when the session has ended since, or the password has changed.
    func begin(_ voucher: Voucher, from client: ClientFacts) async throws -> SessionGrant {
        try await inTurn { control in
            guard let session = control.sessions[voucher.session], session.expiresAt > control.wall(),
                let user = control.users[session.user], user.password == voucher.password
            else { throw AccessError.deviceDenied }
            return try await control.begin(user, from: client)
        }
    }
}
