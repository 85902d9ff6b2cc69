internal import HomieBus
internal import HomieConsole
internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

/// The restart into a new system: first what has to be known to judge it, then the restart itself.
struct Restart {
    let session: Session
    let errors: ConsoleStream

    /// - Parameter requiresBaseline: fail, instead of keeping an older note, when homied does not answer.
    func restart(_ bus: BusConnection, requiresBaseline: Bool) async throws {
        var state = try session.directory.load()
        if let pending = state.pending, await !isTrial(state, bus) {
            let version = try Surroundings.version(in: session.settings.versionFile)
            if requiresBaseline {
                state.pending?.baseline = try await session.supervisor.baseline(version: version)
            } else {
                let noted = try await session.baseline(version: version, last: pending.baseline)
                state.pending?.baseline = noted.baseline
                // The restart matters more than what is told of it.
                if let doubt = noted.doubt { try? errors.print(SafeText.line(doubt)) }
            }
            try session.directory.save(state)
        }
        try await SystemdClient(bus: bus).reboot()
    }

    /// What works in a system on trial is no measure for it: what it broke would not count any more.
    private func isTrial(_ state: UpdateState, _ bus: BusConnection) async -> Bool {
        // Without RAUC the device still has to be restarted.
        let told = try? await RaucClient(bus: bus).overview().bootSlot
        guard let booted = told ?? Surroundings.bootSlot else { return false }
        if case .trial = state.boot(booted: booted, bootID: Surroundings.bootID) { return true }
        return false
    }
}

/// The services that work, by name.
struct BootBaselineText {
    let names: [String]

    init(version: SystemVersion, services: [ServiceStatus]) {
        names = BootBaseline(version: version, takenAt: Surroundings.now, statuses: services).working.map(\.description)
    }
}
