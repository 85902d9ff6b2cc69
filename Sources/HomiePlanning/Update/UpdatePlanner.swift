public import HomieModel

/// Decides what to install and when, from an index that was verified already (pure).
public enum UpdatePlanner {
    /// Beside the bundle itself, this stays free for everything else that writes.
    static let reserve = ByteCount(bytes: 64_000_000)

    /// What to do about the newest version that is offered to this device.
    ///
    /// - Parameter wanted: a certain version that a person names; nil: the newest.
    public static func decide(
        _ question: UpdateQuestion,
        index: UpdateIndex,
        wanted: SystemVersion? = nil
    ) -> UpdateDecision {
        if let refusal = refusal(of: index, question) { return .refuse(refusal) }
        let device = question.device
        let offered = index.releases
            .filter { $0.compatible == device.compatible && $0.channels.contains(device.channel) }
            .sorted { $0.version > $1.version }
        var note: UpdateDecision.Note?
        for release in offered {
            if let wanted {
                guard release.version == wanted else { continue }
            } else {
                guard release.version > device.version else { break }
                if let reason = leavesOut(release, question) {
                    note = note ?? reason
                    continue
                }
            }
            return decide(question, on: release)
        }
        if let wanted { return .refuse(.unknownVersion(wanted)) }
        return .upToDate(note)
    }

    /// Whether a device belongs to the part that is offered a version: always the same for the same device and
    /// version, and whoever was in stays in when the percentage rises.
    public static func isRolledOut(_ rollout: Percentage, to identity: String, version: SystemVersion) -> Bool {
        bucket(identity, version) < rollout.value
    }

    static func bucket(_ identity: String, _ version: SystemVersion) -> Int {
        // FNV-1a (64 bit), its bits mixed as MurmurHash3 ends, so that similar identities fall far apart.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(identity)\n\(version)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return Int((hash ^ (hash >> 33)) % 100)
    }

    /// Whether an index may be believed at all.
    public static func refusal(of index: UpdateIndex, _ question: UpdateQuestion) -> UpdateRefusal? {
        if let seen = question.lastSequence, index.sequence < seen {
            return .replayedIndex(sequence: index.sequence, seen: seen)
        }
        return question.now < index.expires ? nil : .expiredIndex(at: index.expires)
    }

    /// Whether a bundle in hand (a file, a USB stick) may be installed: what holds for an offered one holds for it. One that nobody
    /// asked for, because it lies on a stick that was left in, must not be what was rolled back here.
    public static func refusal(
        of version: SystemVersion,
        compatible: SystemKind,
        _ question: UpdateQuestion,
        allowsDowngrade: Bool
    ) -> UpdateRefusal? {
        let device = question.device
        if compatible != device.compatible { return .wrongSystem(compatible, device: device.compatible) }
        if !allowsDowngrade, version <= device.version { return .notNewer(version, running: device.version) }
        if !question.isAsked, question.failed.contains(version) { return .failedBefore(version) }
        if device.isOnTrial { return .onTrial(device.version) }
        if let lock = activeLocks(question).first { return .locked(lock) }
        return activeHold(question).map { .held($0) }
    }

    /// Whether there is too little room for the bundle; nil: there is enough, or it is there already.
    public static func shortage(for release: UpdateRelease, _ question: UpdateQuestion) -> UpdateRefusal? {
        let device = question.device
        if device.kept.contains(release.version) { return nil }
        let needed = ByteCount(bytes: release.bundle.size.bytes + reserve.bytes)
        return device.freeSpace < needed ? .noSpace(needed: needed, free: device.freeSpace) : nil
    }

    private static func leavesOut(_ release: UpdateRelease, _ question: UpdateQuestion) -> UpdateDecision.Note? {
        if let minimum = release.minimumVersion, question.device.version < minimum {
            return .needsNewer(release.version, minimum: minimum)
        }
        if question.isAsked { return nil }
        if question.failed.contains(release.version) { return .failedBefore(release.version) }
        guard isRolledOut(release.rollout, to: question.device.identity, version: release.version) else {
            return .notRolledOut(release.version, release.rollout)
        }
        return nil
    }

    private static func decide(_ question: UpdateQuestion, on release: UpdateRelease) -> UpdateDecision {
        let device = question.device
        if let pending = device.pending, pending >= release.version { return .wait(release, [.restart(pending)]) }
        if let minimum = release.minimumVersion, device.version < minimum {
            return .refuse(.tooOld(release.version, minimum: minimum))
        }
        if question.isAsked {
            let refusal = refusal(
                of: release.version,
                compatible: release.compatible,
                question,
                allowsDowngrade: false
            )
            if let refusal { return .refuse(refusal) }
        } else {
            let reasons = reasonsToWait(question, for: release)
            if !reasons.isEmpty { return .wait(release, reasons) }
        }
        // Where it streams there may be another way; whoever takes that one looks again.
        if !device.streams, let shortage = shortage(for: release, question) { return .refuse(shortage) }
        return .install(release)
    }

    /// Why a version is not to be installed by itself now.
    public static func reasonsToWait(
        _ question: UpdateQuestion,
        for release: UpdateRelease
    ) -> [UpdateDecision.Reason] {
        reasonsToWait(question, due: (question.firstSeen[release.version.text] ?? question.now) + question.policy.delay)
    }

    /// Why the device is not to be restarted by itself now, into what is installed already.
    public static func reasonsToStay(_ question: UpdateQuestion) -> [UpdateDecision.Reason] {
        reasonsToWait(question, due: question.now)
    }

    private static func reasonsToWait(_ question: UpdateQuestion, due: Timestamp) -> [UpdateDecision.Reason] {
        let policy = question.policy
        var reasons: [UpdateDecision.Reason] = []
        if !policy.isAutomatic { reasons.append(.manual) }
        if question.device.isOnTrial { reasons.append(.trial) }
        if let hold = activeHold(question) { reasons.append(.hold(hold)) }
        reasons += activeLocks(question).map { .lock($0) }
        if question.now < due { reasons.append(.delay(until: due)) }
        if let window = policy.window, !window.contains(question.now, offset: question.offset) {
            let from = max(question.now, due)
            reasons.append(.window(window, opens: window.next(at: from, offset: question.offset)))
        }
        return reasons
    }

    private static func activeLocks(_ question: UpdateQuestion) -> [UpdateLock] {
        question.locks.filter { $0.until.map { question.now < $0 } ?? true }.sorted { $0.holder < $1.holder }
    }

    private static func activeHold(_ question: UpdateQuestion) -> UpdateQuestion.Hold? {
        question.policy.hold.flatMap { hold in hold.until.map { question.now < $0 } ?? true ? hold : nil }
    }
}
