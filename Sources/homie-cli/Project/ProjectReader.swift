internal import HomieCompose
internal import HomieConsole
internal import HomieModel
internal import HomieReceipts

/// A loaded project on its way to the daemon.
struct WireProject: Sendable, Hashable {
    let name: StackName
    let document: JSONValue
    /// What the loading warned of, as it was shown.
    let warnings: [String]
    /// Everything that made it so besides the arguments and the environment; nil when that cannot be looked at again.
    let observations: [Observation]?

    var serviceCount: Int { document["services"]?.objectValue?.count ?? 0 }
}

/// From the arguments of a command to a loaded Compose project.
struct ProjectReader {
    let surroundings: Surroundings
    private let host = RecordedFiles()

    init(surroundings: Surroundings) { self.surroundings = surroundings }

    /// Loads the project and shows its warnings.
    ///
    /// - Parameter adjust: changes what is loaded, e.g. leaves variables as they are.
    /// - Throws: ``CommandError``, `ComposeErrors`, `ConsoleError`
    func load(_ options: ProjectOptions, adjust: (inout ComposeOptions) -> Void = { _ in }) throws -> ComposeProject {
        try loadAll(options, adjust: adjust).project
    }

    private struct Loaded {
        var project: ComposeProject
        var warnings: [String]
        var isRepeatable: Bool
    }

    private func loadAll(_ options: ProjectOptions, adjust: (inout ComposeOptions) -> Void) throws -> Loaded {
        let files = try find(options)
        var compose = ComposeOptions(
            files: files.files,
            projectDirectory: files.directory,
            projectName: options.projectName,
            environment: surroundings.environment,
            envFiles: envFiles(options),
            profiles: options.profiles,
            homeDirectory: surroundings.environment["HOME"]
        )
        // What is read from standard input can be read only once.
        let isRepeatable = !files.files.contains(ProjectFinder.standardInput)
        if !isRepeatable {
            compose.contents[ProjectFinder.standardInput] = try surroundings.input.readAll()
        }
        adjust(&compose)
        let project = try ComposeLoader(files: host).load(compose)
        let warnings = files.warnings + project.warnings.map(Self.text)
        try UpText.show(warnings, on: surroundings.console.errors)
        return Loaded(project: project, warnings: warnings, isRepeatable: isRepeatable)
    }

    /// Loads the project in the form the daemon takes.
    func wire(_ options: ProjectOptions) throws -> WireProject {
        let loaded = try loadAll(options) { _ in }
        return WireProject(
            name: loaded.project.name,
            document: loaded.project.wireDocument(environment: surroundings.environment),
            warnings: loaded.warnings,
            observations: loaded.isRepeatable ? host.observations : nil
        )
    }

    /// The stack's name: the one given, or the project's.
    func name(_ options: ProjectOptions) throws -> StackName {
        if let name = options.projectName { return try StackName(parsing: name) }
        return try load(options).name
    }

    private func find(_ options: ProjectOptions) throws -> ProjectFiles {
        let directory = surroundings.workingDirectory
        var environment = surroundings.environment
        if options.files.isEmpty, environment["COMPOSE_FILE"] == nil {
            // As with Docker Compose, the file of variables may say which files make the project.
            let home = options.projectDirectory.map { PathText.absolute($0, from: directory) } ?? directory
            var sources = envFiles(options)
            if sources.isEmpty { sources = [PathText.join(home, ".env")] }
            for source in sources where host.isFile(source) {
                guard let content = try host.read(source) else { continue }
                let own = environment
                let variables = try EnvFileParser.parse(content, file: source) { own[$0] }
                for key in ["COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR"] where environment[key] == nil {
                    environment[key] = variables[key]
                }
            }
        }
        return try ProjectFinder(environment: environment, workingDirectory: directory, isFile: host.isFile)
            .find(options)
    }

    private func envFiles(_ options: ProjectOptions) -> [String] {
        let named =
            options.envFiles.isEmpty
            ? PathText.split(surroundings.environment["COMPOSE_ENV_FILES"] ?? "", by: ",") : options.envFiles
        return named.map { PathText.absolute($0, from: surroundings.workingDirectory) }
    }

    private static func text(_ warning: ComposeWarning) -> String {
        guard let file = warning.file else { return warning.sentence }
        return "\(file)\(warning.line.map { ":\($0)" } ?? ""): \(warning.sentence)"
    }
}
