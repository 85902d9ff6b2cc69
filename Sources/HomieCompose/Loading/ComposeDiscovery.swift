/// Finds the Compose files a person means when none is named.
public enum ComposeDiscovery {
    private static let names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
    private static let overrideNames = [
        "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
    ]

    /// The files of `COMPOSE_FILE`, else those of the standard names in `directory` (an absolute path) or the nearest
    /// directory above it, with their override file; empty when there are none.
    ///
    /// - Throws: when a file that is there cannot be read.
    public static func files(
        in directory: String,
        environment: [String: String],
        files: any ComposeFileSystem
    ) throws -> [String] {
        if let written = environment["COMPOSE_FILE"], !written.isEmpty {
            let separator = environment["COMPOSE_PATH_SEPARATOR"].flatMap(\.first) ?? ":"
            return written.split(separator: separator).map { UnixPath.resolve(String($0), in: directory) }
        }
        func first(of names: [String], in place: String) throws -> String? {
            try names.map { UnixPath.join(place, $0) }.first { try files.read($0) != nil }
        }
        var place = UnixPath.clean(directory)
        while true {
            if let main = try first(of: names, in: place) {
                return [main] + [try first(of: overrideNames, in: place)].compactMap { $0 }
            }
            let parent = UnixPath.directory(of: place)
            if parent == place || parent == "." { return [] }
            place = parent
        }
    }
}
