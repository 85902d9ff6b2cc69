public import HomieModel
import HomiePlanning

extension Supervisor: IssueControl {
    public func issues() async -> [DeviceIssue] {
        await review()
        return clinic.issues.values.sorted {
            ($0.severity == .warning ? 1 : 0, $0.id) < ($1.severity == .warning ? 1 : 0, $1.id)
        }
    }

    public func openIssues() -> [DeviceIssue.Severity: Int] {
        clinic.issues.values.reduce(into: [:]) { $0[$1.severity, default: 0] += 1 }
    }

    public func fix(_ id: String) async throws -> FixReport {
        await review()
        guard let issue = clinic.issues[id] else { throw SupervisorError.noIssue(id) }
        guard let remedy = issue.remedy else { throw SupervisorError.remedyByHand(issue) }
        record(
            .info,
            "issue.fix",
            "a person asked: \(remedy.text)",
            stack: issue.stack,
            service: issue.service,
            detail: issue.summary
        )
        return try await take(remedy.action, of: issue)
    }

    private func take(_ action: RemedyAction, of issue: DeviceIssue) async throws -> FixReport {
        func report(_ message: String, _ deployment: Int64? = nil) -> FixReport {
            FixReport(issue: issue.id, message: message, deployment: deployment)
        }
        if action == .prune {
            let freed = try await prune(because: "a person asked for it").freed
            await examine()
            await review()
            return report("\(freed.bytes >> 20) MiB were freed")
        }
        guard action != .byHand, let stack = issue.stack, let state = stacks[stack] else {
            throw SupervisorError.remedyByHand(issue)
        }
        switch action {
        case .rollBack:
            return report("'\(stack)' goes back", try await rollback(stack, to: state.record.lastGoodRevision).id)
        case .removeOrphans:
            let options = ApplyOptions(removesOrphans: true)
            return report(
                "what is left over is removed",
                try await apply(state.revision.definition, options: options).id
            )
        case .restart, .recreate, .prune, .byHand:
            guard let service = issue.service else { throw SupervisorError.remedyByHand(issue) }
            try restart(service, in: stack, isFresh: action == .recreate)
            return report("'\(service)' is tried once more, from the beginning")
        }
    }

    /// Begins the healing of a service anew, with a start where it does not run and a restart where it does.
    private func restart(_ service: ServiceName, in name: StackName, isFresh: Bool) throws {
        guard var state = stacks[name] else { throw SupervisorError.noStack(name) }
        guard let count = state.wanted.services[service]?.definition.replicas else {
            throw SupervisorError.noService(service, name)
        }
        let before = state.history.healing
        var chains: [Chain] = []
        for index in 0..<count {
            let instance = Instance(service, index + 1)
            state.history.healing[instance] = nil
            state.history.failures[.instance(instance)] = nil
            state.history.instances[instance]?.noteDeployment()
            state.history.revived.insert(instance)
            guard let id = state.container(of: instance), let container = mirror[id] else { continue }
            if isFresh {
                state.history.forced.insert(id)
            } else if container.state == .running, !state.history.busy.contains(.instance(instance)) {
                state.history.busy.insert(.instance(instance))
                chains.append(
                    Chain(
                        key: .instance(instance),
                        reason: "was asked for by a person",
                        steps: [.stop(id), .start(.existing(id))]
                    )
                )
            }
        }
        let generation = state.generation
        stacks[name] = state
        keepTroubles(of: name, since: before)
        for chain in chains { Task { await self.run(chain, of: name, generation: generation) } }
        markDirty(name)
    }

    public func health(of stack: StackName?) async -> [ServiceHealth] {
        stacks.values.filter { stack == nil || $0.record.name == stack }
            .sorted { $0.record.name < $1.record.name }
            .flatMap { state in
                state.plan.dispositions.sorted { $0.key < $1.key }.map { health(of: $0.key, $0.value, state) }
            }
    }

    private func health(of instance: Instance, _ disposition: Disposition, _ state: StackState) -> ServiceHealth {
        let container = disposition.container.flatMap { mirror[$0] }
        let check = disposition.container.flatMap { checks[$0] }
        let definition = state.revision.definition.services[instance.service]
        let isEngines = isCheckedByEngine(instance.service, in: state)
        let own = definition?.probe.map { "it \($0.kind.clause)" }
        let history = state.history.healing[instance]
        return ServiceHealth(
            stack: state.record.name,
            service: instance.service,
            replica: instance.index,
            health: container?.state == .running ? container?.health ?? .none : .none,
            check: own ?? (isEngines ? "the container's own health check" : nil),
            latencyMilliseconds: check?.latest.map { Double($0.latency.nanoseconds / 1000) / 1000 },
            detail: check?.latest.map { "it \($0.detail)" },
            checkedAt: check?.latestAt,
            certificateExpires: check?.certificateExpires,
            failures: check?.history.failures ?? 0,
            trouble: history?.trouble == nil
                ? nil : disposition.reason ?? history?.trouble.map { "it \($0.clause)" }
        )
    }
}
