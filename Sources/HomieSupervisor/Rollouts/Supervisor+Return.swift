import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// A deployment whose rollout failed is taken back, unless it says otherwise.
    func returnIfFailed(_ name: StackName) {
        guard let state = stacks[name], !state.isReturning, !state.record.isLeaving else { return }
        let failed = state.rollouts.values.filter { record in
            record.state == .failed && !record.isRollback && record.settings.onFailure == .rollback
                && record.fromRevision != nil && record.toRevision == state.revision.number
        }
        guard let record = failed.min(by: { $0.service < $1.service }) else { return }
        stacks[name]?.isReturning = true
        Task { await self.goBack(record, generation: state.generation) }
    }

    private func goBack(_ record: RolloutRecord, generation: Int) async {
        let name = record.stack
        let evidence = await lastWords(of: record)
        guard stacks[name]?.generation == generation else { return }
        let cause = "service '\(record.service)': \(record.cause ?? "its rollout failed")"
        let target = await returnTarget(of: record)
        guard stacks[name]?.generation == generation else { return }
        self.record(
            .error,
            "rollout.returning",
            "'\(name)' goes back to revision \(target): \(cause)",
            stack: name,
            service: record.service,
            cause: stacks[name]?.causes[Instance(record.service, 1)] ?? stacks[name]?.deploymentEvent,
            detail: evidence
        )
        do {
            _ = try await mutations.run {
                guard self.generation(of: name) == generation else { return }
                _ = try await self.rollbackNow(name, target, cause: cause)
            }
        } catch {
            logger.error(
                "a stack cannot be taken back",
                metadata: ["stack": "\(name)", "error": "\(Self.sentence(error))"]
            )
            if (error as? any UserFacingError)?.kind == .notFound { giveUpReturn(of: record) }
            try? await Task.sleep(for: .seconds(5))
            if stacks[name]?.generation == generation { stacks[name]?.isReturning = false }
            markDirty(name)
        }
    }

    /// The revision to go back to. While none has proved good, the newest that was deployed well is the best there is; the
    /// one that a container was made for may be older, where other services changed since.
    private func returnTarget(of record: RolloutRecord) async -> Int {
        let known = record.fromRevision ?? 0
        guard let state = stacks[record.stack], state.record.lastGoodRevision == nil else { return known }
        do {
            try await commit([])
            let revisions = try await store.revisions(of: record.stack)
            return try await lastGood(before: state, among: revisions).number
        } catch {
            logger.info(
                "no revision that was deployed well is known",
                metadata: ["stack": "\(record.stack)", "error": "\(Self.sentence(error))"]
            )
            return known
        }
    }

    /// What it would go back to is not known any more.
    private func giveUpReturn(of record: RolloutRecord) {
        guard var present = stacks[record.stack]?.rollouts[record.service], present.digest == record.digest else {
            return
        }
        present.fromRevision = nil
        stacks[record.stack]?.rollouts[record.service] = present
        later([.putRollout(present)])
    }

    private func generation(of name: StackName) -> Int? { stacks[name]?.generation }

    /// The end of the log of the version that failed.
    private func lastWords(of record: RolloutRecord) async -> String? {
        let containers = mirror.containers(of: record.stack).filter {
            $0.service == record.service && $0.specDigest == record.digest
        }
        guard let newest = containers.max(by: { $0.createdAt < $1.createdAt }) else { return nil }
        do {
            var lines: [String] = []
            for try await line in try await engine.logs(newest.id, options: LogOptions(tail: 20)) {
                lines.append(line.text)
            }
            return lines.isEmpty ? nil : lines.suffix(20).joined(separator: "\n")
        } catch {
            return nil
        }
    }

    /// A new deployment is another try: what failed before stands in its way no more.
    func giveUpFailedRollouts(_ state: inout StackState) {
        for (service, record) in state.rollouts where record.state == .failed {
            // The way back needs to know which containers never served.
            guard state.wanted.services[service]?.specDigest == record.digest,
                record.toRevision == state.revision.number
            else { continue }
            var given = record
            given.state = .superseded
            state.rollouts[service] = given
            later([.putRollout(given)])
        }
    }

    /// Events for what became of a rollout.
    func tell(from old: RolloutRecord, to new: RolloutRecord, _ cause: Int64?) {
        func say(_ severity: EventRecord.Severity, _ kind: String, _ words: String, detail: String? = nil) {
            let before = stacks[new.stack]?.causes[Instance(new.service, 1)] ?? cause
            record(
                severity,
                kind,
                words,
                stack: new.stack,
                service: new.service,
                cause: before,
                detail: detail
            )
        }
        let service = "'\(new.service)'"
        if new.figures.count > old.figures.count, let figures = new.figures.last {
            let isBad = new.state == .failed || new.isPaused
            say(
                isBad ? .warning : .info,
                "rollout.judged",
                "the canary of \(service) at \(figures.share) % is \(isBad ? "bad" : "good"): \(figures.verdict)"
            )
        }
        if old.stepStartedAt == nil, new.stepStartedAt != nil, let share = new.settings.canary.steps.first {
            say(.info, "rollout.step", "\(share) % of the requests go to the new version of \(service)")
        } else if new.step > old.step, !new.isPromoted, new.step < new.settings.canary.steps.count {
            let share = new.settings.canary.steps[new.step]
            say(.info, "rollout.step", "\(share) % of the requests go to the new version of \(service)")
        }
        if new.isPromoted, !old.isPromoted { say(.info, "rollout.promoted", "the canary of \(service) is promoted") }
        if new.switchedAt != nil, old.switchedAt == nil {
            say(
                .info,
                "rollout.switched",
                "all requests go to the \(new.isRollback ? "former" : "new") version of \(service)"
            )
        }
        if new.isPaused, !old.isPaused {
            say(.warning, "rollout.paused", "the update of \(service) is paused: \(new.pauseReason ?? "by hand")")
        }
        guard new.state != old.state else { return }
        switch new.state {
        case .held, .progressing, .monitoring, .superseded: break
        case .succeeded: say(.info, "rollout.succeeded", "\(service) is updated")
        case .failed:
            say(.error, "rollout.failed", "the update of \(service) failed: \(new.cause ?? "")")
        }
    }
}
