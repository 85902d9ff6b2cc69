import HomieAPI
import HomieAccess

/// Records as the API shows them: what is secret stays behind.
extension UserSummary {
    init(_ user: UserRecord) {
        self.init(
            name: user.name,
            role: user.role,
            hasPassword: user.password != nil,
            hasTimeCode: user.timeCode != nil,
            isExternal: user.subject != nil,
            createdAt: user.createdAt,
            lastSignInAt: user.lastSignInAt
        )
    }
}

extension TokenSummary {
    init(_ token: TokenRecord, secret: String? = nil) {
        self.init(
            id: token.id,
            name: token.name,
            user: token.user,
            scopes: token.scopes,
            secret: secret,
            createdAt: token.createdAt,
            expiresAt: token.expiresAt,
            lastUsedAt: token.lastUsedAt
        )
    }
}

extension SessionSummary {
    init(_ session: SessionRecord, current: Principal.Way) {
        self.init(
            id: session.id,
            user: session.user,
            client: session.client,
            address: session.address,
            createdAt: session.createdAt,
            renewedAt: session.renewedAt,
            expiresAt: session.expiresAt,
            isCurrent: current == .session(session.id)
        )
    }
}

extension AuditEntry {
    init(_ record: AuditRecord) {
        self.init(
            id: record.id,
            at: record.at,
            actor: record.actor,
            client: record.client,
            operation: record.operation,
            target: record.target,
            status: record.status,
            detail: record.detail
        )
    }
}
