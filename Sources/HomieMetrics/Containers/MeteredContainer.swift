public import HomieModel

/// A running container whose control group is read.
public struct MeteredContainer: Sendable, Hashable {
    /// The full 64-digit ID.
    public var id: String
    public var name: String
    public var image: String
    /// Written as `container_label_…`, as cAdvisor does.
    public var labels: [String: String]
    public var startedAt: Timestamp?

    public init(id: String, name: String, image: String, labels: [String: String] = [:], startedAt: Timestamp? = nil) {
        self.id = id
        self.name = name
        self.image = image
        self.labels = labels
        self.startedAt = startedAt
    }
}
