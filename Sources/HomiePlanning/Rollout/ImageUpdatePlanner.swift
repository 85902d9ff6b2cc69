public import HomieModel

/// Decides when a registry is asked for a service's image, and what becomes of a newer one (pure).
public enum ImageUpdatePlanner {
    public enum Decision: Sendable, Hashable {
        case nothing
        /// A newer image was found just now: people are told.
        case announce
        case deploy
    }

    /// The tag or name to ask for; nil for a service whose image does not move: built here, pinned by a digest, or never
    /// pulled.
    public static func reference(of service: ServiceDefinition, _ settings: ImageUpdateSettings) -> String? {
        guard settings.mode != .off, service.build == nil, service.pullPolicy != .never, let image = service.image,
            !image.contains("@")
        else { return nil }
        return image
    }

    public static func isDue(_ check: ImageCheck?, reference: String, now: Timestamp, interval: TimeSpan) -> Bool {
        guard let check, check.reference == reference else { return true }
        let age = now - check.checkedAt
        // A clock that was set back must not put the question off for ever.
        return age >= interval || age.nanoseconds < 0
    }

    /// The record after the registry's answer.
    ///
    /// - Parameter local: `name@sha256:…` of the image that runs; empty when it came from no registry.
    public static func noted(
        _ check: ImageCheck,
        digest: String,
        local: [String],
        now: Timestamp
    ) -> ImageCheck {
        var noted = check
        if noted.digest != digest { noted.firstSeen = now }
        noted.digest = digest
        noted.checkedAt = now
        noted.problem = nil
        // What came from no registry cannot be compared.
        noted.isNewer = !local.isEmpty && !local.contains { $0.hasSuffix("@\(digest)") }
        return noted
    }

    /// - Parameters:
    ///   - before: the record before the latest answer.
    ///   - isHeld: an update of the service runs, or is held off.
    ///   - hasFailed: the last update of the service failed.
    ///   - offset: what local time is ahead of UTC.
    public static func decision(
        before: ImageCheck?,
        now check: ImageCheck,
        settings: ImageUpdateSettings,
        isHeld: Bool,
        hasFailed: Bool = false,
        at now: Timestamp,
        offset: TimeSpan
    ) -> Decision {
        guard check.isNewer, let seen = check.firstSeen else { return .nothing }
        let isNews = before?.isNewer != true || before?.digest != check.digest
        guard settings.mode == .auto, !isHeld, !isSpent(check, hasFailed: hasFailed, at: now),
            now - seen >= settings.settle,
            settings.window?.contains(now, offset: offset) ?? true
        else { return isNews ? .announce : .nothing }
        return .deploy
    }

    /// What was deployed and does not run failed, and is not tried again; or it could not be fetched, and is tried once a day.
    private static func isSpent(_ check: ImageCheck, hasFailed: Bool, at now: Timestamp) -> Bool {
        guard let digest = check.digest, check.attempted == digest else { return false }
        guard !hasFailed, let attempt = check.attemptedAt else { return true }
        let age = now - attempt
        return age < .seconds(86_400) && age.nanoseconds >= 0
    }
}
