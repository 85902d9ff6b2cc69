internal import CGIO

extension BusError {
    /// What GDBus reported for a call of `method`; frees the error.
    ///
    /// - Throws: `CancellationError` inside of the result when the call was cancelled.
    static func taking(_ error: UnsafeMutablePointer<GError>?, method: BusMethod) -> any Error {
        guard let error else { return Self.disconnected }
        defer { g_error_free(error) }
        let label = "\(method.interface).\(method.name)"
        let code = error.pointee.code
        if error.pointee.domain == g_io_error_quark() {
            if code == Int32(G_IO_ERROR_CANCELLED.rawValue) { return CancellationError() }
            if code == Int32(G_IO_ERROR_CLOSED.rawValue) { return Self.disconnected }
            if code == Int32(G_IO_ERROR_TIMED_OUT.rawValue), g_dbus_error_is_remote_error(error) == 0 {
                return Self.silent(method: label)
            }
        }
        var name = ""
        if let remote = g_dbus_error_get_remote_error(error) {
            name = String(cString: remote)
            g_free(remote)
        }
        g_dbus_error_strip_remote_error(error)
        let message = error.pointee.message.map { String(cString: $0) } ?? "no reason was given"
        switch name {
        case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
            "org.freedesktop.DBus.Error.Spawn.ChildExited", "org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
            "org.freedesktop.DBus.Error.Spawn.ExecFailed", "org.freedesktop.systemd1.NoSuchUnit":
            return Self.noService(name: method.destination, reason: message)
        case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.AuthFailed":
            return Self.denied(method: label, reason: message)
        case "org.freedesktop.DBus.Error.NoReply":
            // The bus says so too when the service goes away while it owes us an answer.
            return Self.silent(method: label)
        case "org.freedesktop.DBus.Error.Timeout", "org.freedesktop.DBus.Error.TimedOut":
            return Self.silent(method: label)
        default: return Self.refused(method: label, name: name, message: message)
        }
    }
}
