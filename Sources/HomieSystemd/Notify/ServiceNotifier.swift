import CSystemd

/// Tells systemd how this process fares, over the socket that `NOTIFY_SOCKET` names (sd_notify(3)).
///
/// Started by hand there is no such socket; every message is then left out, and the process behaves the same.
public struct ServiceNotifier: Sendable {
    public init() {}

    /// Sends the states in one message.
    ///
    /// - Returns: false when nobody listens, because systemd did not start this process.
    /// - Throws: ``SystemdError/notification(errno:)`` when there is a socket and it did not take the message.
    @discardableResult
    public func send(_ states: ServiceState...) throws(SystemdError) -> Bool {
        let result = sd_notify(0, states.map(\.assignment).joined(separator: "\n"))
        guard result >= 0 else { throw .notification(errno: -result) }
        return result > 0
    }
}
