public import HomieModel

/// What to do about updates, and why.
public enum UpdateDecision: Sendable, Hashable {
    /// Nothing newer is offered to this device.
    case upToDate(Note?)
    /// There is something, and its time has not come.
    case wait(UpdateRelease, [Reason])
    case install(UpdateRelease)
    /// It must not be: one sentence and a remedy.
    case refuse(UpdateRefusal)

    /// Why a newer version was left out.
    public enum Note: Sendable, Hashable {
        /// The rollout has not come to this device.
        case notRolledOut(SystemVersion, Percentage)
        /// It was tried here, and did not last.
        case failedBefore(SystemVersion)
        /// Another version has to be installed first, and it is not offered.
        case needsNewer(SystemVersion, minimum: SystemVersion)
    }

    /// What is waited for.
    public enum Reason: Sendable, Hashable {
        case delay(until: Timestamp)
        case window(MaintenanceWindow, opens: Timestamp)
        case hold(UpdateQuestion.Hold)
        case lock(UpdateLock)
        /// Installs have to be asked for.
        case manual
        case trial
        /// This version or a newer one is installed: the device only has to be restarted.
        case restart(SystemVersion)
    }
}

/// Why an update must not be installed, whoever asks.
public enum UpdateRefusal: UserFacingError, Hashable {
    case expiredIndex(at: Timestamp)
    case replayedIndex(sequence: Int64, seen: Int64)
    case noSpace(needed: ByteCount, free: ByteCount)
    case wrongSystem(SystemKind, device: SystemKind)
    case tooOld(SystemVersion, minimum: SystemVersion)
    case notNewer(SystemVersion, running: SystemVersion)
    /// It was tried here, did not last, and nobody asks for it again.
    case failedBefore(SystemVersion)
    case unknownVersion(SystemVersion)
    case onTrial(SystemVersion)
    case locked(UpdateLock)
    case held(UpdateQuestion.Hold)

    public var summary: String {
        switch self {
        case .expiredIndex(let time): "the update index has expired (\(time.rfc3339))"
        case .replayedIndex(let sequence, let seen):
            "the update index is older than one seen before (number \(sequence) after \(seen))"
        case .noSpace(let needed, let free):
            "the update needs \(Self.megabytes(needed)) MB of space, and \(Self.megabytes(free)) MB are free"
        case .wrongSystem(let kind, let device): "the update is made for '\(kind)', and this is '\(device)'"
        case .tooOld(let version, let minimum):
            "version \(version) needs at least version \(minimum) to be installed before"
        case .notNewer(let version, let running): "version \(version) is not newer than \(running), which runs"
        case .failedBefore(let version): "version \(version) was tried here and rolled back"
        case .unknownVersion(let version): "version \(version) is not offered to this device"
        case .onTrial(let version): "version \(version) runs on trial, and the other slot is what it would fall back to"
        case .locked(let lock): "'\(lock.holder)' holds an update lock" + (lock.reason.map { " (\($0))" } ?? "")
        case .held(let hold): "updates are on hold" + (hold.reason.map { " (\($0))" } ?? "")
        }
    }

    public var hint: String? {
        switch self {
        case .expiredIndex: "check the device's clock; else the server has to publish a new index"
        case .replayedIndex: "somebody may be keeping updates from this device: check the server"
        case .noSpace: "free some space, or install from a USB stick"
        case .wrongSystem: "choose the update for '\(device ?? "this system")'"
        case .tooOld(_, let minimum): "install version \(minimum) first"
        case .notNewer: "add --allow-downgrade to install it all the same"
        case .failedBefore: "'homie-update status' says why; name it to install it all the same"
        case .unknownVersion: "'homie-update check' lists what is offered"
        case .onTrial: "wait until it is confirmed: 'homie-update status' shows it"
        case .locked(let lock):
            lock.until.map { "wait until \($0.rfc3339), or add --ignore-locks" } ?? "wait for it, or add --ignore-locks"
        case .held: "take the hold back in /etc/homie/update.conf, or add --ignore-hold"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .expiredIndex, .replayedIndex, .wrongSystem, .tooOld, .locked, .held: .refused
        case .notNewer, .failedBefore, .onTrial: .conflict
        case .unknownVersion: .notFound
        case .noSpace: .failed
        }
    }

    private var device: String? {
        guard case .wrongSystem(_, let device) = self else { return nil }
        return device.text
    }

    /// Rounded up, so that nothing ever needs 0 MB.
    private static func megabytes(_ count: ByteCount) -> Int64 { (count.bytes + 999_999) / 1_000_000 }
}
