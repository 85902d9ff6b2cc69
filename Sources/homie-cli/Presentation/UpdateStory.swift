internal import HomieModel

/// Updates of the operating system as a part of what happened to a service.
enum UpdateStory {
    /// What bears on a service: each update that was started while its story lasts, and each fall-back that it caused.
    ///
    /// - Parameter since: the beginning of the service's story; nil when nothing is known of it.
    static func relevant(
        _ updates: [UpdateRecord],
        to service: ServiceStatus,
        since: Timestamp?
    ) -> [UpdateRecord] {
        updates.filter { update in
            // As `BootTrouble` names it.
            let isNamed = update.cause?.contains("'\(service.stack)/\(service.service)'") == true
            return isNamed || (update.wasStarted && since.map { $0 <= update.at } == true)
        }
    }

    /// Both in the order of time; what happened to the service stays in its own order.
    static func merged(_ events: [EventRecord], _ updates: some Sequence<UpdateRecord>) -> [EventRecord] {
        var merged: [EventRecord] = []
        var rest = updates.enumerated().map { number, update in event(update, number) }[...]
        for event in events {
            while let next = rest.first, next.at < event.at { merged.append(rest.removeFirst()) }
            merged.append(event)
        }
        return merged + rest
    }

    private static func event(_ update: UpdateRecord, _ number: Int) -> EventRecord {
        let cause = update.cause.map { ": \($0)" } ?? ""
        let from = update.from.map { "\($0)" } ?? "the system from before"
        let (severity, message): (EventRecord.Severity, String) =
            switch update.outcome {
            case .installed: (.info, "system \(update.version) was installed")
            case .confirmed: (.info, "system \(update.version) was started and is kept\(cause)")
            case .rolledBack: (.error, "system \(update.version) was given up, and \(from) runs again\(cause)")
            case .failed: (.warning, "system \(update.version) was not installed\(cause)")
            }
        // No event of the daemon's has such a number.
        return EventRecord(
            id: Int64(-1 - number),
            at: update.at,
            severity: severity,
            kind: "system.\(update.outcome.rawValue)",
            message: message
        )
    }
}

extension UpdateRecord {
    /// Whether the device was restarted into it.
    fileprivate var wasStarted: Bool {
        switch outcome {
        case .confirmed, .rolledBack: true
        case .installed, .failed: false
        }
    }
}
