internal import ArgumentParser
internal import FoundationEssentials
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
    @Flag(
        help: "Do nothing, quietly, when this bundle is not newer or was rolled back here: for a stick that is left in."
    )
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
        /// What the judgement of the new system will lack.
        var doubt: String?
    }

    func validate() throws {
        if automatic, what != nil { throw ValidationError("--automatic chooses by itself what to install") }
        if unlessFailed, !isInHand {
            throw ValidationError("--unless-failed is for a bundle: name a file or an address")
        }
    }

    func run() async throws {
        let session = try settings.session()
        try session.directory.prepare()
        let bus = try await session.connect()
        let lock = try InstallLock(path: session.directory.lockFile)
        if try await restartsNow(session, bus) {
            return try await restart(session, bus)
        }
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
        let doubt = answer.doubt.map { "; \($0)" } ?? ""
        let message = "version \(answer.version) is in slot \(answer.slot)\(doubt)"
        reporter.end(answer.isInstalled ? .installed : .nothing, message)
        try shown.print(
            answer,
            [
                ("version", answer.version.text), ("source", answer.source), ("slot", answer.slot),
                ("done", answer.isInstalled ? "installed; it starts with 'homie-update reboot'" : "nothing (dry run)"),
            ]
        )
        if reboot, answer.isInstalled {
            withExtendedLifetime(lock) {}
            if automatic {
                // Fetching and writing may have taken hours; the timer asks again.
                let reasons = UpdatePlanner.reasonsToStay(try await look(RaucClient(bus: bus)))
                guard reasons.isEmpty else { return reasons.forEach { reporter.note("not restarted now: \($0.text)") } }
            }
            try await restart(session, bus)
        }
    }

    private func restart(_ session: Session, _ bus: BusConnection) async throws {
        try await Restart(session: session, errors: shown.console.errors).restart(bus, requiresBaseline: false)
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
        let installer = Installer(
            session: session,
            rauc: rauc,
            shown: shown,
            reporter: reporter,
            isDryRun: dryRun,
            restartsByItself: automatic && reboot,
            look: { try await look(rauc) }
        )
        let question = try await look(rauc)
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

    /// Settings, locks and hold as they are now.
    private func look(_ rauc: RaucClient) async throws -> UpdateQuestion {
        var question = try await settings.session().question(rauc, isAsked: !automatic && !unlessFailed)
        if ignoreLocks { question.locks = [] }
        if ignoreHold { question.policy.hold = nil }
        return question
    }

    /// Whether an earlier run has installed what it was not to restart into then, and this one may.
    private func restartsNow(_ session: Session, _ bus: BusConnection) async throws -> Bool {
        guard automatic, reboot, !dryRun, try session.directory.load().pending?.restartsByItself == true else {
            return false
        }
        let question = try await look(RaucClient(bus: bus))
        return question.device.pending != nil && UpdatePlanner.reasonsToStay(question).isEmpty
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
