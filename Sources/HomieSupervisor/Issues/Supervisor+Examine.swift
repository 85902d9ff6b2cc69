import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Examines the device for ever.
    func examineNowAndThen() async {
        // The first look need not compete with a start-up.
        do { try await Task.sleep(for: .seconds(3)) } catch { return }
        while !Task.isCancelled {
            await examine(isThorough: false)
            await review()
            await guardDisk()
            do { try await Task.sleep(for: settings.examination.duration) } catch { return }
        }
    }

    /// Looks at the system layer and asks the engine a simple question.
    ///
    /// - Parameter isThorough: false: the engine, whom the question costs much, is left alone for five minutes after it
    ///   answered; its event stream tells at once when it goes away.
    func examine(isThorough: Bool = true) async {
        let start = clocks.uptime()
        if isThorough || start.nanoseconds >= clinic.engineAskedAt.nanoseconds + 300_000_000_000 || clinic.engine == nil
        {
            await askEngine(start)
        }
        await askUsage(start)
        guard let system else { return }
        clinic.system = await system.reading(engineData: clinic.engine?.dataDirectory)
        clinic.sampleDisks(at: clocks.wall())
    }

    private func askEngine(_ start: TimeSpan) async {
        clinic.engineAskedAt = start
        do {
            clinic.engine = try await engine.information()
            clinic.engineFailure = nil
            clinic.engineLatency = TimeSpan(nanoseconds: clocks.uptime().nanoseconds - start.nanoseconds)
        } catch {
            clinic.engineFailure = Self.sentence(error)
            // Asked again with the next look.
            clinic.engine = nil
        }
    }

    /// Has the open issues judged anew soon; many changes make one review.
    func reviewSoon(_ names: Set<StackName>) {
        guard !names.isEmpty, !clinic.isReviewDue else { return }
        clinic.isReviewDue = true
        Task {
            try? await Task.sleep(for: .seconds(1))
            self.clinic.isReviewDue = false
            await self.review()
        }
    }

    /// Opens and closes issues, and tells of both.
    func review() async {
        guard isLoaded, isSynced || engineFailure != nil else { return }
        let found = IssuePlanner.issues(await checkup(), known: clinic.issues)
        let before = clinic.issues
        clinic.issues = Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
        var changes: [StateChange] = []
        for issue in found where before[issue.id]?.severity != issue.severity {
            var kept = issue
            kept.excerpt = []
            changes.append(.putIssue(kept))
            // Jobs that make room are started by it.
            if issue.check == "disk-space", before[issue.id] == nil { record(.warning, "disk.filling", issue.summary) }
            guard issue.isTold else { continue }
            record(
                .error,
                "issue.opened",
                issue.summary,
                stack: issue.stack,
                service: issue.service,
                detail: issue.remedy.map { "\($0.text): \($0.command)" }
            )
        }
        for (id, issue) in before.sorted(by: { $0.key < $1.key }) {
            let isClosed = clinic.issues[id] == nil
            if isClosed { changes.append(.closeIssue(id: id, at: clocks.wall())) }
            if issue.check == "disk-space", isClosed { record(.info, "disk.roomy", "over: \(issue.summary)") }
            guard issue.isTold, clinic.issues[id]?.isTold != true else { continue }
            record(.info, "issue.closed", "over: \(issue.summary)", stack: issue.stack, service: issue.service)
        }
        if !changes.isEmpty { later(changes) }
    }

    /// Everything the checks look at.
    func checkup() async -> Checkup {
        var engineFacts = EngineFacts(failure: engineFailure ?? clinic.engineFailure)
        engineFacts.version = clinic.engine?.version
        engineFacts.apiVersion = clinic.engine?.apiVersion
        engineFacts.storageDriver = clinic.engine?.storageDriver
        engineFacts.dataDirectory = clinic.engine?.dataDirectory
        engineFacts.latency = clinic.engineLatency
        var storeFacts = StoreFacts()
        do {
            try await writer.check()
        } catch {
            storeFacts.failure = Self.sentence(error)
        }
        storeFacts.droppedEvents = await writer.droppedEvents
        storeFacts.damage = damage?.reason
        storeFacts.damagePath = damage?.path
        storeFacts.unreadable = unreadable
        var others: [Finding] = []
        if let gateway { others = await gateway.findings() }
        let jobStates = await jobs?.statuses() ?? []
        return Checkup(
            now: clocks.wall(),
            engine: engineFacts,
            store: storeFacts,
            system: clinic.system,
            diskHistory: clinic.diskHistory,
            stacks: stacks.values.sorted { $0.record.name < $1.record.name }.map(facts),
            jobs: jobStates,
            others: others,
            diskLimit: settings.diskGuard ?? 0.9,
            badKeys: signatures.keys.problems
        )
    }

    private func facts(_ state: StackState) -> StackFacts {
        let definition = state.revision.definition
        let orphans = mirror.containers(of: state.record.name).filter { container in
            !container.isOneOff && !container.isOwned
                && container.service.map { definition.services[$0] == nil } ?? true
        }
        return StackFacts(
            definition: definition,
            revision: state.revision.number,
            lastGoodRevision: state.record.lastGoodRevision,
            deployment: state.deployment,
            isLeaving: state.record.isLeaving,
            services: definition.services.sorted { $0.key < $1.key }.map { facts($0.key, $0.value, state) },
            orphans: orphans.map(\.name).sorted()
        )
    }

    private func facts(_ name: ServiceName, _ definition: ServiceDefinition, _ state: StackState) -> ServiceFacts {
        let replicas = state.plan.dispositions.filter { $0.key.service == name }.sorted { $0.key < $1.key }
        let worst = replicas.max { Self.concern($0.value.phase) < Self.concern($1.value.phase) }
        let histories = state.history.healing.filter { $0.key.service == name }
        let troubled =
            histories.filter { $0.value.trouble?.isQuarantined == true }.min { $0.key < $1.key }
            ?? worst.flatMap { one in histories.first { $0.key == one.key && $0.value.trouble != nil } }
        let now = clocks.uptime()
        let policy = state.wanted.services[name]?.healing ?? HealingPolicy()
        let instance = troubled?.key ?? worst?.key ?? Instance(name, 1)
        let words = clinic.lastWords[instance].flatMap { $0.stack == state.record.name ? $0.lines : nil } ?? []
        let container = worst?.value.container
        let routes = try? RouteReader(stack: state.record.name, service: name, definition: definition).routes()
        return ServiceFacts(
            name: name,
            definition: definition,
            phase: worst?.value.phase ?? .stopped,
            reason: worst?.value.reason,
            trouble: troubled?.value.trouble,
            isFlapping: histories.values.contains { $0.isFlapping(now: now, policy: policy) },
            isChecked: state.wanted.services[name]?.hasHealthcheck ?? false,
            containerName: container.flatMap { mirror[$0]?.name },
            lastWords: words,
            checkFailure: container.flatMap { checks[$0]?.failure },
            businessFailure: clinic.businessFailures[.init(stack: state.record.name, service: name)],
            certificateExpires: replicas.compactMap { $0.value.container.flatMap { checks[$0]?.certificateExpires } }
                .min(),
            ownCertificate: ownCertificate(of: name, definition, in: state.record.name),
            usage: clinic.usage[.init(stack: state.record.name, service: name)],
            isOpenToAnyone: (routes ?? []).contains { $0.access == .anyone },
            signature: signature(of: name, definition, state)
        )
    }

    // MARK: evidence

    /// Keeps the last lines of what ended by itself, before a fresh container takes its log away.
    func keepLastWords(_ id: String, _ instance: Instance, of name: StackName) {
        let now = clocks.uptime()
        if let known = clinic.lastWords[instance], known.stack == name,
            now.nanoseconds - known.at.nanoseconds < 30_000_000_000
        {
            return
        }
        clinic.lastWords[instance] = Clinic.LastWords(stack: name, lines: [], at: now)
        let end = mirror[id]?.finishedAt ?? clocks.wall()
        Task {
            do {
                // The engine has the next start to do first; what that run says meanwhile is left out again.
                try await Task.sleep(for: .seconds(1))
                var lines: [String] = []
                for try await line in try await self.engine.logs(id, options: LogOptions(tail: 200)) {
                    if let at = line.at, at > end { break }
                    lines.append(String(line.text.prefix(300)))
                }
                self.clinic.lastWords[instance]?.lines = lines.suffix(5)
            } catch {
                self.logger.debug("a log cannot be read", metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
    }

    // MARK: the disk guard

    /// Looks at the disks now, and clears the engine's when it is too full.
    func lookAtDisks() async {
        guard let system else { return }
        if clinic.engine == nil { await askEngine(clocks.uptime()) }
        clinic.system = await system.reading(engineData: clinic.engine?.dataDirectory)
        await guardDisk()
    }

    /// Clears the engine's disk when it is too full, at most once an hour.
    private func guardDisk() async {
        guard let limit = settings.diskGuard, isSynced,
            let disk = clinic.system?.disks.first(where: { $0.uses.contains("engine") }), disk.used >= limit
        else { return }
        let now = clocks.uptime()
        if let until = clinic.pruneHeldUntil, now < until { return }
        do {
            _ = try await prune(because: "\(disk.mountPoint) is \(Int(disk.used * 100)) % full")
        } catch {
            // Somebody may make a little room meanwhile.
            clinic.pruneHeldUntil = TimeSpan(nanoseconds: now.nanoseconds + 300_000_000_000)
            record(.error, "disk.not_cleared", "disk space could not be freed: \(Self.sentence(error))")
        }
    }

    /// Frees what can be made again; every image that a kept revision needs stays.
    func prune(because reason: String) async throws -> PruneReport {
        clinic.pruneHeldUntil = TimeSpan(nanoseconds: clocks.uptime().nanoseconds + 3_600_000_000_000)
        var keeping: Set<String> = []
        for name in stacks.keys {
            for revision in try await store.revisions(of: name) { keeping.formUnion(revision.images.values) }
        }
        for state in stacks.values { keeping.formUnion(state.revision.images.values) }
        let report = try await engine.prune(keeping: keeping)
        record(
            .info,
            "disk.cleared",
            "\(report.freed.bytes >> 20) MiB were freed, \(report.images) images without a name removed: \(reason)"
                + (report.problem.map { "; \($0)" } ?? "")
        )
        return report
    }
}

extension DeviceIssue {
    /// People are told of it: advice is no event, and a service that does not run tells its story itself.
    var isTold: Bool { severity == .error && check != "service" }
}
