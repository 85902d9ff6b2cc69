import HomieCompose
import HomieModel
import Testing

/// Files in memory, for tests; directories are what has files below it.
struct MemoryFiles: ComposeFileSystem {
    var files: [String: String]

    func read(_ path: String) throws -> [UInt8]? { files[path].map { Array($0.utf8) } }
    func isDirectory(_ path: String) -> Bool { files.keys.contains { $0.hasPrefix(path + "/") } }
}

/// Loads files given by their name in `/p`; the first is the Compose file, or those of `order`.
func load(
    _ files: [String: String],
    order: [String] = ["compose.yaml"],
    environment: [String: String] = [:],
    profiles: [String] = [],
    change: (inout ComposeOptions) -> Void = { _ in }
) throws -> ComposeProject {
    let all = Dictionary(uniqueKeysWithValues: files.map { ("/p/" + $0.key, $0.value) })
    var options = ComposeOptions(
        files: order.map { "/p/" + $0 },
        projectName: "t",
        environment: environment,
        profiles: profiles,
        homeDirectory: "/home/u"
    )
    options.resolvesPaths = false
    change(&options)
    return try ComposeLoader(files: MemoryFiles(files: all)).load(options)
}

/// Loads one Compose file.
func load(_ text: String, environment: [String: String] = [:], profiles: [String] = []) throws -> ComposeProject {
    try load(["compose.yaml": text], environment: environment, profiles: profiles)
}

/// The issues of a file that is refused.
func issues(_ text: String) -> [ComposeIssue] {
    issues(["compose.yaml": text])
}

func issues(_ files: [String: String], order: [String] = ["compose.yaml"]) -> [ComposeIssue] {
    do {
        _ = try load(files, order: order)
        return []
    } catch let errors as ComposeErrors {
        return errors.issues
    } catch {
        Issue.record("not ComposeErrors: \(error)")
        return []
    }
}
