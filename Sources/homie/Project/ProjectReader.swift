internal import HomieCompose
internal import HomieConsole
internal import HomieModel

/// A loaded project on its way to the daemon.
struct WireProject: Sendable, Hashable {
    let name: StackName
    let document: JSONValue

    var serviceCount: Int { document["services"]?.objectValue?.count ?? 0 }
}

/// From the arguments of a command to a loaded Compose project.
struct ProjectReader {
    let surroundings: Surroundings

    /// Loads the project and shows its warnings.
    ///
    /// - Parameter adjust: changes what is loaded, e.g. leaves variables as they are.
    /// - Throws: ``CommandError``, `ComposeErrors`, `ConsoleError`
    func load(_ options: ProjectOptions, adjust: (inout ComposeOptions) -> Void = { _ in }) throws -> ComposeProject {
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
        if files.files.contains(ProjectFinder.standardInput) {
            compose.contents[ProjectFinder.standardInput] = try surroundings.input.readAll()
        }
        adjust(&compose)
        let project = try ComposeLoader(files: HostFiles()).load(compose)
        try show(files.warnings)
        try show(project.warnings.map(Self.text))
        return project
    }

    /// Loads the project in the form the daemon takes.
    func wire(_ options: ProjectOptions) throws -> WireProject {
        let project = try load(options)
        return WireProject(name: project.name, document: project.wireDocument(environment: surroundings.environment))
    }

    /// The stack's name: the one given, or the project's.
    func name(_ options: ProjectOptions) throws -> StackName {
        if let name = options.projectName { return try StackName(parsing: name) }
        return try load(options).name
    }

    private func find(_ options: ProjectOptions) throws -> ProjectFiles {
        let host = HostFiles()
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

    private func show(_ warnings: [String]) throws {
        let stream = surroundings.console.errors
        for warning in warnings {
            try stream.print("\(stream.palette.paint("warning:", .warning)) \(SafeText.line(warning))")
        }
    }

    private static func text(_ warning: ComposeWarning) -> String {
        guard let file = warning.file else { return warning.sentence }
        return "\(file)\(warning.line.map { ":\($0)" } ?? ""): \(warning.sentence)"
    }
}
