internal import HomieHTTP
public import HomieModel

extension DockerEngine {
    public func limitMemory(_ id: String, to limit: ByteCount, withSwap: ByteCount) async throws {
        // Engine API, "Update a container". Both at once: neither may be below the other in between.
        let call = try EngineCall(
            .post,
            "/containers/\(EngineCall.segment(id))/update",
            action: "raise the memory limit of container '\(Self.shown(id))'"
        )
        .sending(UpdateRequest(Memory: limit.bytes, MemorySwap: withSwap.bytes))
        try await connection.perform(call)
    }

    public func limitProcessors(_ id: String, to count: Double) async throws {
        let call = try EngineCall(
            .post,
            "/containers/\(EngineCall.segment(id))/update",
            action: "raise the CPU limit of container '\(Self.shown(id))'"
        )
        .sending(UpdateRequest(NanoCpus: Int64(saturating: count * 1e9)))
        try await connection.perform(call)
    }
}

private struct UpdateRequest: Encodable {
    var Memory: Int64?
    var MemorySwap: Int64?
    var NanoCpus: Int64?
}
