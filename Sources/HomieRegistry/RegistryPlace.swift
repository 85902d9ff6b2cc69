/// Where the manifest of an image reference is.
struct RegistryPlace: Sendable, Hashable {
    let reference: String
    /// The registry's host as people write it; `docker.io` when none is named.
    let registry: String
    let path: String
    let tag: String

    /// - Throws: ``RegistryError/badReference(_:)``
    init(parsing reference: String) throws(RegistryError) {
        self.reference = reference
        var rest = reference[...]
        var tag = "latest"
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        self.tag = tag
        let first = rest.prefix { $0 != "/" }
        let isHost = first.count < rest.count && (first == "localhost" || first.contains(".") || first.contains(":"))
        registry = isHost ? String(first) : "docker.io"
        let name = isHost ? String(rest.dropFirst(first.count + 1)) : String(rest)
        path = !isHost && !name.contains("/") ? "library/\(name)" : name
        let isPlainText = reference.utf8.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x2F, 0x3A: true
            default: false
            }
        }
        guard isPlainText, !path.isEmpty, !tag.isEmpty else { throw .badReference(reference) }
    }

    /// Loopback registries speak plain HTTP, as the engine takes them to.
    var isPlain: Bool {
        let host = registry.prefix { $0 != ":" }
        return host == "localhost" || host.hasPrefix("127.")
    }

    var manifest: String { "\(repository)/manifests/\(tag)" }

    /// What the addresses of everything in its repository begin with.
    var repository: String {
        let host = registry == "docker.io" || registry == "index.docker.io" ? "registry-1.docker.io" : registry
        return "\(isPlain ? "http" : "https")://\(host)/v2/\(path)"
    }
}
