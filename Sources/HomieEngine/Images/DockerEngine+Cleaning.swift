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
        let all: [ImageListing] = try await connection.fetch(
            EngineCall(.get, "/images/json", action: "list images with their names")
        )
        let repositories = ImageListing.repositories(all)
        var count = 0
        for image in unnamed where !keeping.contains(image.Id) && !image.wasAskedFor(beside: repositories) {
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

/// An image as the engine lists it (Engine API, "List Images").
struct ImageListing: Decodable {
    var Id: String
    var Size: Int64
    /// −1 when the engine did not count.
    var SharedSize: Int64?
    var RepoTags: [String]?
    var RepoDigests: [String]?

    /// The repositories of which some image has a tag.
    static func repositories(_ images: [ImageListing]) -> Set<String> {
        Set(
            images.flatMap { $0.RepoTags ?? [] }.filter { $0 != "<none>:<none>" }.compactMap { tag in
                // A port may stand before the name.
                tag.lastIndex(of: ":").map { String(tag[..<$0]) }
            }
        )
    }

    /// Whether somebody pulled it by its digest alone. To the engine such an image is without a name, and perhaps nobody has
    /// it any more. An image whose tag went to a newer one of its repository was not asked for like that.
    func wasAskedFor(beside repositories: Set<String>) -> Bool {
        let own = (RepoDigests ?? []).compactMap { $0.split(separator: "@").first.map(String.init) }
            .filter { $0 != "<none>" }
        return !own.isEmpty && repositories.isDisjoint(with: own)
    }
}
