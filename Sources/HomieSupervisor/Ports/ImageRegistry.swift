/// Registries of images, asked without fetching anything.
public protocol ImageRegistry: Sendable {
    /// The digest that a reference (`name:tag`) names now: `sha256:…`.
    func digest(of reference: String) async throws -> String
}

/// The logins a registry is shown.
public protocol RegistryLogins: Sendable {
    /// User and password for a registry's host; nil when there are none.
    func password(for registry: String) async throws -> RegistryPassword?
}

public struct RegistryPassword: Sendable, Hashable {
    public var user: String
    public var password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}
