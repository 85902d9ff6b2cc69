/// What is known of the image behind a service's tag in its registry: kept in the store, shown by API and CLI.
public struct ImageCheck: Sendable, Hashable, Codable {
    public var stack: StackName
    public var service: ServiceName
    public var reference: String
    /// What the registry names now; nil until it was asked.
    public var digest: String?
    /// True when the image that runs is another one.
    public var isNewer: Bool
    /// When ``digest`` was first seen.
    public var firstSeen: Timestamp?
    public var checkedAt: Timestamp
    /// The digest that was deployed by itself last, however that ended.
    public var attempted: String?
    public var attemptedAt: Timestamp?
    /// Why the last question had no answer, in one sentence.
    public var problem: String?

    public init(
        stack: StackName,
        service: ServiceName,
        reference: String,
        digest: String? = nil,
        isNewer: Bool = false,
        firstSeen: Timestamp? = nil,
        checkedAt: Timestamp,
        problem: String? = nil
    ) {
        self.stack = stack
        self.service = service
        self.reference = reference
        self.digest = digest
        self.isNewer = isNewer
        self.firstSeen = firstSeen
        self.checkedAt = checkedAt
        self.problem = problem
    }
}
