/// What to load, and how.
public struct ComposeOptions: Sendable {
    /// Absolute paths of the Compose files; later ones are laid over earlier ones.
    public var files: [String]
    /// Content of files that are not in the file system, e.g. from standard input, by their name in ``files``.
    public var contents: [String: [UInt8]] = [:]
    /// Where relative paths start; nil is the directory of the first file.
    public var projectDirectory: String?
    /// Nil is `COMPOSE_PROJECT_NAME`, then `name:` in the files, then the name of the project directory.
    public var projectName: String?
    /// The environment of the process; it wins over all files.
    public var environment: [String: String]
    /// Absolute paths of files of variables; none is `.env` in the project directory.
    public var envFiles: [String]
    /// The profiles to enable; none is `COMPOSE_PROFILES`. `*` enables all.
    public var profiles: [String]
    /// True makes relative paths absolute.
    public var resolvesPaths = true
    /// True fills in variables.
    public var interpolates = true
    /// True turns `env_file` into `environment`; false leaves `env_file` out unread.
    public var resolvesEnvFiles = true
    /// True checks that what is referred to is there.
    public var checksConsistency = true
    /// What `~` stands for; nil leaves it as it is.
    public var homeDirectory: String?

    public init(
        files: [String],
        projectDirectory: String? = nil,
        projectName: String? = nil,
        environment: [String: String] = [:],
        envFiles: [String] = [],
        profiles: [String] = [],
        homeDirectory: String? = nil
    ) {
        self.files = files
        self.projectDirectory = projectDirectory
        self.projectName = projectName
        self.environment = environment
        self.envFiles = envFiles
        self.profiles = profiles
        self.homeDirectory = homeDirectory
    }
}
