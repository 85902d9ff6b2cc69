public import HomieModel
public import HomiePlanning

/// What the updater remembers from one run to the next. Fields may be added; those of an older release must stay,
/// because it reads the file after a fall-back.
public struct UpdateState: Sendable, Hashable, Codable {
    /// An install whose system has not been judged yet.
    public struct Pending: Sendable, Hashable, Codable {
        public var version: SystemVersion
        public var from: SystemVersion?
        public var source: String
        public var installedAt: Timestamp
        /// The boot name of the slot it was written to.
        public var slot: String
        /// The kernel's ID of the boot that installed it; as long as it is the present one, nothing was restarted.
        public var bootID: String
        /// Which services worked before the restart.
        public var baseline: BootBaseline?
        /// False from the first byte to the last: a power cut in between leaves it so.
        public var isWritten: Bool
        /// The timer installed it, and restarts the device when that is allowed. Nil in the state of an older release: no.
        public var restartsByItself: Bool?

        public init(
            version: SystemVersion,
            from: SystemVersion?,
            source: String,
            installedAt: Timestamp,
            slot: String,
            bootID: String,
            baseline: BootBaseline?,
            isWritten: Bool,
            restartsByItself: Bool? = nil
        ) {
            self.version = version
            self.from = from
            self.source = source
            self.installedAt = installedAt
            self.slot = slot
            self.bootID = bootID
            self.baseline = baseline
            self.isWritten = isWritten
            self.restartsByItself = restartsByItself
        }

        /// Whatever has been noted of it since.
        public func isSameInstall(as other: Self) -> Bool {
            (version, slot, installedAt) == (other.version, other.slot, other.installedAt)
        }
    }

    /// The largest sequence number of an index that was accepted.
    public var lastSequence: Int64?
    /// When a version was first seen in an index, by its text.
    public var firstSeen: [String: Timestamp]
    public var pending: Pending?
    /// Oldest first.
    public var history: [UpdateRecord]

    public init(
        lastSequence: Int64? = nil,
        firstSeen: [String: Timestamp] = [:],
        pending: Pending? = nil,
        history: [UpdateRecord] = []
    ) {
        self.lastSequence = lastSequence
        self.firstSeen = firstSeen
        self.pending = pending
        self.history = history
    }

    /// Versions that were rolled back here, and not confirmed since.
    public var failed: Set<SystemVersion> {
        var failed: Set<SystemVersion> = []
        for record in history {
            switch record.outcome {
            case .rolledBack: failed.insert(record.version)
            case .confirmed: failed.remove(record.version)
            case .installed, .failed: break
            }
        }
        return failed
    }

    /// Whether the system in this slot was given up since then.
    public func hasGivenUp(slot: String, since start: Timestamp) -> Bool {
        guard let last = history.last else { return false }
        return last.outcome == .rolledBack && last.slot == slot && start <= last.at
    }

    /// Ends the pending install with its outcome; the newest hundred records are kept.
    public mutating func conclude(
        _ outcome: UpdateRecord.Outcome,
        at now: Timestamp,
        cause: String? = nil,
        detail: String? = nil
    ) {
        guard let pending else { return }
        append(
            UpdateRecord(
                version: pending.version,
                from: pending.from,
                source: pending.source,
                at: now,
                outcome: outcome,
                cause: cause,
                detail: detail,
                slot: pending.slot
            )
        )
        self.pending = nil
    }

    /// Notes that a system that had proved itself was left on somebody's wish: it must not come back by itself.
    public mutating func leave(_ version: SystemVersion, for other: SystemVersion?, slot: String, at now: Timestamp) {
        let arrival = history.last { $0.version == version && $0.outcome == .confirmed }
        append(
            UpdateRecord(
                version: version,
                from: other ?? arrival?.from,
                source: arrival?.source ?? "",
                at: now,
                outcome: .rolledBack,
                cause: "somebody asked for it",
                slot: slot
            )
        )
    }

    public mutating func append(_ record: UpdateRecord) { history = (history + [record]).suffix(100) }
}
