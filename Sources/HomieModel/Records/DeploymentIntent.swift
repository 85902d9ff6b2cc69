/// How a deployment was asked for, as far as its revision does not tell.
public struct DeploymentIntent: Sendable, Hashable, Codable {
    /// Services whose image is pulled or built although one is there, and was not yet.
    public var refetches: Set<ServiceName>
    /// IDs of containers that are re-created although nothing changed.
    public var recreates: Set<String>
    /// Containers of the project that Homie did not make and the file does not name go.
    public var removesOrphans: Bool

    public init(refetches: Set<ServiceName> = [], recreates: Set<String> = [], removesOrphans: Bool = false) {
        self.refetches = refetches
        self.recreates = recreates
        self.removesOrphans = removesOrphans
    }

    private enum CodingKeys: String, CodingKey {
        case refetches, recreates, removesOrphans
    }

    /// What is absent was not asked for.
    public init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        refetches = Set(try keyed.decodeIfPresent([ServiceName].self, forKey: .refetches) ?? [])
        recreates = Set(try keyed.decodeIfPresent([String].self, forKey: .recreates) ?? [])
        removesOrphans = try keyed.decodeIfPresent(Bool.self, forKey: .removesOrphans) ?? false
    }

    /// Only what was asked for, in a stable order.
    public func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: CodingKeys.self)
        if !refetches.isEmpty { try keyed.encode(refetches.sorted(), forKey: .refetches) }
        if !recreates.isEmpty { try keyed.encode(recreates.sorted(), forKey: .recreates) }
        if removesOrphans { try keyed.encode(true, forKey: .removesOrphans) }
    }
}
