internal import HomieHTTP
public import HomieModel
public import HomieSupervisor
internal import Logging

extension DockerEngine {
    /// How many containers are inspected at a time.
    private static let inspections = 8

    public func listing() async throws -> EngineListing {
        let listed: [ContainerListing] = try await connection.fetch(
            EngineCall(
                .get,
                "/containers/json",
                query: [("all", "1"), EngineCall.filters(["label": [ContainerLabels.project]])],
                action: "list the containers"
            )
        )
        let end = ContinuousClock.now + inspectionLimit
        let found = try await concurrentMap(listed, limit: Self.inspections) { try await look(at: $0, until: end) }
        return EngineListing(
            containers: found.compactMap { $0?.container },
            outlined: Set(found.compactMap { $0.flatMap { $0.isOutlined ? $0.container.id : nil } })
        )
    }

    /// One container of a listing; what the listing itself says of it when the engine cannot show it, since one container
    /// that is broken inside the engine, or that it holds for long, says nothing of the others.
    ///
    /// - Throws: when there is no engine any more.
    private func look(
        at listed: ContainerListing,
        until end: ContinuousClock.Instant
    ) async throws -> (container: ObservedContainer, isOutlined: Bool)? {
        // What comes to its turn late still gets a moment.
        let limit = max(end - .now, min(inspectionLimit, .seconds(1)))
        do {
            return try await inspect(listed.Id, limit: limit).map { (ObservedContainer($0), false) }
        } catch {
            if error is CancellationError { throw error }
            if case HTTPError.unreachable? = error as? HTTPError { throw error }
            logger.warning(
                "a container cannot be inspected; what the list of containers says of it is used",
                metadata: ["container": "\(Self.shown(listed.Id))", "error": "\(error)"]
            )
            return (ObservedContainer(listed), true)
        }
    }

    public func container(_ id: String) async throws -> ObservedContainer? {
        try await inspect(id).map(ObservedContainer.init)
    }

    public func environment(of id: String) async throws -> [String: String]? {
        guard let inspection = try await inspect(id) else { return nil }
        var variables: [String: String] = [:]
        for line in inspection.Config.Env ?? [] {
            guard let split = line.firstIndex(of: "=") else { continue }
            variables[String(line[..<split])] = String(line[line.index(after: split)...])
        }
        return variables
    }

    func inspect(_ id: String, limit: Duration = .seconds(120)) async throws -> ContainerInspection? {
        try await connection.find(
            EngineCall(
                .get,
                "/containers/\(EngineCall.segment(id))/json",
                action: "look at container '\(Self.shown(id))'"
            )
            .waiting(limit)
        )
    }

    /// How a container is called in messages: its name, or the beginning of its ID.
    static func shown(_ id: String) -> String {
        id.utf8.count == 64 && id.allSatisfy(\.isHexDigit) ? String(id.prefix(12)) : id
    }
}
