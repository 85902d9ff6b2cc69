/// The repository an image reference names, in the form that compares: without tag and digest, and without what Docker leaves
/// out of names of its own registry (<https://pkg.go.dev/github.com/distribution/reference>).
public struct RepositoryName: Sendable, Hashable {
    public let text: String

    /// - Parameter reference: `docker.io/library/nginx:1.27@sha256:…`, `localhost:5000/shop/web`
    public init(of reference: String) {
        var name = Substring(reference.prefix { $0 != "@" })
        // A colon behind the last slash begins a tag; one before it a port.
        let last = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        if let colon = name[last...].firstIndex(of: ":") { name = name[..<colon] }
        for prefix in ["index.docker.io/", "docker.io/"] where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count)
        }
        if name.hasPrefix("library/"), !name.dropFirst(8).contains("/") { name = name.dropFirst(8) }
        text = String(name)
    }
}
