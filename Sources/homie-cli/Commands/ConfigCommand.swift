internal import ArgumentParser
internal import HomieCompose
internal import HomieConsole
internal import HomieModel

/// `homie config`
struct Config: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Checks a Compose project and prints it in its normal form, as JSON; needs no daemon.",
        discussion: """
            Prints what 'docker compose config --format json' prints.

            Example:
              homie config -f compose.yaml -f compose.site.yaml --services
            """
    )

    @OptionGroup var project: ProjectOptions

    @Flag(name: .customLong("no-path-resolution"), help: "Leave relative paths as they are.")
    var keepsPaths = false
    @Flag(name: .customLong("no-interpolate"), help: "Leave variables as they are.")
    var keepsVariables = false
    @Flag(name: .customLong("no-env-resolution"), help: "Leave out 'env_file' instead of reading it.")
    var skipsEnvFiles = false
    @Flag(name: .customLong("no-consistency"), help: "Do not check that what is referred to is there.")
    var skipsConsistency = false
    @Flag(name: .customLong("services"), help: "Print the names of the services.")
    var listsServices = false
    @Flag(name: .customLong("volumes"), help: "Print the names of the volumes.")
    var listsVolumes = false
    @Flag(name: .customLong("images"), help: "Print the names of the images.")
    var listsImages = false
    @Flag(name: .customLong("profiles"), help: "Print the names of all profiles.")
    var listsProfiles = false
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Only check; print nothing.")
    var isQuiet = false
    @Option(name: .customLong("format"), help: ArgumentHelp("The form of the output: json.", valueName: "form"))
    var format: Format = .json
    @OptionGroup var output: OutputOptions

    enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
        case json
    }

    func validate() throws {
        guard [listsServices, listsVolumes, listsImages, listsProfiles, isQuiet].count(where: { $0 }) <= 1 else {
            throw ValidationError("only one of --services, --volumes, --images, --profiles and --quiet can be given")
        }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let loaded = try ProjectReader(surroundings: surroundings).load(project) { options in
            options.resolvesPaths = !keepsPaths
            options.interpolates = !keepsVariables
            options.resolvesEnvFiles = !skipsEnvFiles
            options.checksConsistency = !skipsConsistency
            if listsProfiles { options.profiles = ["*"] }
        }
        let stream = surroundings.console.output
        if isQuiet { return .done }
        let document = loaded.document
        guard let names = names(document, stack: loaded.name) else {
            try stream.write(JSONOutput.document(document))
            return .done
        }
        if output.isJSON {
            try stream.write(JSONOutput.document(JSONValue.array(names.map { .string($0) })))
        } else {
            try stream.write(names.map { SafeText.line($0) + "\n" }.joined())
        }
        return .done
    }

    /// The names that were asked for; nil when it is the whole document.
    private func names(_ document: JSONValue, stack: StackName) -> [String]? {
        let services = document["services"]?.objectValue ?? [:]
        if listsServices { return services.keys.sorted() }
        if listsVolumes { return (document["volumes"]?.objectValue ?? [:]).keys.sorted() }
        if listsImages {
            return services.sorted { $0.key < $1.key }.map { $1["image"]?.stringValue ?? "\(stack)-\($0)" }
        }
        guard listsProfiles else { return nil }
        let profiles = services.values.flatMap { $0["profiles"]?.arrayValue ?? [] }.compactMap(\.stringValue)
        return Set(profiles).sorted()
    }
}
