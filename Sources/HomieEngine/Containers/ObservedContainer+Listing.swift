internal import HomieModel

extension ObservedContainer {
    /// What the list of containers alone says of one, for want of an inspection. Times are estimates: all it has is when the
    /// container was made.
    init(_ listed: ContainerListing) {
        let name = Self.name(listed.Names?.first ?? listed.Id)
        let created = Timestamp(nanoseconds: (listed.Created ?? 0) * 1_000_000_000)
        let state = listed.State.flatMap { State(rawValue: $0) } ?? .dead
        let status = listed.Status ?? ""
        self.init(
            id: listed.Id,
            name: name,
            imageID: listed.ImageID ?? "",
            labels: Self.labels(listed.Labels, of: name),
            state: state,
            health: Self.health(status),
            exitCode: Self.exitCode(status),
            createdAt: created,
            startedAt: state == .created ? nil : created,
            networkParent: Self.parent(listed.HostConfig),
            mounts: Self.mounts(listed.Mounts),
            addresses: Self.addresses(listed.NetworkSettings)
        )
    }

    /// Moby writes `Up 5 minutes (healthy)` and `Up 5 seconds (health: starting)`.
    private static func health(_ status: String) -> Health {
        guard status.hasPrefix("Up ") else { return .none }
        if status.hasSuffix("(healthy)") { return .healthy }
        if status.hasSuffix("(unhealthy)") { return .unhealthy }
        return status.hasSuffix("(health: starting)") ? .starting : .none
    }

    /// Moby writes `Exited (137) 5 minutes ago`.
    private static func exitCode(_ status: String) -> Int {
        let prefix = "Exited ("
        guard status.hasPrefix(prefix) else { return 0 }
        return Int(status.dropFirst(prefix.count).prefix { $0 != ")" }) ?? 0
    }
}
