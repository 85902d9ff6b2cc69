internal import FoundationEssentials
internal import HomieBundle
internal import HomieBus
internal import HomieModel
internal import HomiePlanning
internal import HomieTransfer
internal import HomieUpdate

/// The parts of one run, composed from the settings.
struct Session {
    let settings: UpdateConfiguration
    let directory: StateDirectory
    private let environment: [String: String]

    init(file: String?) throws {
        environment = ProcessInfo.processInfo.environment
        settings = try UpdateConfiguration(file: file, environment: environment)
        directory = settings.stateDirectory
    }

    func connect() async throws -> BusConnection { try await BusConnection.open(BusAddress(environment: environment)) }

    var downloader: Downloader {
        Downloader(
            settings: TransferSettings(
                bandwidth: settings.bandwidth,
                proxy: settings.proxy,
                certificateAuthority: settings.certificateAuthority,
                userAgent: "homie-update"
            )
        )
    }

    var reports: InstallReports { InstallReports(directory: settings.runtimeDirectory) }

    var supervisor: SupervisorView { SupervisorView(socket: settings.supervisorSocket) }

    /// Fetches the index, verifies it, and remembers what it tells.
    func fetchIndex() async throws -> UpdateIndex {
        guard let url = settings.index else { throw UpdateError.noIndex }
        try directory.prepare()
        let bytes = try await downloader.fetch(url, limit: SignedIndex.sizeLimit)
        let path = directory.index
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw UpdateError.state(path: path, reason: "it cannot be written")
        }
        let index = try await SignedIndex().read(path, keyring: settings.keyring)
        var state = try directory.load()
        let now = Surroundings.now
        if index.sequence >= state.lastSequence ?? 0, now < index.expires {
            state.lastSequence = index.sequence
            for release in index.releases where state.firstSeen[release.version.text] == nil {
                state.firstSeen[release.version.text] = now
            }
            try directory.save(state)
        }
        return index
    }

    func slots(_ rauc: RaucClient) async throws -> SlotPair {
        guard let booted = try await rauc.overview().bootSlot else { throw UpdateError.notBooted }
        let others = try await rauc.slots().filter { $0.bootName != nil && $0.state == .inactive }
        return SlotPair(booted: booted, other: others.first?.bootName)
    }

    /// Everything the planner wants to know.
    func question(_ rauc: RaucClient, isAsked: Bool) async throws -> UpdateQuestion {
        let overview = try await rauc.overview()
        guard let booted = overview.bootSlot else { throw UpdateError.notBooted }
        let state = try directory.load()
        let boot = state.boot(booted: booted, bootID: Surroundings.bootID)
        var isOnTrial = false
        if case .trial = boot { isOnTrial = true }
        var failed = state.failed
        // It has not been written down yet, or could not be.
        if case .fellBack(let pending) = boot { failed.insert(pending.version) }
        var waiting: SystemVersion?
        if boot == .ordinary, let pending = state.pending, pending.isWritten { waiting = pending.version }
        return UpdateQuestion(
            device: UpdateQuestion.Device(
                identity: Surroundings.identity,
                version: try Surroundings.version(in: settings.versionFile),
                compatible: try SystemKind(parsing: overview.compatible),
                channel: settings.channel,
                pending: waiting,
                isOnTrial: isOnTrial,
                freeSpace: Surroundings.freeSpace(at: directory.bundles),
                kept: directory.keptBundles,
                streams: settings.mayStream
            ),
            policy: settings.policy,
            locks: try StateDirectory.locks(in: settings.lockDirectory),
            firstSeen: state.firstSeen,
            failed: failed,
            lastSequence: state.lastSequence,
            isAsked: isAsked,
            now: Surroundings.now,
            offset: Surroundings.offset
        )
    }

    func bundlePath(_ release: UpdateRelease) -> String { "\(directory.bundles)/\(release.version).raucb" }

    /// The address of a bundle, which an index may give relative to itself.
    func address(of release: UpdateRelease) throws -> String { try address(release.bundle.url) }

    func address(_ url: String) throws -> String {
        if url.hasPrefix("http://") || url.hasPrefix("https://") { return url }
        guard let index = settings.index, let slash = index.lastIndex(of: "/") else { throw UpdateError.noIndex }
        return String(index[...slash]) + url
    }

    func download(
        _ release: UpdateRelease,
        report: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws -> DownloadResult {
        directory.removeBundles(except: "\(release.version).raucb")
        return try await downloader.download(
            HomieTransfer.Download(
                url: try address(of: release),
                destination: bundlePath(release),
                size: release.bundle.size,
                sha256: release.bundle.sha256
            ),
            report: report
        )
    }
}
