/// A command that runs in a service's container after its start or before its stop (Compose Specification, `post_start`
/// and `pre_stop`).
public struct LifecycleHook: Sendable, Hashable, Codable {
    public var command: [String]
    /// Nil for the container's own.
    public var user: String?
    public var isPrivileged: Bool?
    /// Nil for the container's own.
    public var workingDirectory: String?
    /// Beside the container's own variables.
    public var environment: [String: String]?

    public init(command: [String]) { self.command = command }

    /// How messages call it. The command's further words may be passwords, and are in no message.
    public var program: String { command.first ?? "" }
}
