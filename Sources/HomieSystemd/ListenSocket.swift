import CSystemd
import Glibc

/// A socket that systemd opened and passed on (sd_listen_fds(3)).
public struct ListenSocket: Sendable, Hashable {
    public let descriptor: Int32
    /// `FileDescriptorName=` of the socket unit; by default the unit's own name.
    public let name: String

    /// Takes over the sockets that were passed; empty when there are none. Call it once, early: it clears the variables
    /// so that children do not take them for theirs.
    ///
    /// - Throws: ``SystemdError/listenSockets(errno:)``
    public static func takeOver() throws(SystemdError) -> [ListenSocket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else { throw .listenSockets(errno: -count) }
        guard count > 0 else { return [] }
        defer { free(names) }
        return (0..<count).map { index in
            guard let name = names?[Int(index)] else {
                return ListenSocket(descriptor: firstDescriptor + index, name: "")
            }
            defer { free(name) }
            return ListenSocket(descriptor: firstDescriptor + index, name: String(cString: name))
        }
    }

    /// `SD_LISTEN_FDS_START`, a macro that is not imported.
    private static let firstDescriptor: Int32 = 3
}
