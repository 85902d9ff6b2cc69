import HomieModel

/// Loads Compose projects (https://github.com/compose-spec/compose-spec), with the results of Docker Compose 2.26.
public struct ComposeLoader {
    private let files: any ComposeFileSystem

    public init(files: any ComposeFileSystem) { self.files = files }

    /// The project that the files describe.
    ///
    /// - Throws: ``ComposeErrors`` with file, line and column for all that is wrong.
    public func load(_ options: ComposeOptions) throws(ComposeErrors) -> ComposeProject {
        let context = LoadContext(files: files, options: options)
        guard let first = options.files.first else {
            throw ComposeErrors("no Compose file is given", remedy: "name one with -f")
        }
        let directory = options.projectDirectory ?? UnixPath.directory(of: first)
        var environment = options.environment
        let variables = try context.variables(
            in: try envFiles(in: directory, context),
            environment: environment
        )
        environment.merge(variables) { own, _ in own }
        let name = try ProjectNaming(context: context, directory: directory).name(environment: environment)
        environment["COMPOSE_PROJECT_NAME"] = name.text
        let loader = ModelLoader(
            context: context,
            directory: directory,
            base: directory,
            environment: environment,
            resolvesPaths: options.resolvesPaths
        )
        var model = try loader.load(options.files, included: [])
        guard model.map?.isEmpty == false else {
            throw ComposeErrors(
                ComposeIssue(
                    "the file is empty",
                    at: SourceMark(file: first, line: 0, column: 0),
                    remedy: "start with 'services:'"
                )
            )
        }
        model = try Normaliser(projectName: name.text, environment: environment).normalise(model)
        guard options.interpolates else {
            return ComposeProject(name: name, model: model.json, isRaw: true, warnings: context.warnings.all)
        }
        let assembly = ProjectAssembly(
            name: name,
            environment: environment,
            context: context,
            directory: directory
        )
        return try assembly.project(from: model, profiles: profiles(options, environment))
    }

    private func envFiles(in directory: String, _ context: LoadContext) throws(ComposeErrors) -> [String] {
        let options = context.options
        guard options.envFiles.isEmpty else { return options.envFiles }
        let isDisabled = options.environment["COMPOSE_DISABLE_ENV_FILE"].map {
            ["1", "t", "true"].contains($0.lowercased())
        }
        let standard = UnixPath.join(directory, ".env")
        guard isDisabled != true, !files.isDirectory(standard), try context.content(of: standard) != nil else {
            return []
        }
        return [standard]
    }

    private func profiles(_ options: ComposeOptions, _ environment: [String: String]) -> [String] {
        guard options.profiles.isEmpty else { return options.profiles }
        return (environment["COMPOSE_PROFILES"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0.trimmingBlanks()) }
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
