/// How one replica does, and how one knows.
public struct ServiceHealth: Sendable, Hashable, Codable {
    public var stack: StackName
    public var service: ServiceName
    /// From 1.
    public var replica: Int
    public var health: ObservedContainer.Health
    /// What is checked, as a clause; nil when nothing is.
    public var check: String?
    /// Of the latest check of Homie's own.
    public var latencyMilliseconds: Double?
    /// What the latest check saw, as a clause.
    public var detail: String?
    public var checkedAt: Timestamp?
    /// When the certificate that the service showed the latest check expires; nil without TLS.
    public var certificateExpires: Timestamp?
    /// Failures since the last success.
    public var failures: Int
    /// What is wrong and what is done about it; nil when nothing is.
    public var trouble: String?

    public init(
        stack: StackName,
        service: ServiceName,
        replica: Int,
        health: ObservedContainer.Health,
        check: String? = nil,
        latencyMilliseconds: Double? = nil,
        detail: String? = nil,
        checkedAt: Timestamp? = nil,
        certificateExpires: Timestamp? = nil,
        failures: Int = 0,
        trouble: String? = nil
    ) {
        self.stack = stack
        self.service = service
        self.replica = replica
        self.health = health
        self.check = check
        self.latencyMilliseconds = latencyMilliseconds
        self.detail = detail
        self.checkedAt = checkedAt
        self.certificateExpires = certificateExpires
        self.failures = failures
        self.trouble = trouble
    }
}

/// What a fix did.
public struct FixReport: Sendable, Hashable, Codable {
    public var issue: String
    /// One sentence.
    public var message: String
    /// The deployment it began, when it began one.
    public var deployment: Int64?

    public init(issue: String, message: String, deployment: Int64? = nil) {
        self.issue = issue
        self.message = message
        self.deployment = deployment
    }
}
