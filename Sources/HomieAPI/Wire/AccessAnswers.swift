public import HomieModel

/// Who asks, as the server sees it.
public struct IdentityAnswer: Sendable, Hashable, Codable {
    public var name: String
    public var user: UserName?
    public var role: Role?
    /// Nil for all that the role may.
    public var scopes: [Scope]?

    public init(name: String, user: UserName?, role: Role?, scopes: [Scope]?) {
        self.name = name
        self.user = user
        self.role = role
        self.scopes = scopes
    }
}

/// A session that was begun or renewed.
public struct GrantAnswer: Sendable, Hashable, Codable {
    public var session: String
    public var user: UserName
    public var role: Role
    /// For `Authorization: Bearer`; nil when it is in a cookie.
    public var token: String?
    /// The same for services behind the gateway.
    public var gatewayToken: String?
    /// Good for one renewal.
    public var refresh: String?
    public var expiresAt: Timestamp
    public var sessionEndsAt: Timestamp

    public init(
        session: String,
        user: UserName,
        role: Role,
        token: String?,
        gatewayToken: String?,
        refresh: String?,
        expiresAt: Timestamp,
        sessionEndsAt: Timestamp
    ) {
        self.session = session
        self.user = user
        self.role = role
        self.token = token
        self.gatewayToken = gatewayToken
        self.refresh = refresh
        self.expiresAt = expiresAt
        self.sessionEndsAt = sessionEndsAt
    }
}

/// A session of some user.
public struct SessionSummary: Sendable, Hashable, Codable {
    public var id: String
    public var user: UserName
    public var client: String
    public var address: String
    public var createdAt: Timestamp
    public var renewedAt: Timestamp
    public var expiresAt: Timestamp
    public var isCurrent: Bool

    public init(
        id: String,
        user: UserName,
        client: String,
        address: String,
        createdAt: Timestamp,
        renewedAt: Timestamp,
        expiresAt: Timestamp,
        isCurrent: Bool
    ) {
        self.id = id
        self.user = user
        self.client = client
        self.address = address
        self.createdAt = createdAt
        self.renewedAt = renewedAt
        self.expiresAt = expiresAt
        self.isCurrent = isCurrent
    }
}

/// Newest first.
public struct SessionsAnswer: Sendable, Hashable, Codable {
    public var sessions: [SessionSummary]
    public init(sessions: [SessionSummary]) { self.sessions = sessions }
}

/// A user, without what must stay secret.
public struct UserSummary: Sendable, Hashable, Codable {
    public var name: UserName
    public var role: Role
    public var hasPassword: Bool
    /// An authenticator app's code is asked for.
    public var hasTimeCode: Bool
    /// Signs in at the identity provider.
    public var isExternal: Bool
    public var createdAt: Timestamp
    public var lastSignInAt: Timestamp?

    public init(
        name: UserName,
        role: Role,
        hasPassword: Bool,
        hasTimeCode: Bool,
        isExternal: Bool,
        createdAt: Timestamp,
        lastSignInAt: Timestamp?
    ) {
        self.name = name
        self.role = role
        self.hasPassword = hasPassword
        self.hasTimeCode = hasTimeCode
        self.isExternal = isExternal
        self.createdAt = createdAt
        self.lastSignInAt = lastSignInAt
    }
}

/// By name.
public struct UsersAnswer: Sendable, Hashable, Codable {
    public var users: [UserSummary]
    public init(users: [UserSummary]) { self.users = users }
}

/// The secret of an authenticator app.
public struct TimeCodeAnswer: Sendable, Hashable, Codable {
    /// Base32, to be typed.
    public var secret: String
    /// `otpauth://…`, for a QR code.
    public var address: String

    public init(secret: String, address: String) {
        self.secret = secret
        self.address = address
    }
}

/// An API token.
public struct TokenSummary: Sendable, Hashable, Codable {
    public var id: String
    public var name: String
    public var user: UserName
    public var scopes: [Scope]
    /// The token itself; only in the answer that made it.
    public var secret: String?
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?
    public var lastUsedAt: Timestamp?

    public init(
        id: String,
        name: String,
        user: UserName,
        scopes: [Scope],
        secret: String?,
        createdAt: Timestamp,
        expiresAt: Timestamp?,
        lastUsedAt: Timestamp?
    ) {
        self.id = id
        self.name = name
        self.user = user
        self.scopes = scopes
        self.secret = secret
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}

/// Oldest first.
public struct TokensAnswer: Sendable, Hashable, Codable {
    public var tokens: [TokenSummary]
    public init(tokens: [TokenSummary]) { self.tokens = tokens }
}

/// One line of the audit log.
public struct AuditEntry: Sendable, Hashable, Codable {
    public var id: Int64
    public var at: Timestamp
    public var actor: String
    public var client: String
    public var operation: String
    public var target: String
    public var status: Int
    public var detail: String?

    public init(
        id: Int64,
        at: Timestamp,
        actor: String,
        client: String,
        operation: String,
        target: String,
        status: Int,
        detail: String?
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.client = client
        self.operation = operation
        self.target = target
        self.status = status
        self.detail = detail
    }
}

/// Newest first.
public struct AuditAnswer: Sendable, Hashable, Codable {
    public var entries: [AuditEntry]
    /// `before` of the next page; nil on the last.
    public var next: Int64?

    public init(entries: [AuditEntry], next: Int64?) {
        self.entries = entries
        self.next = next
    }
}
