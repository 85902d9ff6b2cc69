public import HomieModel
public import HomiePlanning

extension Supervisor: AlertWorld {
    public func services() async -> [AlertFacts.Service]? {
        guard isSynced, let stacks = try? await stacks() else { return nil }
        return stacks.filter { !$0.isLeaving }.flatMap(\.services).map {
            AlertFacts.Service(stack: $0.stack, service: $0.service, phase: $0.phase, reason: $0.reason)
        }
    }

    public func dependencies() -> [AlertSubject: Set<AlertSubject>] {
        var needs: [AlertSubject: Set<AlertSubject>] = [:]
        for state in stacks.values {
            let stack = state.record.name
            for (name, service) in state.revision.definition.services {
                let names = Set(service.dependsOn.keys).union(service.namespaceParents)
                needs[AlertSubject(stack: stack, service: name)] = Set(
                    names.map { AlertSubject(stack: stack, service: $0) }
                )
            }
        }
        return needs
    }

    public func events(after id: Int64, limit: Int) async throws -> [EventRecord] {
        guard log.lastID > id else { return [] }
        // A store answers with the newest; of a long absence the oldest come first.
        let missed = try await events(EventQuery(after: id, limit: log.lastID - id > Int64(limit) ? 20_000 : limit))
        return Array(missed.prefix(limit))
    }

    public func toldIssues() -> [DeviceIssue]? {
        isLoaded ? clinic.issues.values.filter(\.isTold).sorted { $0.id < $1.id } : nil
    }

    public func note(_ alert: Alert) {
        let severity: EventRecord.Severity =
            switch (alert.state, alert.severity) {
            case (.resolved, _), (.pending, _), (.firing, .info): .info
            case (.firing, .warning): .warning
            case (.firing, .critical): .error
            }
        record(
            severity,
            alert.state == .resolved ? "alert.resolved" : "alert.firing",
            "alert '\(alert.rule)' \(alert.state == .resolved ? "is over" : "fires"): \(alert.summary)",
            stack: alert.subject.stack,
            service: alert.subject.service,
            cause: alert.event
        )
    }

    /// Notes what an incoming webhook set off.
    public func note(_ receipt: HookReceipt, of stack: StackName?) {
        record(.info, "hook.received", "the hook '\(receipt.hook)' \(receipt.did)", stack: stack)
    }
}
