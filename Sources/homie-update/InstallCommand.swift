internal import ArgumentParser
internal import FoundationEssentials
internal import HomieBundle
internal import HomieBus
internal import HomieCommand
internal import HomieConsole
internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

/// `homie-update install`
struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Installs a version, or a bundle in hand, into the slot that does not run.",
        discussion: """
            Example: homie-update install                        the newest version that is offered
                     homie-update install 1.4.0                  this one
                     homie-update install /media/usb/homie.raucb a file
                     homie-update install https://…/homie.raucb  streamed by RAUC
            """
    )

    @Argument(help: "A version, a file or an address; the newest version when it is left out.")
    var what: String?
    @Flag(help: "As the timer does it: only when its time has come, and quietly when it has not.")
    var automatic = false
    @Flag(help: "Restart the device when it is installed.")
    var reboot = false
    @Flag(help: "Show what would be done, and do nothing.")
    var dryRun = false
    @Flag(help: "Install a version that is not newer, too.")
    var allowDowngrade = false
    @Flag(help: "Do nothing, quietly, when this bundle is not newer or was rolled back here: for a stick that is left in.")
    var unlessFailed = false
    @Flag(help: "Install although services hold update locks.")
    var ignoreLocks = false
    @Flag(help: "Install although updates are on hold.")
    var ignoreHold = false
    @OptionGroup var settings: SettingsOptions
    @OptionGroup var shown: OutputOptions

    struct Answer: Encodable {
        var version: SystemVersion
        var slot: String
        var source: String
        var isInstalled: Bool
    }

    func validate() throws {
        if automatic, what != nil { throw ValidationError("--automatic chooses by itself what to install") }
        if unlessFailed, !isInHand { throw ValidationError("--unless-failed is for a bundle: name a file or an address") }
    }

    func run() async throws {
        let session = try settings.session()
        try session.directory.prepare()
        let bus = try await session.connect()
        let lock = try InstallLock(path: session.directory.lockFile)
        let reporter = Reporter(
            session.reports,
            source: wanted,
            printer: ProgressPrinter(shown),
            errors: shown.console.errors
        )
        let answer: Answer?
        do {
            answer = try await install(session, RaucClient(bus: bus), reporter, lock)
            if answer == nil { reporter.end(.nothing, "there is nothing to install now") }
        } catch let refusal as UpdateRefusal where unlessFailed && refusal.isOldNews {
            reporter.note(refusal.summary)
            return reporter.end(.nothing, refusal.summary)
        } catch {
            reporter.fail(error)
            throw error
        }
        guard let answer else { return }
        reporter.end(answer.isInstalled ? .installed : .nothing, "version \(answer.version) is in slot \(answer.slot)")
        try shown.print(
            answer,
            [
                ("version", answer.version.text), ("source", answer.source), ("slot", answer.slot),
                ("done", answer.isInstalled ? "installed; it starts with 'homie-update reboot'" : "nothing (dry run)"),
            ]
        )
        if reboot, answer.isInstalled {
            withExtendedLifetime(lock) {}
            try await Restart(session: session).restart(bus, requiresBaseline: false)
        }
    }

    /// 'newest' is what the unit that the API starts says for nothing in particular.
    private var wanted: String? { what == "newest" ? nil : what }

    private var isInHand: Bool { wanted.map { $0.contains("/") || $0.hasSuffix(".raucb") } ?? false }

    private func install(
        _ session: Session,
        _ rauc: RaucClient,
        _ reporter: Reporter,
        _ lock: InstallLock
    ) async throws -> Answer? {
        let installer = Installer(session: session, rauc: rauc, shown: shown, reporter: reporter, isDryRun: dryRun)
        var question = try await session.question(rauc, isAsked: !automatic && !unlessFailed)
        if ignoreLocks { question.locks = [] }
        if ignoreHold { question.policy.hold = nil }
        if let wanted, isInHand {
            return try await installer.install(
                bundle: absolute(wanted),
                question: question,
                allowsDowngrade: allowDowngrade,
                lock: lock
            )
        }
        // A device that has no server yet is not in want of one: the timer asks again.
        if automatic, session.settings.index == nil { return nil }
        let version = try wanted.map { try SystemVersion(parsing: $0) }
        return try await installer.installOffered(question, wanted: version, lock: lock)
    }

    private func absolute(_ path: String) -> String {
        if path.hasPrefix("/") || path.hasPrefix("http://") || path.hasPrefix("https://") { return path }
        return FileManager.default.currentDirectoryPath + "/" + path
    }
}

