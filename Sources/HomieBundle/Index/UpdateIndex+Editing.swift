public import HomieModel

extension UpdateIndex {
    /// The next index: newer, valid from `now` on, its releases changed by `change`.
    ///
    /// - Throws: ``UpdateModelError/index(_:)``, and what `change` throws.
    public static func next(
        after previous: UpdateIndex?,
        now: Timestamp,
        validity: TimeSpan,
        change: (inout [UpdateRelease]) throws -> Void
    ) throws -> UpdateIndex {
        var releases = previous?.releases ?? []
        try change(&releases)
        return try UpdateIndex(
            sequence: (previous?.sequence ?? 0) + 1,
            generated: now,
            expires: now + validity,
            releases: releases.sorted { ($0.compatible.text, $1.version) < ($1.compatible.text, $0.version) }
        )
    }
}

extension [UpdateRelease] {
    /// Adds a release in the place of an earlier one of the same version for the same kind of system.
    public mutating func add(_ release: UpdateRelease) {
        removeAll { $0.version == release.version && $0.compatible == release.compatible }
        append(release)
    }

    /// Takes a version back.
    ///
    /// - Throws: ``BundleError/noRelease(_:)``.
    public mutating func withdraw(_ version: SystemVersion) throws(BundleError) {
        guard contains(where: { $0.version == version }) else { throw .noRelease(version) }
        removeAll { $0.version == version }
    }

    /// Offers a version to more or fewer devices.
    ///
    /// - Throws: ``BundleError/noRelease(_:)``.
    public mutating func roll(_ version: SystemVersion, to rollout: Percentage) throws(BundleError) {
        guard contains(where: { $0.version == version }) else { throw .noRelease(version) }
        for index in indices where self[index].version == version { self[index].rollout = rollout }
    }
}
