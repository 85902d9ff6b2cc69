internal import HomieHTTP
public import HomieModel
internal import HomieSupervisor

extension DockerEngine {
    public func start(_ id: String) async throws {
        try await connection.perform(
            EngineCall(
                .post,
                "/containers/\(EngineCall.segment(id))/start",
                action: "start container '\(Self.shown(id))'"
            )
            .waiting(.seconds(600))
        )
    }

    public func stop(_ id: String, grace: TimeSpan?) async throws {
        let query = grace.map { [(name: "t", value: String($0.wholeSeconds))] } ?? []
        let call = EngineCall(
            .post,
            "/containers/\(EngineCall.segment(id))/stop",
            query: query,
            action: "stop container '\(Self.shown(id))'"
        )
        // The answer comes when the container has ended; its own grace is not known here.
        let longest = TimeSpan.seconds(30 * 86_400)
        let limit = grace.map { min($0, longest).duration + .seconds(60) } ?? .seconds(3600)
        try await ignoring(404) { try await connection.perform(call.waiting(limit)) }
    }

    public func signal(_ id: String, _ name: String) async throws {
        let call = EngineCall(
            .post,
            "/containers/\(EngineCall.segment(id))/kill",
            query: [(name: "signal", value: name)],
            action: "send \(name) to container '\(Self.shown(id))'"
        )
        // 409: it does not run.
        try await ignoring(409) { try await ignoring(404) { try await connection.perform(call) } }
    }

    public func remove(_ id: String, anonymousVolumes: Bool) async throws {
        let mounts = anonymousVolumes ? try await inspect(id)?.Mounts ?? [] : []
        let call = EngineCall(
            .delete,
            "/containers/\(EngineCall.segment(id))",
            query: [("force", "1"), ("v", anonymousVolumes ? "1" : "0")],
            action: "remove container '\(Self.shown(id))'"
        )
        do {
            try await ignoring(404) { try await connection.perform(call.waiting(.seconds(600))) }
        } catch EngineError.refused(_, let answer)
            where answer.status == 409 && answer.message.contains("already in progress")
        {
            try await waitUntilGone(id)
        }
        // The engine counts a volume that was carried over as named, and leaves it; another user of it keeps it, too.
        for mount in mounts {
            guard mount.Type == "volume", let name = mount.Name, Self.isAnonymous(name) else { continue }
            do {
                try await removeVolume(name)
            } catch let error as EngineError where error.failure == .inUse || error.kind == .conflict {
                continue
            }
        }
    }

    public func unpause(_ id: String) async throws {
        do {
            try await connection.perform(
                EngineCall(
                    .post,
                    "/containers/\(EngineCall.segment(id))/unpause",
                    action: "unpause container '\(Self.shown(id))'"
                )
            )
        } catch EngineError.refused(_, let answer)
            where answer.message.contains("is not paused") || answer.message.contains("is not running")
        {
            return
        }
    }

    public func rename(_ id: String, to name: String) async throws {
        do {
            try await connection.perform(
                EngineCall(
                    .post,
                    "/containers/\(EngineCall.segment(id))/rename",
                    query: [("name", name)],
                    action: "rename container '\(Self.shown(id))' to '\(name)'"
                )
            )
        } catch EngineError.refused(_, let answer) where answer.message.contains("same name as its current name") {
            return
        } catch let error as EngineError where error.failure == .nameTaken {
            guard let holder = try await container(name), holder.id == id else { throw error }
        }
    }

    /// Runs `body`, taking this status for success.
    func ignoring(_ status: Int, _ body: () async throws -> some Any) async throws {
        do {
            _ = try await body()
        } catch EngineError.refused(_, let answer) where answer.status == status {
            return
        }
    }

    /// The engine names volumes nobody named by 64 hexadecimal digits.
    private static func isAnonymous(_ name: String) -> Bool {
        name.utf8.count == 64 && name.allSatisfy { $0.isHexDigit }
    }

    private func waitUntilGone(_ id: String) async throws {
        for attempt in 0..<60 {
            if try await inspect(id) == nil { return }
            try await Task.sleep(for: .milliseconds(min(50 * (attempt + 1), 500)))
        }
        throw EngineError.stillThere(container: id)
    }
}
