public import HomieModel

/// The command lines through which homied asks for what only root may do: systemd starts a unit, if polkit's rule allows it.
public enum ApplianceCommand: Sendable, Hashable {
    case status
    /// Returns at once.
    case install(InstallSource, restarts: Bool)
    /// Waits for the end.
    case rollback
    case restart

    /// The unit that is started; nil for what homied may do itself.
    public var unit: String? {
        switch self {
        case .status: nil
        case .install(let source, let restarts):
            "homie-os-\(restarts ? "upgrade" : "install")@\(source.instance).service"
        case .rollback: "homie-os-rollback.service"
        case .restart: "homie-os-restart.service"
        }
    }

    public var words: [String] {
        switch self {
        case .status: ["homie-update", "status", "--json"]
        case .install, .restart: ["systemctl", "--no-ask-password", "--no-block", "start", "--", unit ?? ""]
        case .rollback: ["systemctl", "--no-ask-password", "start", "--", unit ?? ""]
        }
    }
}
