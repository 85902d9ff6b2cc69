internal import HomieBus
internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

/// The restart into a new system: first what has to be known to judge it, then the restart itself.
struct Restart {
    let session: Session

    /// - Parameter requiresBaseline: fail, instead of keeping an older note, when homied does not answer.
    func restart(_ bus: BusConnection, requiresBaseline: Bool) async throws {
        var state = try session.directory.load()
        if state.pending != nil {
            let version = try Surroundings.version(in: session.settings.versionFile)
            if requiresBaseline {
                state.pending?.baseline = try await session.supervisor.baseline(version: version)
            } else if let baseline = try? await session.supervisor.baseline(version: version) {
                // Else what was noted during the install still stands.
                state.pending?.baseline = baseline
            }
            try session.directory.save(state)
        }
        try await SystemdClient(bus: bus).reboot()
    }
}

/// The services that work, by name.
struct BootBaselineText {
    let names: [String]

    init(version: SystemVersion, services: [ServiceStatus]) {
        names = BootBaseline(version: version, takenAt: Surroundings.now, statuses: services).working.map(\.description)
    }
}
