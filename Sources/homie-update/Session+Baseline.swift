internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

/// What a new system will be compared with.
struct NotedBaseline {
    /// nil: which services work is not known, and only homied itself will be judged.
    var baseline: BootBaseline?
    /// Why it is not what works now, and what follows from that.
    var doubt: String?
}

extension Session {
    /// What works now, or what was noted last of the same system where homied does not tell.
    ///
    /// - Parameter last: what was noted for the install that is pending.
    func baseline(version: SystemVersion, last: BootBaseline?) async throws -> NotedBaseline {
        do {
            return NotedBaseline(baseline: try await supervisor.baseline(version: version))
        } catch let error as UpdateError {
            guard let last, last.version == version else {
                let doubt = "\(error.summary): only homied itself will be judged in the new system"
                return NotedBaseline(doubt: doubt)
            }
            let doubt = "\(error.summary): the new system is compared with what worked at \(last.takenAt.rfc3339)"
            return NotedBaseline(baseline: last, doubt: doubt)
        }
    }
}
