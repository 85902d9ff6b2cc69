public import HomieAPI
public import HomieModel

/// Who asks.
public struct Principal: Sendable, Hashable {
    public enum Way: Sendable, Hashable {
        case nobody
        /// Over the Unix socket, whose group is trusted with everything.
        case socket(account: UInt32, process: Int32)
        case session(String)
        case token(String)
    }

    public let way: Way
    public let user: UserName?
    public let role: Role?
    /// Nil for everything the role may.
    public let scopes: [Scope]?

    init(_ way: Way, user: UserName? = nil, role: Role? = nil, scopes: [Scope]? = nil) {
        self.way = way
        self.user = user
        self.role = role
        self.scopes = scopes
    }

    public static let nobody = Principal(.nobody)

    /// Whoever may open the socket; who that is, the kernel says (SO_PEERCRED).
    public static func socket(account: UInt32, process: Int32) -> Principal {
        Principal(.socket(account: account, process: process), role: .admin)
    }

    /// As the audit log names it.
    public var name: String {
        switch way {
        case .nobody: "nobody"
        case .socket(let account, _): "uid:\(account)"
        case .session: user?.text ?? "nobody"
        case .token(let id): "\(user?.text ?? "nobody")/token:\(id)"
        }
    }

    /// - Throws: ``AccessError``: not signed in, role too low, scope missing.
    public func check(_ requirement: Requirement) throws(AccessError) {
        switch requirement {
        case .nobody: return
        case .signedIn: guard role != nil else { throw .signInNeeded }
        case .role(let needed, let scope):
            guard let role else { throw .signInNeeded }
            guard role >= needed else { throw .notAllowed(role: role, needs: needed) }
            if let scopes, !scopes.contains(where: { $0.includes(scope) }) { throw .notInScope(scope) }
        }
    }

    /// That it may change what belongs to `owner`: it is that user in a session of its own, or an admin.
    ///
    /// A token may not, unless it is for `access:write`: else a stolen one could make itself another.
    /// - Throws: ``AccessError``
    func checkOwns(_ owner: UserName) throws(AccessError) {
        guard let role else { throw .signInNeeded }
        let scope = Scope(.access, .write)
        if let scopes, !scopes.contains(where: { $0.includes(scope) }) { throw .notInScope(scope) }
        guard user == owner || role == .admin else { throw .notOwn }
    }
}

/// What a request brings to show who sent it.
public struct Credentials: Sendable, Hashable {
    /// Of `Authorization: Bearer`.
    public var bearer: String?
    /// The session's cookie.
    public var cookie: String?

    public init(bearer: String? = nil, cookie: String? = nil) {
        self.bearer = bearer
        self.cookie = cookie
    }
}

/// Where a request comes from.
public struct ClientFacts: Sendable, Hashable {
    public var address: String
    /// The program, as it names itself.
    public var program: String

    public init(address: String, program: String) {
        self.address = address
        self.program = String(program.prefix(120))
    }
}