extension UpdateRefusal {
    /// Whether a bundle that lies where it lay before is refused for what is known of it since.
    fileprivate var isOldNews: Bool {
        switch self {
        case .notNewer, .failedBefore: true
        case .expiredIndex, .replayedIndex, .noSpace, .wrongSystem, .tooOld, .unknownVersion, .onTrial, .locked, .held:
            false
        }
    }
}

/// Takes the steps of an install.
struct Installer {
    let session: Session
    let rauc: RaucClient
    let shown: OutputOptions
    let reporter: Reporter
    let isDryRun: Bool

    /// What the index offers, when its time has come.
    func installOffered(
        _ question: UpdateQuestion,
        wanted: SystemVersion?,
        lock: InstallLock
    ) async throws -> Install.Answer? {
        let index = try await session.fetchIndex()
        var question = question
        // The index may just have told of versions for the first time.
        let state = try session.directory.load()
        question.firstSeen = state.firstSeen
        question.lastSequence = state.lastSequence
        let decision = UpdatePlanner.decide(question, index: index, wanted: wanted)
        switch decision {
        case .refuse(let refusal): throw refusal
        case .upToDate, .wait:
            try shown.print(decision.document, decision.lines)
            return nil
        case .install(let release):
            if isDryRun {
                let slot = try await target()
                return Install.Answer(
                    version: release.version,
                    slot: slot,
                    source: try session.address(of: release),
                    isInstalled: false
                )
            }
            reporter.begin(release.version)
            if try await !isHere(release, over: question.device.version) {
                if session.settings.mayStream, let answer = try await stream(release, question, lock) {
                    session.directory.removeBundles(except: nil)
                    return answer
                }
                _ = try await session.download(release) { reporter.report($0) }
            }
            let answer = try await install(
                bundle: session.bundlePath(release),
                question: question,
                allowsDowngrade: false,
                lock: lock
            )
            session.directory.removeBundles(except: nil)
            return answer
        }
    }

    /// Whether the bundle is on the disk, or could be put together there.
    private func isHere(_ release: UpdateRelease, over version: SystemVersion) async throws -> Bool {
        try await session.assembleBundle(
            release,
            over: version,
            rauc,
            note: reporter.note,
            assembling: { reporter.progress(100, "putting the bundle together") },
            report: { reporter.report($0) }
        ) != nil
    }

    /// Has RAUC fetch what the device does not have of the bundle.
    ///
    /// - Returns: nil: that cannot be, and the bundle is to be fetched as a whole.
    private func stream(
        _ release: UpdateRelease,
        _ question: UpdateQuestion,
        _ lock: InstallLock
    ) async throws -> Install.Answer? {
        let address = try session.address(of: release)
        do {
            let found = try await identify(address)
            guard (found.version, found.kind) == (release.version, release.compatible) else {
                let other = "version \(found.version) for '\(found.kind)'"
                reporter.note("at '\(address)' is \(other), which the index does not say")
                return nil
            }
            return try await install(bundle: address, question: question, allowsDowngrade: false, lock: lock)
        } catch let error as any UserFacingError where Self.tellsOfStream(error) {
            reporter.note("it is fetched as a whole, as it cannot be streamed: \(error.summary)")
            return nil
        }
    }

    private static func tellsOfStream(_ error: any UserFacingError) -> Bool {
        switch error as? RaucError {
        case .installFailed, .daemonDied: true
        case nil: error is BusError
        default: false
        }
    }

