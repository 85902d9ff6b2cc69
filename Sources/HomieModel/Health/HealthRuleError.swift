/// What is wrong with a service's `x-homie.health`, `x-homie.heal` or the labels for them.
public struct HealthRuleError: UserFacingError, Equatable {
    /// The keys below the service that lead there: `["x-homie", "health", "http", "port"]`.
    public var keys: [String]
    /// One clause: `is not a port`.
    public var problem: String
    public var hint: String?

    public init(keys: [String], problem: String, hint: String? = nil) {
        self.keys = keys
        self.problem = problem
        self.hint = hint
    }

    public var summary: String { "\(keys.joined(separator: ".")) \(problem)" }
    public var kind: ErrorKind { .usage }
}
