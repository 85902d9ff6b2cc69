/// A service that must not be interrupted now asks for no update.
public struct UpdateLock: Sendable, Hashable, Codable {
    /// Who holds it, e.g. `media/jellyfin`.
    public var holder: String
    public var reason: String?
    /// When it ends by itself; nil: not before it is taken back.
    public var until: Timestamp?

    public init(holder: String, reason: String? = nil, until: Timestamp? = nil) {
        self.holder = holder
        self.reason = reason
        self.until = until
    }
}

/// One install, and what became of it.
public struct UpdateRecord: Sendable, Hashable, Codable {
    public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
        /// Written into the other slot; the device has not been restarted since.
        case installed
        /// Started from it, and judged good.
        case confirmed
        /// Started from it, judged bad; the slot from before runs again.
        case rolledBack
        /// The install itself failed; nothing changed.
        case failed
    }

    public var version: SystemVersion
    public var from: SystemVersion?
    public var source: String
    public var at: Timestamp
    public var outcome: Outcome
    /// Why it failed or was rolled back, or what the judgement of a confirmed one lacked: one sentence.
    public var cause: String?
    /// Evidence, e.g. an excerpt of the journal.
    public var detail: String?
    /// The boot name of the slot it went to.
    public var slot: String?

    public init(
        version: SystemVersion,
        from: SystemVersion?,
        source: String,
        at: Timestamp,
        outcome: Outcome,
        cause: String? = nil,
        detail: String? = nil,
        slot: String? = nil
    ) {
        self.version = version
        self.from = from
        self.source = source
        self.at = at
        self.outcome = outcome
        self.cause = cause
        self.detail = detail
        self.slot = slot
    }
}
