internal import HomieBundle
internal import HomieBus
internal import HomieCommand
internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

/// Takes the steps of an install.
struct Installer {
    let session: Session
    let rauc: RaucClient
    let shown: OutputOptions
    let reporter: Reporter
    let isDryRun: Bool
    /// The device may be restarted into it when its time comes, without being asked for.
    let restartsByItself: Bool
    let look: () async throws -> UpdateQuestion

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
            let shortage = UpdatePlanner.shortage(for: release, question)
            var isHere = false
            if shortage == nil { isHere = try await self.isHere(release, over: question.device.version) }
            if !isHere {
                if session.settings.mayStream {
                    guard let question = try await stillDue(release) else { return nil }
                    if let answer = try await stream(release, question, lock) {
                        session.directory.removeBundles(except: nil)
                        return answer
                    }
                }
                if let shortage { throw shortage }
                _ = try await session.download(release) { [reporter] in reporter.report($0) }
            }
            guard let question = try await stillDue(release) else { return nil }
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

    /// What is known right before anything is written: fetching may have taken hours.
    ///
    /// - Returns: nil: its time has passed, and comes again.
    private func stillDue(_ release: UpdateRelease) async throws -> UpdateQuestion? {
        let question = try await look()
        if question.isAsked { return question }
        let reasons = UpdatePlanner.reasonsToWait(question, for: release)
        if reasons.isEmpty { return question }
        let decision = UpdateDecision.wait(release, reasons)
        try shown.print(decision.document, decision.lines)
        return nil
    }

    /// Whether the bundle is on the disk, or could be put together there.
    private func isHere(_ release: UpdateRelease, over version: SystemVersion) async throws -> Bool {
        try await session.assembleBundle(
            release,
            over: version,
            rauc,
            note: reporter.note,
            assembling: { reporter.progress(100, "putting the bundle together") },
            report: { [reporter] in reporter.report($0) }
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
        let last = try session.directory.load().pending?.baseline
        let noted = try await session.baseline(version: question.device.version, last: last)
        if let doubt = noted.doubt { reporter.note(doubt) }
        answer.doubt = noted.doubt
        var pending = UpdateState.Pending(
            version: version,
            from: question.device.version,
            source: bundle,
            installedAt: Surroundings.now,
            slot: slot,
            bootID: Surroundings.bootID,
            baseline: noted.baseline,
            isWritten: false,
            restartsByItself: restartsByItself
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
                try await rauc.install(bundle: bundle, options: options, lock: lock) { [reporter] in
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
        guard let written = try await rauc.slots().first(where: { $0.bootName == slot }),
            var version = written.bundleVersion
        else { return }
        let isSameVersion = (try? SystemVersion(parsing: version)) == found.version
        // Either may be unknown to an older RAUC.
        let isSameBuild =
            [written.bundleHash, found.manifestHash].contains(nil) || written.bundleHash == found.manifestHash
        if isSameVersion, isSameBuild { return }
        if isSameVersion { version += " of another build" }
        try await rauc.mark(.active, .booted)
        try await rauc.mark(.bad, .other)
        throw RaucError.otherVersion(bundle: bundle, wanted: found.version.text, found: version)
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
