public import HomieModel

/// Who may: all of it fits in memory.
public struct AccessState: Sendable, Hashable {
    public var users: [UserRecord]
    public var tokens: [TokenRecord]
    public var sessions: [SessionRecord]

    public init(users: [UserRecord] = [], tokens: [TokenRecord] = [], sessions: [SessionRecord] = []) {
        self.users = users
        self.tokens = tokens
        self.sessions = sessions
    }
}

/// One thing to be made durable.
public enum AccessChange: Sendable, Hashable {
    case putUser(UserRecord)
    /// With the tokens and sessions of the user.
    case removeUser(UserName)
    case putToken(TokenRecord)
    case removeToken(String)
    case putSession(SessionRecord)
    /// Changes a session that is there; fails with `AccessError.noSession` when it is not.
    case renewSession(SessionRecord)
    case removeSession(String)
    case audit(AuditRecord)
}

/// Which lines of the audit log are asked for.
public struct AuditQuery: Sendable, Hashable {
    /// Only lines with a smaller ID; nil begins with the newest.
    public var before: Int64?
    public var actor: String?
    public var limit: Int

    public init(before: Int64? = nil, actor: String? = nil, limit: Int = 100) {
        self.before = before
        self.actor = actor
        self.limit = limit
    }
}

/// Keeps users, tokens, sessions and the audit log.
public protocol AccessStore: Sendable {
    func access() async throws -> AccessState
    /// All of them or none.
    func commit(_ changes: [AccessChange]) async throws
    /// Newest first.
    func audit(_ query: AuditQuery) async throws -> [AuditRecord]
}
