internal import HomieBus
internal import HomieCommand
internal import HomieConsole
internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

/// Looks, asks the judge, and carries the verdict out.
///
/// Only a system on trial may fail at being judged: its error ends the program, systemd starts it anew and at last the device, and
/// the boot loader counts. On any other start every obstacle is said, the program ends with ``ErrorKind/unhealthy``, and nothing is
/// restarted.
struct Confirmation {
    let settings: UpdateConfiguration
    let bus: BusAddress
    let console: Console
    let interval: Duration
    let isDryRun: Bool

    func run() async throws {
        let state = remembered()
        var trial: UpdateState.Pending?
        let booted = try await bootedSlot(state)
        if let booted, state.pending == nil, state.hasGivenUp(slot: booted, since: Surroundings.start) {
            // The restart did not come about: what was judged bad must not pass for a start like any other.
            return try await restart(because: "this system was given up")
        }
        switch booted.map({ state.boot(booted: $0, bootID: Surroundings.bootID) }) ?? .ordinary {
        case .ordinary: break
        case .trial(let pending):
            trial = pending
            say("version \(pending.version) runs for the first time")
            if pending.baseline == nil { say(Self.nothingNoted) }
        case .fellBack(let pending):
            say("version \(pending.version) did not start; the system from before runs again")
            conclude(
                pending,
                .rolledBack,
                cause: "version \(pending.version) did not come up, and the boot loader went back after its tries",
                detail: await JournalExcerpt.ofLastBoot(otherThan: pending.bootID)
            )
        case .interrupted(let pending):
            say("the install of version \(pending.version) was interrupted")
            conclude(pending, .failed, cause: "the device was restarted during the install")
        }
        switch (try await verdict(trial?.baseline), trial) {
        case (.success, let trial): try await confirm(trial)
        case (.failure(let rejection), let trial?): try await goBack(from: trial, because: rejection.failure)
        case (.failure(let rejection), nil):
            say("not confirmed: \(rejection.failure.summary)")
            throw Ending(.unhealthy)
        }
    }

    /// What is known of before; nothing where that cannot be read, and then this is a start like any other.
    private func remembered() -> UpdateState {
        do {
            try settings.stateDirectory.prepare()
            return try settings.stateDirectory.load()
        } catch {
            say("what happened before is not known: \(error.summary)")
            return UpdateState()
        }
    }

    /// Nil where nobody knows, and nothing depends on it.
    private func bootedSlot(_ state: UpdateState) async throws -> String? {
        do {
            if let slot = try await rauc().overview().bootSlot { return slot }
        } catch let error as any UserFacingError {
            say("RAUC does not tell which slot runs: \(error.summary)")
        }
        if let slot = Surroundings.bootSlot { return slot }
        // It may be a trial, and a system that cannot be judged is a bad one.
        guard state.pending == nil else { throw UpdateError.notBooted }
        return nil
    }

