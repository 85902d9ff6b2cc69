public import HomieModel

/// Why RAUC did not do what it was asked for.
public enum RaucError: UserFacingError, Equatable {
    /// Why an install failed, as far as RAUC's text tells; the text itself is kept beside it.
    public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        case untrustedSigner, wrongCompatible, truncated, corrupted, formatNotAllowed, diskFull, slotTooSmall, notFound
        case bootLoader, deviceMapper, other
    }

    case installFailed(bundle: String, cause: Cause, message: String)
    /// The daemon ended while it was installing.
    case daemonDied(bundle: String)
    /// The bus went away while the daemon was installing: how it ends is not known.
    case lostContact(bundle: String)
    /// Another install or another method of RAUC is under way.
    case busy
    /// Another process of ours is installing.
    case locked(path: String)
    case lockFile(path: String, code: Int32)
    case noSuchSlot(String)
    /// What lies in the slot after the install is not what was looked at before.
    case otherVersion(bundle: String, wanted: String, found: String)

    public var summary: String {
        switch self {
        case .installFailed(let bundle, let cause, let message):
            switch cause {
            case .untrustedSigner: "'\(bundle)' is signed by somebody this system does not trust (\(message))"
            case .wrongCompatible: "'\(bundle)' is made for other hardware (\(message))"
            case .truncated: "'\(bundle)' is not a whole bundle (\(message))"
            case .corrupted: "'\(bundle)' was changed after it was signed (\(message))"
            case .formatNotAllowed: "'\(bundle)' has a format this system does not take (\(message))"
            case .diskFull: "there was no space left while '\(bundle)' was being installed (\(message))"
            case .slotTooSmall: "'\(bundle)' holds an image larger than its slot (\(message))"
            case .notFound: "'\(bundle)' cannot be read (\(message))"
            case .bootLoader: "'\(bundle)' was written, and the boot loader did not take it on (\(message))"
            case .deviceMapper: "the kernel cannot verify '\(bundle)' (\(message))"
            case .other: "'\(bundle)' was not installed (\(message))"
            }
        case .daemonDied(let bundle):
            "RAUC ended while it was installing '\(bundle)'; the running system was not touched"
        case .lostContact(let bundle): "the message bus went away while '\(bundle)' was being installed"
        case .busy: "RAUC is busy with another install"
        case .locked: "another update is being installed"
        case .lockFile(let path, let code): "the lock '\(path)' cannot be taken (system error \(code))"
        case .noSuchSlot(let name): "there is no slot '\(name)'"
        case .otherVersion(let bundle, let wanted, let found):
            "'\(bundle)' was version \(wanted) when it was checked and \(found) when it was installed; it is not started"
        }
    }

    public var hint: String? {
        switch self {
        case .installFailed(_, .untrustedSigner, let message) where message.contains("not yet valid"):
            "the clock of this device is behind ('timedatectl' shows and sets it), or the key is brand-new"
        case .installFailed(_, let cause, _):
            switch cause {
            case .untrustedSigner:
                "get the bundle from where this system's updates come from; a release does not take development bundles"
            case .wrongCompatible: "choose the bundle for this board: 'homie-update status' names it"
            case .truncated, .corrupted: "download the bundle again"
            case .formatNotAllowed: "have the bundle made with format=verity"
            case .diskFull: "free some space ('homie doctor' shows what takes it), and install again"
            case .slotTooSmall: "the bundle needs a newly flashed system with larger slots"
            case .notFound: "check the path; the bundle has to be readable by root"
            case .bootLoader: "check that the boot partition can be written, and install again"
            case .deviceMapper: "the kernel needs dm-verity, and for http also nbd"
            case .other: "'journalctl -u rauc' tells more"
            }
        case .daemonDied: "install again: 'journalctl -u rauc' shows why it ended"
        case .lostContact: "'homie-update status' shows what is in the slots"
        case .busy, .locked: "wait until it has ended: 'homie-update status' shows how far it is"
        case .lockFile: "run it as root"
        case .noSuchSlot: "'homie-update status' names the slots"
        case .otherVersion: "the server may just have put another bundle there: check it, and install again"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .installFailed(_, let cause, _):
            switch cause {
            case .untrustedSigner, .wrongCompatible, .formatNotAllowed: .refused
            case .notFound: .notFound
            case .truncated, .corrupted, .diskFull, .slotTooSmall, .bootLoader, .deviceMapper, .other: .failed
            }
        case .daemonDied: .failed
        case .otherVersion: .refused
        case .lostContact: .unreachable
        case .busy, .locked: .conflict
        case .lockFile: .failed
        case .noSuchSlot: .notFound
        }
    }
}

extension RaucError.Cause {
    /// Reads RAUC's `LastError`, whose texts are those of RAUC 1.8 to 1.13, OpenSSL 3 and GLib.
    public init(lastError text: String) {
        let text = text.lowercased()
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        self =
            if says("no space left", "disk quota") {
                .diskFull
            } else if says("compatible mismatch") {
                .wrongCompatible
            } else if says(
                "bundle format 'plain' not allowed",
                "not allowed by configuration",
                "bundle format not allowed"
            ) {
                .formatNotAllowed
            } else if says("device-mapper", "/dev/mapper", "dm-verity", "nbd") {
                .deviceMapper
            } else if says("no such file", "not found", "failed to open bundle", "permission denied") {
                .notFound
            } else if says("unsuitable certificate purpose", "self-signed", "self signed", "unable to get local issuer")
            {
                .untrustedSigner
            } else if says("verification failure", "checksum", "digest failure", "corrupt") {
                .corrupted
            } else if says("verify error", "certificate", "signature verification failed") {
                .untrustedSigner
            } else if says("exceeds bundle size", "bundle size", "signature size", "invalid bundle format", "magic") {
                .truncated
            } else if says("too small", "larger than", "is smaller") {
                .slotTooSmall
            } else if says("bootloader", "boot loader", "grub", "failed marking slot", "bootchooser", "set-primary") {
                .bootLoader
            } else {
                .other
            }
    }
}

extension RaucError {
    /// A streamed bundle whose block device was gone before RAUC could use it. The kernel ends the device with its last user,
    /// and udev, which looks at whatever is new, may be the last one so early. Nothing was written then.
    public var hasLostStream: Bool {
        guard case .installFailed(let bundle, _, let message) = self else { return false }
        return bundle.hasPrefix("http") && message.contains("Failed to load dm table: Argument list too long")
    }
}
