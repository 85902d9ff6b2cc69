public import HomieModel

/// Body of `POST /setup`.
public struct SetUpRequest: Sendable, Hashable, Codable {
    public var token: String
    public var user: UserName
    public var password: String

    public init(token: String, user: UserName, password: String) {
        self.token = token
        self.user = user
        self.password = password
    }
}

/// Body of `POST /session`.
public struct SignInRequest: Sendable, Hashable, Codable {
    public var user: UserName
    public var password: String
    public var code: String?
    /// Put the tokens into cookies, not into the answer.
    public var cookies: Bool?

    public init(user: UserName, password: String, code: String? = nil, cookies: Bool? = nil) {
        self.user = user
        self.password = password
        self.code = code
        self.cookies = cookies
    }
}

/// Body of `POST /session/renew`.
public struct RenewRequest: Sendable, Hashable, Codable {
    /// Nil for the one in the cookie.
    public var refresh: String?
    public init(refresh: String?) { self.refresh = refresh }
}

/// Body of `PUT /users/{user}`; what is nil stays.
public struct UserRequest: Sendable, Hashable, Codable {
    public var role: Role?
    public var password: String?

    public init(role: Role? = nil, password: String? = nil) {
        self.role = role
        self.password = password
    }
}

/// Body of `POST /users/{user}/password`.
public struct PasswordRequest: Sendable, Hashable, Codable {
    public var current: String?
    public var password: String

    public init(current: String?, password: String) {
        self.current = current
        self.password = password
    }
}

/// A code of an authenticator app.
public struct CodeRequest: Sendable, Hashable, Codable {
    public var code: String?
    public init(code: String?) { self.code = code }
}

/// Body of `POST /tokens`.
public struct TokenRequest: Sendable, Hashable, Codable {
    public var name: String
    /// Nil for oneself.
    public var user: UserName?
    public var scopes: [Scope]
    /// Nil for a token without end.
    public var days: Int?

    public init(name: String, user: UserName?, scopes: [Scope], days: Int?) {
        self.name = name
        self.user = user
        self.scopes = scopes
        self.days = days
    }
}
