public import HomieModel

/// In the order of stack, service and replica.
public struct HealthListAnswer: Sendable, Hashable, Codable {
    public var replicas: [ServiceHealth]
    public init(replicas: [ServiceHealth]) { self.replicas = replicas }
}

/// Errors first.
public struct IssuesAnswer: Sendable, Hashable, Codable {
    public var issues: [DeviceIssue]
    public init(issues: [DeviceIssue]) { self.issues = issues }
}
