internal import ArgumentParser
internal import HomieBus
internal import HomieCommand
internal import HomieConsole
internal import HomieModel
internal import HomieUpdate

/// `homie-update rollback`
struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Goes back: the other system starts next, or a pending update is called off.",
        discussion: "Example: homie-update rollback --reboot"
    )

    @Flag(help: "Restart the device at once.") var reboot = false
    @Flag(help: "Show what would be done, and do nothing.") var dryRun = false
    @OptionGroup var settings: SettingsOptions
    @OptionGroup var shown: OutputOptions

    struct Answer: Encodable {
        /// The boot name of the slot that is started next.
        var next: String
        var calledOff: SystemVersion?
        var isDone: Bool
    }

    func run() async throws {
        let session = try settings.session()
        try session.directory.prepare()
        let bus = try await session.connect()
        let rauc = RaucClient(bus: bus)
        let lock = try InstallLock(path: session.directory.lockFile)
        let slots = try await session.slots(rauc)
        var state = try session.directory.load()
        var answer: Answer
        if let pending = state.pending, pending.slot != slots.booted {
            answer = Answer(next: slots.booted, calledOff: pending.version, isDone: false)
            if !dryRun { try await rauc.mark(.active, .booted) }
        } else {
            let other = try await self.other(slots, rauc)
            answer = Answer(next: other.bootName ?? other.name, calledOff: nil, isDone: false)
            if state.pending == nil {
                let version = try Surroundings.version(in: session.settings.versionFile)
                let from = other.bundleVersion.flatMap { try? SystemVersion(parsing: $0) }
                state.leave(version, for: from, slot: slots.booted, at: Surroundings.now)
            }
            if !dryRun { try await rauc.mark(.active, .other) }
        }
        if !dryRun {
            state.conclude(.rolledBack, at: Surroundings.now, cause: "somebody asked for it")
            try session.directory.save(state)
            answer.isDone = true
        }
        try shown.print(
            answer,
            [
                ("next start", "slot \(answer.next)"), ("called off", answer.calledOff.map { "version \($0)" }),
                ("done", answer.isDone ? "yes" : "nothing (dry run)"),
            ]
        )
        withExtendedLifetime(lock) {}
        if reboot, answer.isDone {
            try await Restart(session: session, errors: shown.console.errors).restart(bus, requiresBaseline: false)
        }
    }

    private func other(_ slots: SlotPair, _ rauc: RaucClient) async throws -> RaucSlot {
        guard let name = slots.other, let other = try await rauc.slots().first(where: { $0.bootName == name }) else {
            throw UpdateError.noOtherSlot
        }
        if other.isBootable == false { throw UpdateError.notBootable(slot: name) }
        return other
    }
}

/// `homie-update reboot`
struct Reboot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Restarts the device, after writing down which services work now.",
        discussion: "Example: homie-update reboot"
    )

    @Flag(
        help: "Restart although homied does not tell which services work; then an earlier note counts, or none."
    )
    var withoutBaseline = false
    @Flag(help: "Show what would be done, and do nothing.") var dryRun = false
    @OptionGroup var settings: SettingsOptions
    @OptionGroup var shown: OutputOptions

    struct Answer: Encodable {
        var working: [String]
        var pending: SystemVersion?
        var isDone: Bool
    }

    func run() async throws {
        let session = try settings.session()
        if dryRun {
            let pending = try session.directory.load().pending
            let services = withoutBaseline ? [] : try await session.supervisor.services()
            let version = try Surroundings.version(in: session.settings.versionFile)
            let baseline = BootBaselineText(version: version, services: services)
            return try shown.print(
                Answer(working: baseline.names, pending: pending?.version, isDone: false),
                [
                    ("pending", pending.map { "version \($0.version)" } ?? "nothing"),
                    ("working now", baseline.names.joined(separator: ", ")), ("done", "nothing (dry run)"),
                ]
            )
        }
        // An install that runs would be cut off in the middle.
        try session.directory.prepare()
        let lock = try InstallLock(path: session.directory.lockFile)
        let restart = Restart(session: session, errors: shown.console.errors)
        try await restart.restart(try await session.connect(), requiresBaseline: !withoutBaseline)
        withExtendedLifetime(lock) {}
    }
}
