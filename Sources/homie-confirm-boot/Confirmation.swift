internal import HomieBus
internal import HomieCommand
internal import HomieConsole
internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

/// Looks, asks the judge, and carries the verdict out.
struct Confirmation {
    let settings: UpdateConfiguration
    let bus: BusConnection
    let console: Console
    let interval: Duration
    let isDryRun: Bool

    private var rauc: RaucClient { RaucClient(bus: bus) }

    func run() async throws {
        guard let booted = try await rauc.overview().bootSlot else { throw UpdateError.notBooted }
        try settings.stateDirectory.prepare()
        var state = try settings.stateDirectory.load()
        var baseline: BootBaseline?
        var isTrial = false
        switch state.boot(booted: booted, bootID: Surroundings.bootID) {
        case .ordinary: break
        case .trial(let pending):
            isTrial = true
            baseline = pending.baseline
            try say("version \(pending.version) runs in slot \(booted) for the first time")
        case .fellBack(let pending):
            try say("version \(pending.version) did not start; slot \(booted) runs again")
            state.conclude(
                .rolledBack,
                at: Surroundings.now,
                cause: "version \(pending.version) did not come up, and the boot loader went back after its tries",
                detail: await JournalExcerpt.ofLastBoot(otherThan: pending.bootID)
            )
            try save(state)
        case .interrupted(let pending):
            try say("the install of version \(pending.version) was interrupted")
            state.conclude(.failed, at: Surroundings.now, cause: "the device was restarted during the install")
            try save(state)
        }
        switch try await verdict(baseline) {
        case .success: try await confirm(state, isTrial: isTrial)
        case .failure(let failure) where isTrial: try await goBack(state, because: failure.failure)
        case .failure(let failure):
            try say("not confirmed: \(failure.failure.summary)")
            throw Ending(.unhealthy)
        }
    }

    private struct Rejection: Error {
        let failure: BootFailure
    }

    /// Waits for the judge.
    private func verdict(_ baseline: BootBaseline?) async throws -> Result<Void, Rejection> {
        let supervisor = SupervisorView(socket: settings.supervisorSocket)
        var judge = BootJudge(baseline: baseline, limits: settings.boot)
        var told: BootVerdict?
        while true {
            let evidence: BootEvidence
            do {
                let statuses = try await supervisor.services()
                evidence = BootEvidence(
                    supervisor: .up,
                    statuses: statuses,
                    restarts: await SupervisorUnit.restarts(),
                    uptime: Surroundings.uptime
                )
            } catch UpdateError.supervisorSilent(let reason) {
                let state = BootEvidence.Supervisor.down("does not answer (\(reason))")
                evidence = BootEvidence(supervisor: state, services: [:], uptime: Surroundings.uptime)
            }
            let verdict = judge.judge(evidence)
            switch verdict {
            case .good: return .success(())
            case .bad(let failure): return .failure(Rejection(failure: failure))
            case .wait(let reason):
                if verdict != told { try say(reason.text) }
                told = verdict
                try await Task.sleep(for: interval)
            }
        }
    }

    private func confirm(_ state: UpdateState, isTrial: Bool) async throws {
        if isDryRun { return try say("good (dry run: nothing is marked)") }
        try await mark(.good)
        if isTrial {
            var state = state
            state.conclude(.confirmed, at: Surroundings.now)
            try save(state)
        }
        try say("good: the slot is confirmed")
    }

    private func goBack(_ state: UpdateState, because failure: BootFailure) async throws {
        try say("bad: \(failure.summary)")
        if isDryRun { throw Ending(.unhealthy) }
        let detail = await JournalExcerpt.ofThisBoot()
        // Without a system to go back to, a bad one is better than none.
        let other = try? await rauc.slots().first { $0.bootName != nil && $0.state == .inactive }
        guard let other, other.isBootable == true else {
            var state = state
            state.conclude(
                .confirmed,
                at: Surroundings.now,
                cause: "kept, as there is no other system to go back to: \(failure.summary)",
                detail: detail
            )
            try save(state)
            try await mark(.good)
            throw Ending(.unhealthy)
        }
        var state = state
        state.conclude(.rolledBack, at: Surroundings.now, cause: failure.summary, detail: detail)
        // A full disk must not keep a bad system running: the boot loader counts, and the cause is in the journal.
        do { try save(state) } catch { try say("the cause could not be recorded: \(error)") }
        do { try await mark(.bad) } catch { try say("the slot could not be marked bad: \(error)") }
        try await SystemdClient(bus: bus).reboot()
        throw Ending(.unhealthy)
    }

    /// RAUC answers nothing else while it installs.
    private func mark(_ mark: RaucMark) async throws {
        for attempt in 1... {
            do {
                try await rauc.mark(mark, .booted)
                return
            } catch RaucError.busy where attempt < 600 {
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func save(_ state: UpdateState) throws {
        if !isDryRun { try settings.stateDirectory.save(state) }
    }

    private func say(_ line: String) throws { try console.errors.print(SafeText.line(line)) }
}

extension BootVerdict.Reason {
    fileprivate var text: String {
        switch self {
        case .stability(let until): "everything works, and has to until \(Int64(until.seconds)) s after the start"
        case .services(let troubles): "waiting: " + troubles.map(\.description).joined(separator: "; ")
        }
    }
}
