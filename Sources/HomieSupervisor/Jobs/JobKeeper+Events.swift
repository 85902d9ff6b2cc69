import HomieModel
import HomiePlanning
import Logging

extension JobKeeper {
    /// Events that happened while the keeper was away, and the start of the device.
    func noteStart() async {
        if let bootID, let known = ledger.bootID, known != bootID {
            let jobs = book.definitions.filter { job in
                job.hasFilter { $0.kind == JobEventFilter.startup }
            }
            let names = Set(jobs.map(\.name))
            if !names.isEmpty { ledger.board.note(.event("event startup", jobs: names), now: now) }
        }
        ledger.bootID = bootID ?? ledger.bootID
        do {
            for event in try await supervisor.events(EventQuery(after: ledger.lastEvent, limit: 1000)) { note(event) }
        } catch {
            logger.warning("earlier events could not be read", metadata: ["error": "\(Supervisor.sentence(error))"])
        }
    }

    func follow(_ events: AsyncStream<EventRecord>) async {
        for await event in events {
            note(event)
            // How services do decides what may begin, and deployments decide which jobs there are.
            let prefixes = ["deployment.", "service.", "engine.", "state.", "container."]
            if prefixes.contains(where: { event.kind.hasPrefix($0) }) { wake() }
        }
    }

    private func note(_ event: EventRecord) {
        guard event.id > ledger.lastEvent else { return }
        ledger.lastEvent = event.id
        let jobs = book.definitions.filter { job in
            !job.isSuspended && job.hasFilter { $0.accepts(event, for: job.name) }
        }
        guard !jobs.isEmpty else { return }
        let origin = event.service.map { " of \($0)" } ?? ""
        ledger.board.note(.event("event \(event.kind)\(origin)", jobs: Set(jobs.map(\.name))), now: now)
        wake()
    }
}

extension JobDefinition {
    func hasFilter(_ accepts: (JobEventFilter) -> Bool) -> Bool {
        triggers.contains { trigger in
            guard case .event(let filter) = trigger else { return false }
            return accepts(filter)
        }
    }
}
