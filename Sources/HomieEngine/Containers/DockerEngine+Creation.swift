internal import HomieArchive
internal import HomieHTTP
internal import HomieModel
public import HomieSupervisor
internal import Logging

extension DockerEngine {
    /// Networks joined and files written before the container gets its name, so that one that has it is complete.
    public func create(_ recipe: ContainerRecipe) async throws -> String {
        let plan = try CreatePlan(recipe, version: try await connection.version(), readFile: .host)
        guard plan.hasFollowUp else {
            do {
                return try await create(plan.request, name: recipe.name, recipe: recipe)
            } catch let error as EngineError where error.failure == .nameTaken {
                guard let existing = try await sameContainer(recipe) else { throw error }
                return existing
            }
        }
        let id = try await createPartial(plan.request, recipe: recipe)
        do {
            for join in plan.furtherNetworks { try await connect(id, join, container: recipe.name) }
            if !plan.inlineFiles.isEmpty { try await upload(plan.inlineFiles, to: id, container: recipe.name) }
            try await rename(id, to: recipe.name)
            return id
        } catch {
            await discard(id)
            guard (error as? EngineError)?.failure == .nameTaken, let existing = try await sameContainer(recipe) else {
                throw error
            }
            return existing
        }
    }

    private func createPartial(_ request: CreateRequest, recipe: ContainerRecipe) async throws -> String {
        let name = PartialName.of(recipe.name)
        do {
            return try await create(request, name: name, recipe: recipe)
        } catch let error as EngineError where error.failure == .nameTaken {
            // What an interrupted attempt left behind.
            try await remove(name, anonymousVolumes: true)
            return try await create(request, name: name, recipe: recipe)
        }
    }

    /// The container that has the recipe's name already; nil when none has.
    ///
    /// - Throws: ``EngineError/nameTaken(_:)`` when it was made from something else.
    private func sameContainer(_ recipe: ContainerRecipe) async throws -> String? {
        guard let existing = try await container(recipe.name), existing.name == recipe.name else { return nil }
        guard let digest = recipe.labels[ContainerLabels.specDigest], existing.specDigest == digest else {
            throw EngineError.nameTaken(recipe.name)
        }
        return existing.id
    }

    private func create(_ request: CreateRequest, name: String, recipe: ContainerRecipe) async throws -> String {
        var query = [(name: "name", value: name)]
        if let platform = recipe.definition.platform { query.append(("platform", platform)) }
        let call = try EngineCall(
            .post,
            "/containers/create",
            query: query,
            action: "create container '\(recipe.name)'"
        ).sending(request)
        return try await connection.fetch(call, as: CreatedAnswer.self).Id
    }

    private func connect(_ id: String, _ join: CreatePlan.NetworkJoin, container: String) async throws {
        let call = try EngineCall(
            .post,
            "/networks/\(EngineCall.segment(join.network))/connect",
            action: "connect container '\(container)' to network '\(join.network)'"
        ).sending(ConnectRequest(Container: id, EndpointConfig: join.settings))
        try await connection.perform(call)
    }

    private func upload(_ files: [InlineFile], to id: String, container: String) async throws {
        let archive = try InlineFile.archive(files)
        var call = EngineCall(
            .put,
            "/containers/\(id)/archive",
            query: [("path", "/")],
            action: "write files into container '\(container)'"
        )
        call.fields["Content-Type"] = "application/x-tar"
        call.body = .bytes(archive)
        try await connection.perform(call)
    }

    /// Removes what could not be completed. The failure that led here is what the caller hears of; the rest, which
    /// still has its partial name, is removed by the next attempt.
    private func discard(_ id: String) async {
        let task = Task {
            do {
                try await remove(id, anonymousVolumes: true)
            } catch {
                logger.warning("an incomplete container could not be removed", metadata: ["error": "\(error)"])
            }
        }
        await task.value
    }
}

extension InlineFile {
    /// A tar archive to unpack at `/`, with the directories it needs under `/run/secrets`.
    static func archive(_ files: [InlineFile]) throws -> [UInt8] {
        let writer = try TarWriter()
        var directories: Set<String> = []
        for file in files.sorted(by: { $0.path < $1.path }) {
            let path = String(file.path.drop { $0 == "/" })
            // The engine makes missing directories itself, readable by root alone in some versions.
            let parents = path.split(separator: "/").dropLast()
            if parents.starts(with: ["run", "secrets"]) {
                for count in 2..<(parents.count + 1) {
                    let directory = parents.prefix(count).joined(separator: "/")
                    if directories.insert(directory).inserted {
                        try writer.begin(TarEntry(path: directory + "/", kind: .directory, mode: 0o755))
                    }
                }
            }
            let entry = TarEntry(path: path, kind: .file(size: 0), mode: file.mode, uid: file.uid, gid: file.gid)
            try writer.add(entry, content: file.content)
        }
        return try writer.finish()
    }
}
