internal import HomieHTTP
public import HomieModel
public import HomieSupervisor

extension DockerEngine {
    public func image(_ reference: String) async throws -> ObservedImage? {
        let found: ImageInspection? = try await connection.find(
            EngineCall(.get, "/images/\(EngineCall.segment(reference))/json", action: "look at image '\(reference)'")
        )
        return found.map(ObservedImage.init)
    }

    public func pull(
        _ reference: String,
        platform: String?,
        progress: @Sendable @escaping (PullProgress) -> Void
    ) async throws -> ObservedImage {
        let parsed = try ImageReference(parsing: reference)
        let action = "pull image '\(reference)'"
        var query = [(name: "fromImage", value: parsed.name), ("tag", parsed.pulledTag)]
        if let platform { query.append(("platform", platform)) }
        var call = EngineCall(.post, "/images/create", query: query, action: action)
        if let login = try await credentials.login(for: parsed.registry) {
            call.fields["X-Registry-Auth"] = login.header
        }
        let response = try await connection.send(call.waiting(.seconds(600)))
        _ = try await ProgressReader(action: action).read(response.body, progress)
        guard let pulled = try await image(reference) else {
            throw EngineError.refused(
                action: action,
                answer: EngineAnswer(status: 404, message: "No such image: \(reference)")
            )
        }
        return pulled
    }

    public func tag(_ id: String, as reference: String) async throws {
        let parsed = try ImageReference(parsing: reference)
        try await connection.perform(
            EngineCall(
                .post,
                "/images/\(EngineCall.segment(id))/tag",
                query: [("repo", parsed.name), ("tag", parsed.tag ?? "latest")],
                action: "tag image '\(id)' as '\(reference)'"
            )
        )
    }
}

extension DockerEngine {
    public func removeNames(of repositories: String) async throws {
        let action = "list images of '\(repositories)'"
        let query = [EngineCall.filters(["reference": [repositories]])]
        let found: [NamedImage] = try await connection.fetch(
            EngineCall(.get, "/images/json", query: query, action: action)
        )
        // The engine lists all names of an image that one of them matches.
        let prefix = repositories.hasSuffix("*") ? String(repositories.dropLast()) : repositories + ":"
        for name in found.flatMap({ $0.RepoTags ?? [] }) where name.hasPrefix(prefix) {
            do {
                try await connection.perform(
                    EngineCall(.delete, "/images/\(EngineCall.segment(name))", action: "remove the name '\(name)'")
                )
            } catch let error as EngineError where error.kind == .notFound || error.kind == .conflict {
                // Somebody else was faster, or a container uses it by this name alone.
                continue
            }
        }
    }
}

/// An element of `GET /images/json`, as far as its names go.
private struct NamedImage: Decodable {
    var RepoTags: [String]?
}

extension ObservedImage {
    init(_ inspection: ImageInspection) {
        let test = inspection.Config?.Healthcheck?.Test ?? []
        self.init(
            id: inspection.Id,
            repositoryDigests: inspection.RepoDigests ?? [],
            hasHealthcheck: !test.isEmpty && test.first != "NONE"
        )
    }
}
