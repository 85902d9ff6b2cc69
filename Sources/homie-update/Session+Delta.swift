internal import FoundationEssentials
internal import HomieBundle
internal import HomieBus
internal import HomieModel
internal import HomieTransfer
internal import HomieUpdate

/// Where bundles come from: a delta to the system that runs is tried first.
extension Session {
    /// Brings a bundle here: out of a delta where the index offers one for this version, else as a whole.
    ///
    /// - Returns: the bytes that were fetched.
    func obtain(
        _ release: UpdateRelease,
        over version: SystemVersion,
        _ rauc: RaucClient,
        note: (String) -> Void,
        assembling: () -> Void,
        report: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws -> ByteCount {
        let made = try await assembleBundle(
            release,
            over: version,
            rauc,
            note: note,
            assembling: assembling,
            report: report
        )
        if let made { return made }
        return try await download(release, report: report).transferred
    }

    /// Makes the bundle out of a delta, where the index offers one for this version and the bundle is not here yet.
    ///
    /// - Parameters:
    ///   - note: told why a delta was of no use.
    ///   - assembling: told when the fetching is over, and the bundle is put together.
    /// - Returns: the bytes that were fetched; nil: there is no bundle.
    func assembleBundle(
        _ release: UpdateRelease,
        over version: SystemVersion,
        _ rauc: RaucClient,
        note: (String) -> Void,
        assembling: () -> Void,
        report: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws -> ByteCount? {
        if FileManager.default.fileExists(atPath: bundlePath(release)) { return ByteCount(bytes: 0) }
        guard let delta = release.deltas?.first(where: { $0.from == version }) else { return nil }
        do {
            let fetched = try await fetch(delta, of: release, report: report)
            assembling()
            try await assemble(release, rauc)
            return fetched
        } catch let error as any UserFacingError {
            note("the delta from version \(version) is of no use: \(error.summary)")
        }
        unlinkDelta(release)
        return nil
    }

    private func deltaPath(_ release: UpdateRelease) -> String { bundlePath(release) + ".delta" }

    private func unlinkDelta(_ release: UpdateRelease) {
        directory.removeDelta(named: "\(release.version).raucb.delta")
    }

    private func fetch(
        _ delta: DeltaReference,
        of release: UpdateRelease,
        report: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws -> ByteCount {
        directory.removeBundles(except: "\(release.version).raucb")
        return try await downloader.download(
            HomieTransfer.Download(
                url: try address(delta.file.url),
                destination: deltaPath(release),
                size: delta.file.size,
                sha256: delta.file.sha256
            ),
            report: report
        ).transferred
    }

    private func assemble(_ release: UpdateRelease, _ rauc: RaucClient) async throws {
        let applier = DeltaApplier()
        let plan = try await applier.plan(deltaPath(release))
        guard plan.sha256 == release.bundle.sha256 else {
            throw BundleError.notADelta(path: deltaPath(release), reason: "it leads to another bundle")
        }
        var devices: [String: String] = [:]
        for slot in try await rauc.slots() where slot.state == .booted || slot.state == .active {
            devices[slot.slotClass] = slot.device
        }
        try await applier.apply(deltaPath(release), devices: devices, output: bundlePath(release))
        unlinkDelta(release)
    }
}
