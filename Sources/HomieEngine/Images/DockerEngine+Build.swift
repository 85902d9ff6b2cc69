internal import FoundationEssentials
internal import HomieArchive
internal import HomieHTTP
public import HomieModel
public import HomieSupervisor

extension DockerEngine {
    /// Builds with the engine's own builder. The context goes up while it is read; its `.dockerignore` is honoured.
    public func build(
        _ build: BuildDefinition,
        tag: String,
        progress: @Sendable @escaping (PullProgress) -> Void
    ) async throws -> ObservedImage {
        if let keys = build.buildKitKeys { throw EngineError.needsBuildKit(image: tag, keys: keys) }
        let action = "build image '\(tag)'"
        let context = try BuildContext(build)
        var call = EngineCall(.post, "/build", query: build.query(tag: tag, context: context), action: action)
        let logins = try await credentials.allLogins()
        if !logins.isEmpty { call.fields["X-Registry-Config"] = RegistryLogin.header(of: logins) }
        if case .directory(let tree) = context {
            call.fields["Content-Type"] = "application/x-tar"
            call.body = .stream { writer in try await tree.archive { try await writer.write($0) } }
        }
        // The first words may come late: after the upload, and after a remote context was fetched.
        let response = try await connection.send(call.waiting(nil))
        // A step of a Dockerfile may work long without a word.
        let id = try await ProgressReader(action: action, silence: .seconds(3600)).read(response.body, progress)
        guard let built = try await image(id ?? tag) else {
            throw EngineError.refused(
                action: action,
                answer: EngineAnswer(status: 404, message: "the engine reported no image")
            )
        }
        return built
    }
}

/// Where a build takes its files from.
enum BuildContext {
    case remote(String)
    case directory(BuildTree)

    init(_ build: BuildDefinition) throws {
        if build.context.hasPrefix("/") {
            self = .directory(
                try BuildTree(
                    directory: build.context,
                    dockerfile: build.dockerfile,
                    inlineDockerfile: build.inlineDockerfile
                )
            )
        } else {
            self = .remote(build.context)
        }
    }

    /// The Dockerfile's name inside the context; nil for the engine's default.
    func dockerfileName(_ build: BuildDefinition) -> String? {
        switch self {
        case .remote: build.dockerfile
        case .directory(let tree): tree.dockerfileName
        }
    }
}

extension BuildDefinition {
    /// The parameters of `POST /build`.
    func query(tag: String, context: BuildContext) -> [(name: String, value: String)] {
        var query: [(name: String, value: String)] = [("t", tag)]
        for further in tags ?? [] where further != tag { query.append(("t", further)) }
        query += [("rm", "1"), ("forcerm", "1"), ("version", "1")]
        func add(_ name: String, _ value: String?) { if let value { query.append((name, value)) } }
        if case .remote(let url) = context { add("remote", url) }
        add("dockerfile", context.dockerfileName(self))
        add("target", target)
        add("buildargs", arguments.map(Self.json))
        add("labels", labels.map(Self.json))
        add("cachefrom", cacheFrom.map { "[" + $0.map(EngineCall.quoted).joined(separator: ",") + "]" })
        add("networkmode", networkMode)
        for host in extraHosts ?? [] { add("extrahosts", host) }
        add("nocache", ignoresCache == true ? "1" : nil)
        add("pull", pullsBase == true ? "1" : nil)
        add("shmsize", sharedMemory.map { String($0.bytes) })
        add("platform", platforms?.first)
        return query
    }

    private static func json(_ table: [String: String]) -> String {
        let members = table.sorted { $0.key < $1.key }.map { key, value in
            "\(EngineCall.quoted(key)):\(EngineCall.quoted(value))"
        }
        return "{\(members.joined(separator: ","))}"
    }
}