    /// A bundle in hand: checked as a whole before anything is touched.
    func install(
        bundle: String,
        question: UpdateQuestion,
        allowsDowngrade: Bool,
        lock: InstallLock
    ) async throws -> Install.Answer {
        let found = try await identify(bundle)
        let version = found.version
        let refusal = UpdatePlanner.refusal(
            of: version,
            compatible: found.kind,
            question,
            allowsDowngrade: allowsDowngrade
        )
        if let refusal { throw refusal }
        try await checkSizes(of: bundle)
        let slot = try await target()
        var answer = Install.Answer(version: version, slot: slot, source: bundle, isInstalled: false)
        if isDryRun { return answer }
        var pending = UpdateState.Pending(
            version: version,
            from: question.device.version,
            source: bundle,
            installedAt: Surroundings.now,
            slot: slot,
            bootID: Surroundings.bootID,
            baseline: try? await session.supervisor.baseline(version: question.device.version),
            isWritten: false
        )
        // Before the first byte: whatever happens from here on, the next start knows what to make of it.
        try remember(pending)
        reporter.begin(version)
        do {
            try await write(bundle, found, lock)
            try await check(bundle, found, in: slot)
        } catch {
            try forget(because: error)
            throw error
        }
        pending.isWritten = true
        try remember(pending)
        answer.isInstalled = true
        return answer
    }

    /// Has RAUC install it; a stream that was lost before anything was read is begun again.
    private func write(_ bundle: String, _ found: Identity, _ lock: InstallLock) async throws {
        let options = RaucInstallOptions(requiredManifestHash: found.manifestHash)
        for triesLeft in [2, 1, 0] {
            do {
                try await rauc.install(bundle: bundle, options: options, lock: lock) {
                    reporter.progress($0.percentage, $0.message)
                }
                return
            } catch let error as RaucError where triesLeft > 0 && error.hasLostStream {
                reporter.note("the stream was lost before its first byte, and is begun again")
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// RAUC opens the bundle anew: what lay there by then, signed as well, may be another one that nobody has looked at.
    private func check(_ bundle: String, _ found: Identity, in slot: String) async throws {
        let written = try await rauc.slots().first { $0.bootName == slot }?.bundleVersion
        guard let written, (try? SystemVersion(parsing: written)) != found.version else { return }
        try await rauc.mark(.active, .booted)
        try await rauc.mark(.bad, .other)
        throw RaucError.otherVersion(bundle: bundle, wanted: found.version.text, found: written)
    }

    private struct Identity {
        var version: SystemVersion
        var kind: SystemKind
        var manifestHash: String?
    }

    /// Which bundle it is and what it is for; a signer who is not trusted ends it here.
    private func identify(_ bundle: String) async throws -> Identity {
        guard isHere(bundle) else {
            let information = try await rauc.inspect(bundle: bundle)
            return Identity(
                version: try SystemVersion(parsing: information.version),
                kind: try SystemKind(parsing: information.compatible),
                manifestHash: information.manifestHash
            )
        }
        // RAUC before 1.9 does not say over the bus what is wrong with a bundle; its program does.
        let information = try await BundleReader().inspect(bundle, keyring: session.settings.keyring)
        return Identity(version: information.version, kind: information.compatible)
    }

    private func isHere(_ bundle: String) -> Bool { bundle.hasPrefix("/") }

    /// RAUC writes one slot after the other, and would find out at the second that its image does not fit.
    private func checkSizes(of bundle: String) async throws {
        guard isHere(bundle) else { return }
        let images = try await BundleReader().inspect(bundle).images
        for slot in try await rauc.slots() where slot.state == .inactive {
            guard let image = images.first(where: { $0.slotClass == slot.slotClass }),
                let room = Surroundings.size(ofDevice: slot.device), room < image.size
            else { continue }
            let message = "\(slot.name) has \(room.bytes) bytes, and the image \(image.size.bytes)"
            throw RaucError.installFailed(bundle: bundle, cause: .slotTooSmall, message: message)
        }
    }

    private func target() async throws -> String {
        guard let other = try await session.slots(rauc).other else { throw UpdateError.noOtherSlot }
        return other
    }

    private func remember(_ pending: UpdateState.Pending) throws {
        var state = try session.directory.load()
        state.pending = pending
        try session.directory.save(state)
    }

    private func forget(because error: any Error) throws {
        var state = try session.directory.load()
        let cause = (error as? any UserFacingError)?.summary ?? String(describing: error)
        state.conclude(.failed, at: Surroundings.now, cause: cause)
        try session.directory.save(state)
    }
}
