internal import HomieHTTP
public import HomieModel
internal import HomieSupervisor

extension DockerEngine {
    /// How many containers are inspected at a time.
    private static let inspections = 8

    public func containers() async throws -> [ObservedContainer] {
        let listed: [ContainerListing] = try await connection.fetch(
            EngineCall(
                .get,
                "/containers/json",
                query: [("all", "1"), EngineCall.filters(["label": [ContainerLabels.project]])],
                action: "list the containers"
            )
        )
        let found = try await concurrentMap(listed.map(\.Id), limit: Self.inspections) { try await container($0) }
        return found.compactMap { $0 }
    }

    public func container(_ id: String) async throws -> ObservedContainer? {
        try await inspect(id).map(ObservedContainer.init)
    }

    func inspect(_ id: String) async throws -> ContainerInspection? {
        try await connection.find(
            EngineCall(
                .get,
                "/containers/\(EngineCall.segment(id))/json",
                action: "look at container '\(Self.shown(id))'"
            )
        )
    }

    /// How a container is called in messages: its name, or the beginning of its ID.
    static func shown(_ id: String) -> String {
        id.utf8.count == 64 && id.allSatisfy(\.isHexDigit) ? String(id.prefix(12)) : id
    }
}
