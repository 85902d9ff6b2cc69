import CoreMetrics
import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Notes an event: in memory at once, on disk soon, in the log of the system.
    @discardableResult
    func record(
        _ severity: EventRecord.Severity,
        _ kind: String,
        _ message: String,
        stack: StackName? = nil,
        service: ServiceName? = nil,
        container: String? = nil,
        cause: Int64? = nil,
        detail: String? = nil
    ) -> Int64 {
        let event = note(
            severity,
            kind,
            message,
            stack: stack,
            service: service,
            container: container,
            cause: cause,
            detail: detail
        )
        later([.appendEvent(event)])
        return event.id
    }

    /// Notes an event whose writing down the caller sees to.
    func note(
        _ severity: EventRecord.Severity,
        _ kind: String,
        _ message: String,
        stack: StackName? = nil,
        service: ServiceName? = nil,
        container: String? = nil,
        cause: Int64? = nil,
        detail: String? = nil
    ) -> EventRecord {
        let deployment = stack.flatMap { stacks[$0] }.flatMap { $0.isDeploying ? $0.deployment?.id : nil }
        let at = clocks.wall()
        let event = log.append { id in
            EventRecord(
                id: id,
                at: at,
                severity: severity,
                kind: kind,
                message: message,
                stack: stack,
                service: service,
                container: container,
                deployment: deployment,
                cause: cause,
                detail: detail
            )
        }
        Counter(label: "homie_events", dimensions: [("kind", kind), ("severity", severity.rawValue)]).increment()
        var metadata: Logger.Metadata = ["event": "\(kind)"]
        if let stack { metadata["stack"] = "\(stack)" }
        if let service { metadata["service"] = "\(service)" }
        if let container { metadata["container"] = "\(container.prefix(12))" }
        if let detail { metadata["detail"] = "\(detail)" }
        switch severity {
        case .info: logger.info("\(message)", metadata: metadata)
        case .warning: logger.warning("\(message)", metadata: metadata)
        case .error: logger.error("\(message)", metadata: metadata)
        }
        return event
    }

    /// An event of one replica, caused by what last happened to it or by the deployment; the next one follows from it.
    @discardableResult
    func record(
        _ severity: EventRecord.Severity,
        _ kind: String,
        _ message: String,
        _ instance: Instance,
        of stack: StackName,
        container: String?,
        detail: String? = nil
    ) -> Int64 {
        let cause = stacks[stack]?.causes[instance] ?? stacks[stack]?.deploymentEvent
        let id = record(
            severity,
            kind,
            message,
            stack: stack,
            service: instance.service,
            container: container,
            cause: cause,
            detail: detail
        )
        stacks[stack]?.causes[instance] = id
        return id
    }

    /// Writes changes down soon, in the order of the calls.
    func later(_ changes: [StateChange]) {
        pendingChanges += changes
        guard !isHandingOver else { return }
        isHandingOver = true
        Task { await self.handOver() }
    }

    private func handOver() async {
        while !pendingChanges.isEmpty {
            let changes = pendingChanges
            pendingChanges = []
            await writer.enqueue(changes)
        }
        isHandingOver = false
    }

    /// Writes changes down now, after everything that was noted before.
    ///
    /// - Throws: what the store says; nothing of `changes` is written then.
    func commit(_ changes: [StateChange]) async throws {
        let earlier = pendingChanges
        pendingChanges = []
        await writer.enqueue(earlier)
        try await writer.commit(changes)
    }
}
