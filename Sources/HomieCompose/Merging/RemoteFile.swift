/// Compose files that `include` and `extends` name on other machines: Docker Compose fetches them from Git and from
/// registries. Homie does not: what is deployed would change without anybody having changed a file here.
enum RemoteFile {
    private static let prefixes = ["https://", "http://", "git://", "git@", "ssh://", "oci://", "github.com/"]

    static func isRemote(_ path: String) -> Bool { prefixes.contains(where: path.hasPrefix) }

    static func sentence(_ path: String) -> String {
        "'\(path)' is on another machine; Homie reads files of this one only"
    }

    static func remedy(_ path: String) -> String {
        let repository = path.split(separator: "#").first.map(String.init) ?? path
        return path.hasPrefix("oci://")
            ? "fetch it, e.g. with 'oras pull \(path.dropFirst("oci://".count))', and name the file"
            : "fetch it, e.g. with 'git clone \(repository)', and name the file"
    }
}
