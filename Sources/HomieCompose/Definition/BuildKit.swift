import HomieModel

/// What of `build` only BuildKit honours. Homie builds with the builder that every engine has in its API; BuildKit asks its
/// client for these over a session of its own.
enum BuildKit {
    private static let all = [
        "additional_contexts", "cache_to", "entitlements", "provenance", "sbom", "secrets", "ssh",
    ]
    /// Without these the image would be another one, or none; the others only change how it is made.
    private static let needed: Set<String> = ["additional_contexts", "secrets", "ssh"]

    /// The keys of a `build` that cannot be done without.
    static func keys(in build: JSONValue) -> [String] {
        all.filter { key in needed.contains(key) && isWritten(build[key]) }
    }

    /// The keys of a `build` that are left aside.
    static func ignoredKeys(in build: JSONValue) -> [String] {
        all.filter { key in !needed.contains(key) && isWritten(build[key]) }
    }

    private static func isWritten(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null?, .bool(false)?: false
        case .array(let list)?: !list.isEmpty
        case .object(let members)?: !members.isEmpty
        case .string(let text)?: !text.isEmpty && text != "false"
        case .bool?, .integer?, .number?: true
        }
    }
}
