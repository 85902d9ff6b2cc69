public import HomieModel

/// What goes wrong around updates that is neither RAUC's nor the network's fault.
public enum UpdateError: UserFacingError, Equatable {
    case state(path: String, reason: String)
    case setting(name: String, value: String, reason: String)
    case configuration(path: String, line: Int, reason: String)
    case noIndex
    case unknownVersion(path: String)
    case noOtherSlot
    case notBootable(slot: String)
    case supervisorSilent(String)
    case notBooted

    public var summary: String {
        switch self {
        case .state(let path, let reason): "'\(path)' cannot be used: \(reason)"
        case .setting(let name, let value, let reason): "the setting \(name) = '\(value)' is not valid: \(reason)"
        case .configuration(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .noIndex: "no update server is set"
        case .unknownVersion(let path): "'\(path)' does not tell which version runs"
        case .noOtherSlot: "there is no other system to go back to"
        case .notBootable(let slot): "the system in slot \(slot) is marked as bad"
        case .supervisorSilent(let reason): "homied does not tell which services work (\(reason))"
        case .notBooted: "RAUC cannot tell which slot runs"
        }
    }

    public var hint: String? {
        switch self {
        case .state: "run it as root, and check the disk"
        case .setting, .configuration: "'homie-update --help' lists the settings"
        case .noIndex: "set 'index = https://…' in /etc/homie/update.conf, or install from a file"
        case .unknownVersion: "name the file with HOMIE_UPDATE_VERSION_FILE"
        case .noOtherSlot: "install a bundle first"
        case .notBootable: "install a bundle: it is written to that slot"
        case .supervisorSilent: "check 'systemctl status homied', or add --without-baseline"
        case .notBooted: "check the kernel command line and /etc/rauc/system.conf"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .state: .failed
        case .setting, .configuration, .noIndex: .usage
        case .unknownVersion, .noOtherSlot: .notFound
        case .notBootable: .conflict
        case .supervisorSilent: .unreachable
        case .notBooted: .failed
        }
    }
}
