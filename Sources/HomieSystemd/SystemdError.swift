import Glibc
public import HomieModel

/// What can go wrong in talking to systemd; each carries the `errno` value that libsystemd gave.
public enum SystemdError: Error, Hashable, Sendable {
    /// The socket in `NOTIFY_SOCKET` did not take a message.
    case notification(errno: Int32)
    /// `WATCHDOG_USEC` or `WATCHDOG_PID` holds no number.
    case watchdogSettings(errno: Int32)
    /// `LISTEN_FDS` and its companions do not describe sockets of this process.
    case listenSockets(errno: Int32)
}

extension SystemdError: UserFacingError {
    public var kind: ErrorKind { .failed }

    public var summary: String {
        switch self {
        case .notification(let code): "systemd did not take a status message (\(Self.text(of: code)))"
        case .watchdogSettings(let code):
            "the watchdog settings in the environment cannot be read (\(Self.text(of: code)))"
        case .listenSockets(let code):
            "the sockets that systemd should pass cannot be taken over (\(Self.text(of: code)))"
        }
    }

    public var hint: String? {
        switch self {
        case .notification: "check NOTIFY_SOCKET, and NotifyAccess= in the unit"
        case .watchdogSettings: "check WatchdogSec= in the unit"
        case .listenSockets: "check the .socket unit that belongs to the service"
        }
    }

    private static func text(of code: Int32) -> String { String(cString: strerror(code)) }
}
