internal import HomieHTTP

extension DockerEngine {
    /// What a container has used until now; nil when there is none of that ID or name. Of one that does not run, all
    /// is zero.
    public func stats(_ id: String) async throws -> ContainerUsage? {
        let answer: StatsAnswer? = try await connection.find(
            EngineCall(
                .get,
                "/containers/\(EngineCall.segment(id))/stats",
                query: [("stream", "false"), ("one-shot", "true")],
                action: "ask what container '\(Self.shown(id))' uses"
            )
        )
        return answer.map(ContainerUsage.init)
    }
}
