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
    /// It has a network of its own: neither the host's nor another container's.
    public var hasNetwork: Bool

    public init(
        id: String,
        name: String,
        image: String,
        labels: [String: String] = [:],
        startedAt: Timestamp? = nil,
        hasNetwork: Bool = true
    ) {
        self.id = id
        self.name = name
        self.image = image
        self.labels = labels
        self.startedAt = startedAt
        self.hasNetwork = hasNetwork
    }
}
