internal import ArgumentParser

/// Which Compose project is meant; as `docker compose` takes it.
struct ProjectOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp(
            "A Compose file; later ones are laid over earlier ones, '-' is standard input.",
            valueName: "file"
        ),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var files: [String] = []

    @Option(
        name: .customLong("env-file"),
        help: ArgumentHelp("A file of variables in the place of .env.", valueName: "file"),
        completion: .file()
    )
    var envFiles: [String] = []

    @Option(
        name: [.customShort("p"), .customLong("project-name")],
        help: ArgumentHelp("The stack's name in the place of the file's own.", valueName: "name")
    )
    var projectName: String?

    @Option(
        name: .customLong("profile"),
        help: ArgumentHelp("A profile to enable; '*' enables all.", valueName: "profile")
    )
    var profiles: [String] = []

    @Option(
        name: .customLong("project-directory"),
        help: ArgumentHelp("Where relative paths start (default: the first file's directory).", valueName: "path"),
        completion: .directory
    )
    var projectDirectory: String?
}
