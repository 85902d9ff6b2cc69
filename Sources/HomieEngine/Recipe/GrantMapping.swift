internal import HomieModel
internal import HomieSupervisor

/// A file whose content is in the definition, to be written into the container.
struct InlineFile: Sendable, Hashable {
    /// Absolute.
    var path: String
    var content: [UInt8]
    var mode: UInt32
    var uid: Int64
    var gid: Int64
}

/// Configs and secrets of a service: files of the host are mounted, inline ones are written into the container.
struct GrantMapping {
    var mounts: [HostConfiguration.Mount] = []
    var inlineFiles: [InlineFile] = []

    init(_ recipe: ContainerRecipe) throws {
        for grant in recipe.definition.configs ?? [] {
            try add(grant, source: recipe.configs[grant.source], sort: "config", recipe: recipe)
        }
        for grant in recipe.definition.secrets ?? [] {
            try add(grant, source: recipe.secrets[grant.source], sort: "secret", recipe: recipe)
        }
    }

    private mutating func add(
        _ grant: FileGrant,
        source: FileSource?,
        sort: String,
        recipe: ContainerRecipe
    ) throws {
        switch source {
        case nil: throw EngineError.undefined(what: "\(sort) '\(grant.source)'", container: recipe.name)
        case .external(let name): throw EngineError.externalFile(name, container: recipe.name)
        case .file(let path):
            mounts.append(.init(Type: "bind", Source: path, Target: grant.target, ReadOnly: true))
        case .content(let text), .environment(_, let text):
            inlineFiles.append(
                InlineFile(
                    path: grant.target,
                    content: Array(text.utf8),
                    mode: grant.mode ?? 0o444,
                    uid: grant.uid.flatMap { Int64($0) } ?? 0,
                    gid: grant.gid.flatMap { Int64($0) } ?? 0
                )
            )
        }
    }
}
