import HomieModel

/// Picks the events that explain how a service came to stand as it does.
enum Story {
    /// Most events told.
    static let length = 40

    /// The service's newest events, and everything that led to them, cause before effect.
    static func of(_ service: ServiceName, events: [EventRecord]) -> [EventRecord] {
        let byID = Dictionary(events.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var told: Set<Int64> = []
        for event in events.reversed() where event.service == service && told.count < length {
            var next: EventRecord? = event
            while let current = next, told.insert(current.id).inserted {
                next = current.cause.flatMap { byID[$0] }
            }
        }
        return told.sorted().compactMap { byID[$0] }
    }
}
