internal import ArgumentParser
internal import HomieBus
internal import HomieCommand
internal import HomieConsole
internal import HomieModel
internal import HomiePlanning
internal import HomieTransfer
internal import HomieUpdate

/// `homie-update check`
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetches the index and says what would be done.",
        discussion: "Example: homie-update check --json"
    )

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var shown: OutputOptions

    func run() async throws {
        let session = try settings.session()
        let index = try await session.fetchIndex()
        let rauc = RaucClient(bus: try await session.connect())
        let question = try await session.question(rauc, isAsked: false)
        let decision = UpdatePlanner.decide(question, index: index)
        if case .refuse(let refusal) = decision, !shown.isJSON { throw refusal }
        try shown.print(decision.document, decision.lines)
    }
}

/// `homie-update download`
struct Download: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetches a version without installing it; goes on where an earlier try stopped.",
        discussion: "Example: homie-update download 1.4.0"
    )

    @Argument(help: "The version; the newest when it is left out.") var version: SystemVersion?
    @OptionGroup var settings: SettingsOptions
    @OptionGroup var shown: OutputOptions

    struct Answer: Encodable {
        var version: SystemVersion
        var path: String
        var transferred: ByteCount
    }

    func run() async throws {
        let session = try settings.session()
        let index = try await session.fetchIndex()
        let rauc = RaucClient(bus: try await session.connect())
        let question = try await session.question(rauc, isAsked: true)
        let decision = UpdatePlanner.decide(question, index: index, wanted: version)
        switch decision {
        case .install(let release), .wait(let release, _):
            if let shortage = UpdatePlanner.shortage(for: release, question) { throw shortage }
            let lock = try InstallLock(path: session.directory.lockFile)
            let printer = ProgressPrinter(shown)
            let errors = shown.console.errors
            let transferred = try await session.obtain(
                release,
                over: question.device.version,
                rauc,
                // The download matters more than what is told of it.
                note: { try? errors.print(SafeText.line($0)) },
                assembling: { printer.report(100, "putting the bundle together") },
                report: { printer.report($0) }
            )
            let path = session.bundlePath(release)
            withExtendedLifetime(lock) {}
            try shown.print(
                Answer(version: release.version, path: path, transferred: transferred),
                [("version", release.version.text), ("bundle", path), ("fetched", "\(transferred.bytes) bytes")]
            )
        case .refuse(let refusal): throw refusal
        case .upToDate: try shown.print(decision.document, decision.lines)
        }
    }
}

extension ProgressPrinter {
    func report(_ progress: DownloadProgress) {
        guard let total = progress.total?.bytes, total > 0 else { return }
        report(Int(progress.received.bytes * 100 / total), "fetched")
    }
}

extension Reporter {
    func report(_ progress: DownloadProgress) {
        guard let total = progress.total?.bytes, total > 0 else { return }
        self.progress(Int(progress.received.bytes * 100 / total), "fetched")
    }
}

/// `homie-update status`
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows both systems, what is pending, and how earlier updates ended.",
        discussion: "Example: homie-update status --json"
    )

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var shown: OutputOptions

    struct Answer: Encodable {
        var version: SystemVersion?
        var compatible: String
        var booted: String?
        var isInstalling: Bool
        var isOnTrial: Bool
        var lastError: String?
        var next: String?
        var slots: [RaucSlot]
        var pending: UpdateState.Pending?
        var install: InstallReport?
        var locks: [UpdateLock]
        var history: [UpdateRecord]
    }

    func run() async throws {
        let session = try settings.session()
        let rauc = RaucClient(bus: try await session.connect())
        let overview = try await rauc.overview()
        let state = try session.directory.load()
        let isInstalling = InstallLock.isHeld(path: session.directory.lockFile) || overview.operation == "installing"
        // RAUC answers nothing else while it installs.
        let slots = isInstalling ? [] : try await rauc.slots()
        let next = isInstalling ? nil : try await rauc.primary()
        var isOnTrial = false
        if let booted = overview.bootSlot, case .trial = state.boot(booted: booted, bootID: Surroundings.bootID) {
            isOnTrial = true
        }
        let answer = Answer(
            version: try? Surroundings.version(in: session.settings.versionFile),
            compatible: overview.compatible,
            booted: overview.bootSlot,
            isInstalling: isInstalling,
            isOnTrial: isOnTrial,
            lastError: overview.lastError.isEmpty ? nil : overview.lastError,
            next: next,
            slots: slots,
            pending: state.pending,
            install: session.reports.last,
            locks: try StateDirectory.locks(in: session.settings.lockDirectory),
            history: state.history
        )
        try shown.print(answer, answer.lines)
    }
}

extension Status.Answer {
    fileprivate var lines: [(String, String?)] {
        var lines: [(String, String?)] = [
            ("version", version?.text), ("compatible", compatible),
            ("running", booted.map { "slot \($0)\(isOnTrial ? ", on trial" : "")" }), ("next start", next),
            ("installing", isInstalling ? install.map { "\($0.percentage) % \($0.message)" } ?? "yes" : nil),
            ("last error", lastError),
            (
                "pending",
                pending.map { "version \($0.version) in slot \($0.slot)\($0.isWritten ? "" : ", not complete")" }
            ),
            (
                "judged by",
                pending.flatMap { $0.baseline == nil ? "homied alone: which services work was not known" : nil }
            ),
        ]
        for slot in slots where slot.bootName != nil {
            let facts = [
                slot.state?.rawValue, slot.isBootable.map { $0 ? "good" : "bad" },
                slot.bundleVersion.map { "version \($0)" },
                slot.installStatus.flatMap { $0 == "ok" ? nil : "install \($0)" },
            ]
            lines.append(("slot \(slot.bootName ?? slot.name)", facts.compactMap { $0 }.joined(separator: ", ")))
        }
        lines += locks.map { ("lock", $0.holder + ($0.reason.map { ": \($0)" } ?? "")) }
        lines += history.suffix(5).map { record in
            let cause = record.cause.map { ": \($0)" } ?? ""
            return ("history", "\(record.at.rfc3339) \(record.version) \(record.outcome.rawValue)\(cause)")
        }
        return lines
    }
}
