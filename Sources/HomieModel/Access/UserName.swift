/// The name a user signs in with: `[a-z0-9][a-z0-9._@-]*`, at most 63 characters.
public struct UserName: ParsedText {
    public static let pattern = "^[a-z0-9][a-z0-9._@-]{0,62}$"

    public let text: String

    /// - Throws: ``AccessNameError/user(_:)``
    public init(parsing text: String) throws(AccessNameError) {
        guard GivenName.isGood(text, others: "._@-") else { throw .user(text) }
        self.text = text
    }
}

/// A name in matters of access that cannot be one.
public enum AccessNameError: UserFacingError, Equatable {
    case user(String)
    case scope(String)

    public var summary: String {
        switch self {
        case .user(let text): "'\(text.prefix(80))' is not a user's name"
        case .scope(let text): "'\(text.prefix(80))' is not a scope"
        }
    }

    public var hint: String? {
        switch self {
        case .user:
            "use lower-case letters, digits, '.', '-', '_' and '@', starting with a letter or digit, at most 63 characters"
        case .scope: "the scopes are \(Scope.all.map(\.description).joined(separator: ", "))"
        }
    }

    public var kind: ErrorKind { .usage }
}
