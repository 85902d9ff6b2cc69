internal import HomieModel

/// The lines of a backend that serves one version of a service.
enum VersionRules {
    static func lines(_ version: RouteVersion?) -> [String] {
        guard let version else { return [] }
        var lines: [String] = []
        // The version's own segment has been taken off already.
        if !version.path.isRoot { lines.append("http-request set-path \(version.path)%[path]") }
        if let time = version.deprecatedAt {
            lines.append("http-response set-header Deprecation @\(time.nanoseconds / 1_000_000_000)")
        }
        if let time = version.sunsetAt { lines.append("http-response set-header Sunset '\(time.httpDate)'") }
        return lines
    }
}
