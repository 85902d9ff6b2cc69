public import HomieModel

/// A person who may sign in.
public struct UserRecord: Sendable, Hashable, Codable {
    public var name: UserName
    public var role: Role
    /// Nil for one who signs in elsewhere only.
    public var password: PasswordHash?
    /// Whom the identity provider means, as `<issuer> <subject>`; nil for a local user.
    public var subject: String?
    /// The authenticator app's secret, sealed; nil when there is none.
    public var timeCode: [UInt8]?
    /// The step of the last code that was used.
    public var timeCodeStep: Int64?
    public var createdAt: Timestamp
    public var lastSignInAt: Timestamp?

    public init(name: UserName, role: Role, createdAt: Timestamp) {
        self.name = name
        self.role = role
        self.createdAt = createdAt
    }
}

/// An API token, without its secret.
public struct TokenRecord: Sendable, Hashable, Codable {
    public var id: String
    /// What it is for, in its maker's words.
    public var name: String
    /// Whose it is: it never may more than this user.
    public var user: UserName
    public var scopes: [Scope]
    /// SHA-256 of its text.
    public var digest: [UInt8]
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?
    public var lastUsedAt: Timestamp?
}

/// Somebody who signed in, on one device or browser.
public struct SessionRecord: Sendable, Hashable, Codable {
    public var id: String
    public var user: UserName
    /// The program, as it names itself.
    public var client: String
    /// The address it signed in from.
    public var address: String
    public var createdAt: Timestamp
    public var renewedAt: Timestamp
    public var expiresAt: Timestamp
    /// SHA-256 of the refresh token that is good now.
    public var refresh: [UInt8]
    /// Those that were good before: one of them coming again was stolen.
    public var used: [[UInt8]]
}

/// One line of the audit log: who did what, and what came of it.
public struct AuditRecord: Sendable, Hashable, Codable {
    /// Given by the store.
    public var id: Int64
    public var at: Timestamp
    /// A user's name, one with a token's, or an account of this device: `ann`, `ann/token:Ab12Cd34`, `uid:1000`.
    public var actor: String
    /// The address it came from, or the process: `192.0.2.7`, `pid:4711`.
    public var client: String
    public var operation: String
    /// The path of the request.
    public var target: String
    /// The HTTP status of the answer.
    public var status: Int
    public var detail: String?

    public init(
        id: Int64 = 0,
        at: Timestamp,
        actor: String,
        client: String,
        operation: String,
        target: String,
        status: Int,
        detail: String? = nil
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