    private func rauc() async throws -> RaucClient { RaucClient(bus: try await BusConnection.open(bus)) }

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
            } catch let error as any UserFacingError {
                var reason = error.summary
                if case UpdateError.supervisorSilent(let said) = error { reason = said }
                let state = BootEvidence.Supervisor.down("does not answer (\(reason))")
                evidence = BootEvidence(supervisor: state, services: [:], uptime: Surroundings.uptime)
            }
            let verdict = judge.judge(evidence)
            switch verdict {
            case .good: return .success(())
            case .bad(let failure): return .failure(Rejection(failure: failure))
            case .wait(let reason):
                if verdict != told { say(reason.text) }
                told = verdict
                try await Task.sleep(for: interval)
            }
        }
    }

    /// Said where a person looks who finds a service broken after all.
    private static let nothingNoted = "homied alone is judged, as it was not known which services worked before"

    private func confirm(_ trial: UpdateState.Pending?) async throws {
        if isDryRun { return say("good (dry run: nothing is marked)") }
        do {
            try await mark(.good)
        } catch let error as any UserFacingError where trial == nil {
            say("good, and the boot loader could not be told: \(error.summary)")
            throw Ending(.unhealthy)
        }
        if let trial { conclude(trial, .confirmed, cause: trial.baseline == nil ? Self.nothingNoted : nil) }
        say("good: the slot is confirmed")
    }

    private func goBack(from trial: UpdateState.Pending, because failure: BootFailure) async throws {
        say("bad: \(failure.summary)")
        if isDryRun { throw Ending(.unhealthy) }
        let detail = await JournalExcerpt.ofThisBoot()
        switch await wayBack() {
        case .open: break
        case .none:
            // Without a system to go back to, a bad one is better than none.
            do {
                try await mark(.good)
            } catch {
                // RAUC takes counters that it cannot read for a bad slot.
                return try await restart(because: "the boot loader's counters cannot be reached")
            }
            conclude(
                trial,
                .confirmed,
                cause: "kept, as there is no other system to go back to: \(failure.summary)",
                detail: detail
            )
            throw Ending(.unhealthy)
        case .unknown(let reason):
            return try await restart(because: "whether there is another system is not known (\(reason))")
        }
        // Marked first: written down without being marked, the bad system would start once more as one like any other, and be confirmed.
        do { try await mark(.bad) } catch { return try await restart(because: "the slot cannot be marked bad") }
        conclude(trial, .rolledBack, cause: failure.summary, detail: detail)
        try await SystemdClient(bus: try await BusConnection.open(bus)).reboot()
        throw Ending(.unhealthy)
    }

    private enum WayBack {
        case open, none
        case unknown(String)
    }

    private func wayBack() async -> WayBack {
        do {
            let slots = try await patiently("look for the other slot") { try await rauc().slots() }
            guard let other = slots.first(where: { $0.bootName != nil && $0.state == .inactive }) else { return .none }
            return other.isBootable.map { $0 ? .open : .none } ?? .unknown("its state is not known")
        } catch {
            return .unknown((error as? any UserFacingError)?.summary ?? "\(error)")
        }
    }

    /// The trial stays one: the boot loader counts, and goes back after its tries; what starts then tells of it.
    private func restart(because obstacle: String) async throws {
        say("\(obstacle): the device is restarted, and the boot loader counts")
        if isDryRun { throw Ending(.unhealthy) }
        try await SystemdClient(bus: try await BusConnection.open(bus)).reboot()
        throw Ending(.unhealthy)
    }

    private func mark(_ mark: RaucMark) async throws {
        _ = try await patiently("mark the slot \(mark.rawValue)") { try await rauc().mark(mark, .booted) }
    }

    /// RAUC answers nothing else while it installs; and what else goes wrong may be over the next time.
    private func patiently<Answer>(_ deed: String, _ body: () async throws -> Answer) async throws -> Answer {
        var triesLeft = 4
        var waits = 600
        while true {
            do {
                return try await body()
            } catch RaucError.busy where waits > 0 {
                waits -= 1
                try await Task.sleep(for: .seconds(1))
            } catch let error as any UserFacingError where triesLeft > 0 {
                triesLeft -= 1
                say("tried to \(deed): \(error.summary)")
                try await Task.sleep(for: interval)
            }
        }
    }

    /// Writes down how the install ended. The verdict stands without it: a full disk must neither condemn a good system nor keep a bad
    /// one running. The judgement took minutes: what others wrote meanwhile stays, and an install that has begun since is not this one.
    private func conclude(
        _ pending: UpdateState.Pending,
        _ outcome: UpdateRecord.Outcome,
        cause: String? = nil,
        detail: String? = nil
    ) {
        if isDryRun { return }
        do {
            var state = try settings.stateDirectory.load()
            guard state.pending?.isSameInstall(as: pending) == true else {
                return say("what became of version \(pending.version) has been written down by somebody else")
            }
            state.conclude(outcome, at: Surroundings.now, cause: cause, detail: detail)
            try settings.stateDirectory.save(state)
        } catch {
            say("what became of version \(pending.version) could not be written down: \(error.summary)")
        }
    }

    private func say(_ line: String) {
        // The verdict matters more than what is told of it.
        try? console.errors.print(SafeText.line(line))
    }
}

extension BootVerdict.Reason {
    fileprivate var text: String {
        switch self {
        case .stability(let until): "everything works, and has to until \(Int64(until.seconds)) s after the start"
        case .services(let troubles): "waiting: " + troubles.map(\.description).joined(separator: "; ")
        }
    }
}
