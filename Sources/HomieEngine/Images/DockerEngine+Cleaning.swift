internal import HomieHTTP
internal import HomieModel
public import HomieSupervisor

extension DockerEngine {
    public func prune(keeping: Set<String>) async throws -> PruneReport {
        // Images first: on a disk that is full the engine cannot even write down which part of the cache goes.
        var report = try await removeUnnamed(keeping: keeping)
        do {
            // Engine API, "Delete builder cache": without `all` only what nothing uses goes.
            let cache: PruneAnswer = try await connection.fetch(
                EngineCall(.post, "/build/prune", action: "clear the build cache").waiting(.seconds(600))
            )
            report.freed = ByteCount(bytes: report.freed.bytes + (cache.SpaceReclaimed ?? 0))
        } catch let error as EngineError where report.images > 0 {
            report.problem = error.summary
        }
        return report
    }

    private func removeUnnamed(keeping: Set<String>) async throws -> PruneReport {
        var freed: Int64 = 0
        let unnamed: [ImageListing] = try await connection.fetch(
            EngineCall(
                .get,
                "/images/json",
                query: [EngineCall.filters(["dangling": ["true"]])],
                action: "list images without a name"
            )
        )
        var count = 0
        for image in unnamed where !keeping.contains(image.Id) {
            do {
                // Without force: the engine refuses what a container uses.
                try await connection.perform(
                    EngineCall(.delete, "/images/\(EngineCall.segment(image.Id))", action: "remove image '\(image.Id)'")
                )
                freed += max(0, image.Size - max(0, image.SharedSize ?? 0))
                count += 1
            } catch let error as EngineError where error.kind == .conflict || error.kind == .notFound {
                continue
            }
        }
        return PruneReport(freed: ByteCount(bytes: freed), images: count)
    }
}

private struct PruneAnswer: Decodable {
    var SpaceReclaimed: Int64?
}

private struct ImageListing: Decodable {
    var Id: String
    var Size: Int64
    /// −1 when the engine did not count.
    var SharedSize: Int64?
}
