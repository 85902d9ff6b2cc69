internal import HomieModel

/// Which of the two systems runs, and which is the other; from what RAUC says about slots that the boot loader knows.
public struct SlotPair: Sendable, Hashable {
    /// Boot names, e.g. `A` and `B`.
    public var booted: String
    public var other: String?

    public init(booted: String, other: String?) {
        self.booted = booted
        self.other = other
    }
}

extension UpdateState {
    /// What this boot is, seen from the last install.
    public enum Boot: Sendable, Hashable {
        /// Nothing is pending, or the device has not been restarted since.
        case ordinary
        /// The new system runs, and has to be judged.
        case trial(Pending)
        /// The new system was installed, and another one runs.
        case fellBack(Pending)
        /// The power went during the install.
        case interrupted(Pending)
    }

    public func boot(booted: String, bootID: String) -> Boot {
        guard let pending else { return .ordinary }
        if pending.slot == booted { return .trial(pending) }
        if pending.bootID == bootID { return .ordinary }
        return pending.isWritten ? .fellBack(pending) : .interrupted(pending)
    }
}
