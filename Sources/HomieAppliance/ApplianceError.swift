public import HomieModel

/// Why the operating system cannot be asked, or does not do what it was asked for.
public enum ApplianceError: UserFacingError, Equatable {
    /// This is no appliance: nothing updates its system.
    case noUpdater
    case updaterFailed(reason: String)
    case notUnderstood
    case unitFailed(unit: String, reason: String)
    case busy
    /// A file where the updater does not see what others put there.
    case hidden(path: String)

    public var summary: String {
        switch self {
        case .noUpdater: "this device has no system that Homie updates"
        case .updaterFailed(let reason): "the updater does not answer: \(reason)"
        case .notUnderstood: "the updater's answer has another shape"
        case .unitFailed(let unit, let reason): "'\(unit)' did not do it: \(reason)"
        case .busy: "an install runs"
        case .hidden(let path): "the updater does not see '\(path)': it has a /tmp of its own"
        }
    }

    public var hint: String? {
        switch self {
        case .noUpdater: "install the appliance image to have system updates"
        case .updaterFailed: "journalctl -u rauc -u homied"
        case .notUnderstood: "homied and homie-update are of different releases: restart homied"
        case .unitFailed(let unit, _): "journalctl -u \(unit)"
        case .busy: "'homie os status' shows how far it is"
        case .hidden: "move it elsewhere, e.g. to /data or to your home, and name it there"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .noUpdater: .notFound
        case .updaterFailed, .notUnderstood: .unreachable
        case .unitFailed: .failed
        case .busy: .conflict
        case .hidden: .usage
        }
    }
}
