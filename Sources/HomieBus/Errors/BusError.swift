public import HomieModel

/// What goes wrong between here and a service on the bus.
public enum BusError: UserFacingError, Equatable {
    /// There is no connection to the bus.
    case unreachable(address: String, reason: String)
    /// The connection was lost while something was under way.
    case disconnected
    /// Nobody owns the name, and nobody can be started for it.
    case noService(name: String, reason: String)
    /// The bus or the service does not allow this to us.
    case denied(method: String, reason: String)
    /// The service answered with an error; `name` is its D-Bus error name.
    case refused(method: String, name: String, message: String)
    /// No answer in time.
    case silent(method: String)
    /// An answer of another shape than the interface says.
    case malformed(method: String, signature: String)

    public var summary: String {
        switch self {
        case .unreachable(let address, let reason): "cannot connect to the message bus at \(address) (\(reason))"
        case .disconnected: "the message bus closed the connection"
        case .noService(let name, let reason): "nobody answers to '\(name)' on the message bus (\(reason))"
        case .denied(let method, let reason): "'\(method)' is not allowed to this program (\(reason))"
        case .refused(let method, _, let message): "'\(method)' was refused: \(message)"
        case .silent(let method): "'\(method)' was not answered in time"
        case .malformed(let method, let signature): "'\(method)' gave an answer of an unexpected shape, '\(signature)'"
        }
    }

    public var hint: String? {
        switch self {
        case .unreachable: "check that dbus-daemon runs, or name another bus with HOMIE_BUS_ADDRESS"
        case .disconnected: "'systemctl status dbus' shows how the bus does; then try again"
        case .noService(let name, _): "check that the service behind '\(name)' is installed and runs"
        case .denied: "run it as root"
        case .silent: "the service may be stuck: look at its journal, restart it, and try again"
        case .refused, .malformed: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .unreachable, .disconnected, .noService, .silent: .unreachable
        case .denied: .refused
        case .refused, .malformed: .failed
        }
    }
}
