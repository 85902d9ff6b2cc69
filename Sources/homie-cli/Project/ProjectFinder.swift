internal import HomieModel

/// Which files make the project, and where it is.
struct ProjectFiles: Sendable, Hashable {
    /// Absolute paths, or ``ProjectFinder/standardInput``.
    var files: [String]
    var directory: String
    /// What should be looked at, one sentence each.
    var warnings: [String] = []
}

/// Finds a project's files the way Docker Compose does: what is named, then `COMPOSE_FILE`, then the usual names in this
/// directory or the nearest one above it (https://docs.docker.com/reference/cli/docker/compose/).
struct ProjectFinder {
    static let standardInput = "-"
    static let names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
    static let overrideNames = [
        "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
    ]

    let environment: [String: String]
    let workingDirectory: String
    let isFile: (String) -> Bool

    /// - Throws: ``CommandError/noProjectFile(directory:)``
    func find(_ options: ProjectOptions) throws(CommandError) -> ProjectFiles {
        let given = options.projectDirectory.map { PathText.absolute($0, from: workingDirectory) }
        var named = options.files
        if named.isEmpty { named = filesOfEnvironment() }
        if !named.isEmpty {
            let files = named.map { $0 == Self.standardInput ? $0 : PathText.absolute($0, from: workingDirectory) }
            let first = files[0]
            let home = first == Self.standardInput ? workingDirectory : PathText.directory(of: first)
            return ProjectFiles(files: files, directory: given ?? home)
        }
        var found = try search(from: given ?? workingDirectory)
        if let given { found.directory = given }
        return found
    }

    private func filesOfEnvironment() -> [String] {
        let separator = environment["COMPOSE_PATH_SEPARATOR"].flatMap { $0.isEmpty ? nil : $0 } ?? ":"
        return PathText.split(environment["COMPOSE_FILE"] ?? "", by: separator)
    }

    private func search(from start: String) throws(CommandError) -> ProjectFiles {
        var directory = start
        while true {
            let candidates = Self.names.map { PathText.join(directory, $0) }.filter(isFile)
            if let file = candidates.first {
                let overrides = Self.overrideNames.map { PathText.join(directory, $0) }.filter(isFile)
                let warnings = [candidates, overrides].filter { $0.count > 1 }.map { several in
                    "several files could be meant (\(several.joined(separator: ", "))); \(several[0]) is used"
                }
                return ProjectFiles(files: [file] + overrides.prefix(1), directory: directory, warnings: warnings)
            }
            guard directory != "/" else { throw .noProjectFile(directory: start) }
            directory = PathText.directory(of: directory)
        }
    }
}
