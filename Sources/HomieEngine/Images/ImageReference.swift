/// An image reference taken apart: `[registry/]path[:tag][@digest]` (distribution/reference).
struct ImageReference: Sendable, Hashable {
    /// Registry and path, as written.
    var name: String
    var tag: String?
    var digest: String?

    /// - Throws: ``EngineError/badReference(_:)`` for text that is none.
    init(parsing text: String) throws(EngineError) {
        var rest = text[...]
        if let at = rest.lastIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        name = String(rest)
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard !name.isEmpty, tag?.isEmpty != true, digest?.isEmpty != true, isPlain else { throw .badReference(text) }
    }

    /// The registry's host; `docker.io` when none is named.
    var registry: String {
        guard let slash = name.firstIndex(of: "/") else { return "docker.io" }
        let first = name[..<slash]
        let isHost = first == "localhost" || first.contains(".") || first.contains(":")
        return isHost ? String(first) : "docker.io"
    }

    /// What the engine pulls: a digest, or one tag, never all.
    var pulledTag: String { digest ?? tag ?? "latest" }
}
